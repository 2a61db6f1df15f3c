#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <stentor/detail/slot.hpp>
#include <stentor/detail/spin_lock.hpp>
#include <stentor/error.hpp>
#include <stentor/latch.hpp>
#include <stentor/options.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// Where all accepted messages are. `in_flight` is not counted but worked out, so that the account balances at any time by
// construction; the ends are read before the beginnings, so that it is never negative.
class ledger {
public:
    // The number of a new operation: they only grow.
    [[nodiscard]] std::uint64_t open() noexcept { return begun_.fetch_add(1, std::memory_order_seq_cst); }
    // It did not get further than that: its lane was full.
    void withdraw() noexcept { withdrawn_.fetch_add(1, std::memory_order_release); }
    void refuse() noexcept { refused_.fetch_add(1, std::memory_order_relaxed); }
    // All operations so far have smaller numbers than this.
    [[nodiscard]] std::uint64_t next() const noexcept { return begun_.load(std::memory_order_seq_cst); }

    // On the event thread: it alone writes these, so that they need no read-modify-write.
    void close(outcome o) noexcept {
        std::atomic<std::uint64_t>& column = ended_[static_cast<std::size_t>(o)];
        column.store(column.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    // By a waiter, on its own thread.
    void close_claimed(outcome o) noexcept { claimed_[static_cast<std::size_t>(o)].fetch_add(1, std::memory_order_release); }

    [[nodiscard]] account read() const noexcept {
        account a;
        a.persisted = ended(outcome::persisted);
        a.not_persisted = ended(outcome::not_persisted);
        a.unknown = ended(outcome::unknown);
        const std::uint64_t withdrawn = withdrawn_.load(std::memory_order_acquire);
        a.accepted = begun_.load(std::memory_order_seq_cst) - withdrawn;
        a.in_flight = a.accepted - a.persisted - a.not_persisted - a.unknown;
        a.refused = refused_.load(std::memory_order_relaxed);
        return a;
    }

private:
    [[nodiscard]] std::uint64_t ended(outcome o) const noexcept {
        const auto i = static_cast<std::size_t>(o);
        return ended_[i].load(std::memory_order_acquire) + claimed_[i].load(std::memory_order_acquire);
    }

    alignas(64) std::atomic<std::uint64_t> begun_{1};
    std::atomic<std::uint64_t> withdrawn_{1};
    std::atomic<std::uint64_t> refused_{0};
    alignas(64) std::atomic<std::uint64_t> ended_[3]{};
    std::atomic<std::uint64_t> claimed_[3]{};
};

// Who waits for one slot to end: flush and close look at the slots one after the other, and each wakes up once a slot, not once a
// record.
class watchers {
public:
    struct watch {
        latch woken{};
        const slot* at = nullptr;
        watch* next = nullptr;
    };

    void add(watch& w) noexcept {
        const spin_guard guard(lock_);
        w.next = first_;
        first_ = &w;
        count_.fetch_add(1, std::memory_order_seq_cst);
    }
    void remove(watch& w) noexcept {
        const spin_guard guard(lock_);
        watch** at = &first_;
        while (*at != &w) {
            at = &(*at)->next;
        }
        *at = w.next;
        count_.fetch_sub(1, std::memory_order_seq_cst);
    }
    void look_at(watch& w, const slot* s) noexcept {
        const spin_guard guard(lock_);
        w.woken.reset();
        w.at = s;
    }
    // The operation in that slot has ended, as its state already says. Between that and this lies a step of the pool
    // (`slots::line_up`, or that of a slot that goes home), as there is one between a watcher's `add` and its first look at a slot.
    // Of the two steps one is the earlier: if it is this thread's, the watcher sees the slot's state as it is now; if it is the
    // watcher's, the watcher is seen here. So this need be no more than a load.
    void ended(const slot& s) noexcept {
        if (count_.load(std::memory_order_acquire) == 0) {
            return;
        }
        const spin_guard guard(lock_);
        for (watch* w = first_; w != nullptr; w = w->next) {
            if (w->at == &s) {
                w->woken.set();
            }
        }
    }

private:
    std::atomic<std::size_t> count_{0};
    spin_lock lock_{};
    watch* first_ = nullptr;
};

}  // namespace stentor::inline v0::detail
