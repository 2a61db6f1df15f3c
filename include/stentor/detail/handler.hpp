#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include <stentor/error.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// The user's handler, kept in the slot. Small ones (six words) live in place, so that an asynchronous publish allocates nothing;
// larger ones cost the one allocation that std::function would cost, too. It is made before anything else is taken, because only
// that can throw.
class handler {
public:
    handler() noexcept = default;
    template <class Handler>
        requires(!std::is_same_v<std::decay_t<Handler>, handler>)
    explicit handler(Handler&& from) {
        using stored = std::decay_t<Handler>;
        if constexpr (sizeof(stored) <= sizeof(space_) && alignof(stored) <= alignof(std::max_align_t) &&
                      std::is_nothrow_move_constructible_v<stored>) {
            ::new (static_cast<void*>(space_)) stored(std::forward<Handler>(from));
            call_ = [](void* at, result<receipt>&& r) { (*static_cast<stored*>(at))(std::move(r)); };
            move_ = [](void* at, void* to) noexcept {
                if (to != nullptr) {
                    ::new (to) stored(std::move(*static_cast<stored*>(at)));
                }
                static_cast<stored*>(at)->~stored();
            };
        } else {
            ::new (static_cast<void*>(space_)) stored*(new stored(std::forward<Handler>(from)));
            call_ = [](void* at, result<receipt>&& r) { (**static_cast<stored**>(at))(std::move(r)); };
            move_ = [](void* at, void* to) noexcept {
                if (to != nullptr) {
                    ::new (to) stored*(*static_cast<stored**>(at));
                } else {
                    delete *static_cast<stored**>(at);
                }
            };
        }
    }
    handler(handler&& other) noexcept { *this = std::move(other); }
    handler& operator=(handler&& other) noexcept {
        if (this != &other) {
            reset();
            if (other.call_ != nullptr) {
                other.move_(other.space_, space_);
                call_ = std::exchange(other.call_, nullptr);
                move_ = other.move_;
            }
        }
        return *this;
    }
    ~handler() { reset(); }

    [[nodiscard]] explicit operator bool() const noexcept { return call_ != nullptr; }
    // May throw what the handler throws. At most once.
    void operator()(result<receipt>&& r) { call_(space_, std::move(r)); }
    void reset() noexcept {
        if (call_ != nullptr) {
            call_ = nullptr;
            move_(space_, nullptr);
        }
    }

private:
    void (*call_)(void*, result<receipt>&&) = nullptr;
    void (*move_)(void*, void*) noexcept = nullptr;  // to another place, or to nowhere
    alignas(std::max_align_t) unsigned char space_[6 * sizeof(void*)];
};

}  // namespace stentor::inline v0::detail
