#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <stentor/detail/kafka/bell.hpp>
#include <stentor/moment.hpp>
#include <stentor/transport.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// How many records went in, spread over cache lines so that publishing threads do not fight for one.
class entry_counter {
public:
    using cell = std::atomic<std::int64_t>;

    [[nodiscard]] cell& mine() noexcept {
        static std::atomic<unsigned> threads{0};
        thread_local const unsigned index = threads.fetch_add(1, std::memory_order_relaxed) % lines;
        return cells_[index].value;
    }
    // An upper bound while others come and go; exact once nobody can enter any more.
    [[nodiscard]] std::int64_t sum() const noexcept {
        std::int64_t n = 0;
        for (const line& l : cells_) {
            n += l.value.load(std::memory_order_seq_cst);
        }
        return n;
    }

private:
    static constexpr std::size_t lines = 8;
    struct alignas(64) line {
        cell value{0};
    };
    std::array<line, lines> cells_{};
};

// One publisher, as the client sees it.
struct port {
    // any thread
    entry_counter entered;
    std::atomic<std::int64_t> alarm{never};
    std::atomic<bool> retired{false};

    // the event thread; apart, because publishing threads read the above in each submit
    alignas(64) events* core = nullptr;
    std::int64_t reported = 0;
    bool leaving = false;
    bool purged = false;
    // whoever retires it, until it is `leaving`
    std::int64_t until = never;
    std::shared_ptr<void> keep;
    // of the lists that it is in
    std::shared_ptr<port> next{};
    std::shared_ptr<port> next_leaving{};

    [[nodiscard]] bool drained() const noexcept { return entered.sum() == reported; }
};

// Ports in the order in which they came. Linked through themselves: a publisher must be able to come and go without memory.
template <std::shared_ptr<port> port::* Next>
class port_list {
public:
    struct iterator {
        port* at;
        port& operator*() const noexcept { return *at; }
        iterator& operator++() noexcept {
            at = (at->*Next).get();
            return *this;
        }
        bool operator==(const iterator&) const noexcept = default;
    };
    [[nodiscard]] iterator begin() const noexcept { return {first_.get()}; }
    [[nodiscard]] iterator end() const noexcept { return {nullptr}; }
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

    void push_back(std::shared_ptr<port> p) noexcept {
        port* const added = p.get();
        (last_ != nullptr ? last_->*Next : first_) = std::move(p);
        last_ = added;
    }
    // Null when there is none.
    [[nodiscard]] std::shared_ptr<port> pop_front() noexcept {
        std::shared_ptr<port> p = std::move(first_);
        if (p != nullptr) {
            first_ = std::move((*p).*Next);
            last_ = first_ != nullptr ? last_ : nullptr;
        }
        return p;
    }
    void swap(port_list& other) noexcept {
        first_.swap(other.first_);
        std::swap(last_, other.last_);
    }

private:
    std::shared_ptr<port> first_{};
    port* last_ = nullptr;
};

}  // namespace stentor::inline v0::detail::kafka
