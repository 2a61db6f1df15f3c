#pragma once

#include <new>

#include <stentor/context.hpp>
#include <stentor/detail/box.hpp>
#include <stentor/detail/departure.hpp>
#include <stentor/message.hpp>
#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// Where a record is built: one a thread, so that its pages are hot whatever slot it gets, and its memory is reused. A publish from
// inside another one (a handler that a virtual transport runs while its caller waits) takes the next one of its thread's chain.
struct scratch {
    buffer value{};
    header_sink headers{};
    departure what{};
    box<scratch> next{};
};

class scratch_lease {
public:
    // Throws std::bad_alloc the first time on a thread.
    scratch_lease() : mine_(&take()) {
        mine_->value.clear();
        mine_->headers.clear();
    }
    ~scratch_lease() {
        if (--depth_ == 0 && unowned_) [[unlikely]] {
            free_all();
        }
    }
    scratch_lease(const scratch_lease&) = delete;
    scratch_lease& operator=(const scratch_lease&) = delete;

    [[nodiscard]] scratch& operator*() const noexcept { return *mine_; }
    [[nodiscard]] scratch* operator->() const noexcept { return mine_; }

private:
    // The pointer is plain, so that reaching it costs no initialisation check; the owner beside it frees the chain at thread exit.
    // A publish from a later destructor starts a new chain, which goes with its lease.
    struct owner {
        ~owner() {
            free_all();
            unowned_ = true;
        }
    };

    static void free_all() noexcept {
        delete first_;
        first_ = nullptr;
    }

    static scratch& take() {
        if (first_ == nullptr) {
            thread_local const owner frees_it{};
            (void)frees_it;
            first_ = new scratch;
        }
        scratch* s = first_;
        for (int i = 0; i < depth_; ++i) {
            if (s->next == nullptr) {
                s->next = box<scratch>(new scratch());
            }
            s = s->next.get();
        }
        ++depth_;
        return *s;
    }

    inline static constinit thread_local scratch* first_ = nullptr;
    inline static constinit thread_local int depth_ = 0;
    inline static constinit thread_local bool unowned_ = false;

    scratch* mine_;
};

}  // namespace stentor::inline v0::detail
