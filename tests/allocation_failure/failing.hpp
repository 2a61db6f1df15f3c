#pragma once

#include <cstdint>
#include <thread>

// `operator new` that fails on purpose, on one thread, between arm() and disarm(): the n-th time and then no more, or from the n-th
// time on. And how many blocks there are, on all threads.

namespace failing {

enum class how {
    once,
    from_then_on
};

void arm(std::uint64_t nth, how h) noexcept;
// Whether it has failed since.
bool disarm() noexcept;
[[nodiscard]] std::int64_t blocks() noexcept;
// How often it has failed until now, on all threads.
[[nodiscard]] std::uint64_t failures() noexcept;
// For as long as it lives no thread but this one gets any memory.
class gone_elsewhere {
public:
    gone_elsewhere() noexcept;
    ~gone_elsewhere();
    gone_elsewhere(const gone_elsewhere&) = delete;
    gone_elsewhere& operator=(const gone_elsewhere&) = delete;
};

// For as long as it lives, one allocation fails of those that are made on other threads: the n-th.
class one_elsewhere {
public:
    explicit one_elsewhere(std::uint64_t nth) noexcept;
    ~one_elsewhere();
    one_elsewhere(const one_elsewhere&) = delete;
    one_elsewhere& operator=(const one_elsewhere&) = delete;
};

// None of this thread fails for those two: it is the world's.
void spare() noexcept;

// What one run of a scenario is told: where the code under test begins and ends.
class memory {
public:
    memory(std::uint64_t nth, how h) noexcept : nth_(nth), how_(h) {}
    template <class Code>
    void fails_in(Code&& code) {
        struct end {
            memory& m;
            ~end() { m.failed_ = disarm() || m.failed_; }
        } const at_end{*this};
        arm(nth_, how_);
        code();
    }
    [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
    std::uint64_t nth_;
    how how_;
    bool failed_ = false;
};

// Runs a scenario with the first allocation failing, then with the second, until none fails any more. Each run has a thread of its
// own, so that nothing that a thread keeps is there yet, and all of it goes. `check(result, n, leaked)` sees what it has answered.
template <class Scenario, class Check>
std::uint64_t each_allocation(how h, Scenario&& scenario, Check&& check) {
    // What the process keeps is there after this.
    std::thread([&] {
        memory endless(0, h);
        (void)scenario(endless);
    }).join();
    for (std::uint64_t n = 1;; ++n) {
        decltype(scenario(std::declval<memory&>())) seen{};
        memory m(n, h);
        std::int64_t leaked = 0;
        {
            const std::int64_t before = blocks();
            std::thread([&] { seen = scenario(m); }).join();
            leaked = blocks() - before;
        }
        check(seen, n, leaked);
        if (!m.failed()) {
            return n - 1;
        }
    }
}

// For what arms a thread that it does not have: `run(n)` with n from 1 on, until nothing fails in it. How many failed; none, if
// that has no end.
template <class Run>
std::uint64_t each_failure(Run&& run) {
    for (std::uint64_t n = 1; n < 2000; ++n) {
        const std::uint64_t before = failures();
        run(n);
        if (failures() == before) {
            return n - 1;
        }
    }
    return 0;
}

}  // namespace failing
