#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <stentor/breaker.hpp>

namespace simulated {

enum class opinion : std::uint8_t {
    no,
    yes,
    either
};

// Whether a breaker has to open at its rates, worked out from each single call. The window "slides in tenths": it certainly has
// what is younger than nine of them and has nothing that is older than ten; what is in between it may have, from any moment on.
class rates {
public:
    explicit rates(const stentor::failure_breaker_options& rules) noexcept : rules_(rules) {}

    [[nodiscard]] bool slow(const stentor::call& what) const noexcept {
        return rules_.slow_call_rate > 0.0 && rules_.slow_call > stentor::nanoseconds::zero() && what.elapsed >= rules_.slow_call;
    }

    [[nodiscard]] opinion counted(const stentor::call& what, stentor::instant now) {
        if (rules_.failure_rate <= 0.0 && rules_.slow_call_rate <= 0.0) {
            return opinion::no;
        }
        // By time: what a slow handler has kept waiting may be told with an earlier moment than what was told before it.
        const auto place =
            std::upper_bound(calls_.begin(), calls_.end(), now, [](stentor::instant at, const one& c) { return at < c.at; });
        calls_.insert(place, {now, what.signal != stentor::signal::success, slow(what)});
        std::size_t old = 0;
        std::size_t doubtful = 0;
        sum all;
        for (const one& c : calls_) {
            old += now - c.at >= rules_.window ? 1U : 0U;
            doubtful += now - c.at >= rules_.window / 10 * 9 ? 1U : 0U;
        }
        calls_.erase(calls_.begin(), calls_.begin() + static_cast<std::ptrdiff_t>(old));
        doubtful -= old;
        for (const one& c : calls_) {
            all.add(c, 1);
        }
        std::size_t reached = 0;
        for (std::size_t left_out = 0; left_out <= doubtful; ++left_out) {
            reached += reaches(all) ? 1U : 0U;
            all.add(calls_[left_out], -1);
        }
        return reached == 0 ? opinion::no : reached == doubtful + 1 ? opinion::yes : opinion::either;
    }

    void forget() noexcept { calls_.clear(); }

private:
    struct one {
        stentor::instant at;
        bool failed;
        bool slow;
    };
    struct sum {
        std::int64_t calls = 0;
        std::int64_t failed = 0;
        std::int64_t slow = 0;
        void add(const one& c, std::int64_t times) noexcept {
            calls += times;
            failed += c.failed ? times : 0;
            slow += c.slow ? times : 0;
        }
    };

    [[nodiscard]] bool reaches(const sum& s) const noexcept {
        const auto at = [&](std::int64_t part, double rate) {
            return rate > 0.0 && static_cast<double>(part) >= rate * static_cast<double>(s.calls);
        };
        return s.calls >= rules_.minimum_calls && (at(s.failed, rules_.failure_rate) || at(s.slow, rules_.slow_call_rate));
    }

    stentor::failure_breaker_options rules_;
    std::vector<one> calls_{};
};

}  // namespace simulated
