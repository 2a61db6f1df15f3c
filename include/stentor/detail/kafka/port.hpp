#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

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
    std::int64_t until = never;
    std::shared_ptr<void> keep;

    [[nodiscard]] bool drained() const noexcept { return entered.sum() == reported; }
};

}  // namespace stentor::inline v0::detail::kafka
