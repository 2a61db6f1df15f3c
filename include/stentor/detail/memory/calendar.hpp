#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <stentor/breaker.hpp>
#include <stentor/detail/make_room.hpp>
#include <stentor/detail/memory/entry.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// When something happens; equal instants in the order in which they were asked for, so that a run is the same every time.
struct due {
    instant at = never;
    std::uint64_t order = 0;
    [[nodiscard]] bool before(const due& o) const noexcept { return at != o.at ? at < o.at : order < o.order; }
};

// Something that happens at a time of its own.
struct appointment {
    enum class kind : std::uint8_t {
        acknowledge,
        fail,
        write,
        take_back,
        resume,
        tell
    };
    due when{};
    kind what = kind::resume;
    port* whom = nullptr;
    entry* which = nullptr;
    client_event news{};
    [[nodiscard]] friend bool operator<(const appointment& a, const appointment& b) noexcept { return b.when.before(a.when); }
};

// What is going to happen. Nearly all of it is the broker's usual answers, each after the same latency and so in order already:
// they are a ring, and only the rest is a heap.
class calendar {
public:
    struct arrival {
        due when{};
        entry* which = nullptr;
    };

    [[nodiscard]] bool has_arrival() const noexcept { return head_ != tail_; }
    [[nodiscard]] const arrival& next_arrival() const noexcept { return ring_[head_ & mask()]; }
    [[nodiscard]] bool has_appointment() const noexcept { return !heap_.empty(); }
    [[nodiscard]] const appointment& next_appointment() const noexcept { return heap_.front(); }
    [[nodiscard]] std::size_t arrivals() const noexcept { return tail_ - head_; }

    // For so many arrivals, and so many appointments more: then neither `arrive` nor `add` needs memory. Throws std::bad_alloc.
    void make_room(std::size_t arrivals, std::size_t appointments) {
        while (ring_.size() < arrivals) {
            grow();
        }
        detail::make_room(heap_, heap_.size() + appointments);
    }
    // `when` must not be before an earlier arrival's. Throws std::bad_alloc.
    void arrive(due when, entry& e) {
        if (tail_ - head_ == ring_.size()) {
            grow();
        }
        ring_[tail_ & mask()] = {when, &e};
        ++tail_;
    }
    // Takes those out for which `gone` is true.
    template <class F>
    void cancel_arrivals(F&& gone) {
        std::size_t kept = head_;
        for (std::size_t i = head_; i != tail_; ++i) {
            const arrival a = ring_[i & mask()];
            if (!gone(*a.which)) {
                ring_[kept++ & mask()] = a;
            }
        }
        tail_ = kept;
    }
    entry& pop_arrival() noexcept { return *ring_[head_++ & mask()].which; }

    void add(const appointment& a) {
        heap_.push_back(a);
        std::push_heap(heap_.begin(), heap_.end());
    }
    appointment pop_appointment() noexcept {
        std::pop_heap(heap_.begin(), heap_.end());
        const appointment a = heap_.back();
        heap_.pop_back();
        return a;
    }

private:
    [[nodiscard]] std::size_t mask() const noexcept { return ring_.size() - 1; }
    void grow() {
        std::vector<arrival> bigger(ring_.empty() ? 64 : ring_.size() * 2);
        const std::size_t n = arrivals();
        for (std::size_t i = 0; i < n; ++i) {
            bigger[i] = ring_[(head_ + i) & mask()];
        }
        ring_.swap(bigger);
        head_ = 0;
        tail_ = n;
    }

    std::vector<arrival> ring_;
    std::size_t head_ = 0;
    std::size_t tail_ = 0;
    std::vector<appointment> heap_;
};

}  // namespace stentor::inline v0::detail
