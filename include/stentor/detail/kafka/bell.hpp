#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <limits>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <stentor/detail/kafka/clock.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

// How everybody else gets the event thread's attention: bits that say why, and an event descriptor that librdkafka's queue writes
// to as well. A descriptor of our own and not rd_kafka_queue_yield, because it outlives the client that is behind the queue (which
// may be replaced at that very moment), and because ppoll keeps to the microsecond.
class bell {
public:
    enum reason : std::uint32_t {
        brokers_changed = 1,
        resume = 2,
        take_back = 4,
        ports_changed = 8,
        fatal = 16,
        errand_done = 32,
        new_credentials = 64,
    };

    bell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (fd_ < 0) {
            throw publish_failure(error(errc::out_of_memory, "no file descriptor left for the event thread"));
        }
    }
    ~bell() { ::close(fd_); }
    bell(const bell&) = delete;
    bell& operator=(const bell&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return fd_; }

    void ring(std::uint32_t why) noexcept {
        reasons_.fetch_or(why, std::memory_order_seq_cst);
        if (sleeping_until_.load(std::memory_order_seq_cst) != awake) {
            wake();
        }
    }
    // Something was scheduled for then: wakes only a thread that would sleep past it.
    void ring_for(std::int64_t when) noexcept {
        if (when < sleeping_until_.load(std::memory_order_seq_cst)) {
            wake();
        }
    }
    [[nodiscard]] std::uint32_t answer() noexcept { return reasons_.exchange(0, std::memory_order_seq_cst); }

    // Event thread: sleeps until rung or `until`. `next` reads the earliest alarm again once everybody can see that this thread
    // sleeps; whoever sets an earlier one after that wakes it.
    template <class Next>
    void sleep(std::int64_t until, Next&& next) noexcept {
        sleeping_until_.store(until, std::memory_order_seq_cst);
        if (reasons_.load(std::memory_order_seq_cst) == 0 && next() >= until) {
            pollfd one{fd_, POLLIN, 0};
            std::timespec left{};
            if (until != never) {
                const std::int64_t ns = std::max<std::int64_t>(until - read_clock(CLOCK_MONOTONIC), 0);
                left = {static_cast<std::time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
            }
            if (::ppoll(&one, 1, until == never ? nullptr : &left, nullptr) > 0) {
                std::uint64_t count = 0;
                [[maybe_unused]] const auto got = ::read(fd_, &count, sizeof count);
            }
        }
        sleeping_until_.store(awake, std::memory_order_seq_cst);
    }

private:
    static constexpr std::int64_t awake = std::numeric_limits<std::int64_t>::min();

    void wake() const noexcept {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
    }

    int fd_;
    std::atomic<std::uint32_t> reasons_{0};
    std::atomic<std::int64_t> sleeping_until_{awake};
};

}  // namespace stentor::inline v0::detail::kafka
