#pragma once

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/publisher.hpp>
#include <stentor/testing/topic_reader.hpp>

// What was sent, what became of each message as the publisher told it, and what a plain consumer then finds.

namespace soak {

using clock_type = std::chrono::steady_clock;

/// A message of the run: its number is its value, and its key follows from the number.
struct numbered {
    std::size_t number = 0;
};

inline std::string key_of(std::size_t number, std::size_t keys) { return "key-" + std::to_string(number % keys); }

enum class fate : std::uint8_t {
    none,     // no outcome yet
    refused,  // not accepted
    persisted,
    not_persisted,
    unknown,
};

class ledger {
public:
    ledger(std::size_t size, std::chrono::nanoseconds deadline)
        : size_(size), deadline_(deadline), fates_(std::make_unique<std::atomic<fate>[]>(size)) {}

    /// An outcome. The second one of a message is counted, too: there must be none.
    void settle(std::size_t number, const stentor::result<stentor::receipt>& r, clock_type::time_point began) {
        const auto late = (clock_type::now() - began - deadline_).count();
        for (auto worst = latest_.load(); late > worst && !latest_.compare_exchange_weak(worst, late);) {
        }
        const stentor::outcome what = r ? stentor::outcome::persisted : r.error().outcome;
        enter(number, what == stentor::outcome::persisted ? fate::persisted
                      : what == stentor::outcome::unknown ? fate::unknown
                                                          : fate::not_persisted);
    }
    void refuse(std::size_t number, clock_type::time_point began) {
        const auto late = (clock_type::now() - began - deadline_).count();
        for (auto worst = latest_.load(); late > worst && !latest_.compare_exchange_weak(worst, late);) {
        }
        enter(number, fate::refused);
    }

    [[nodiscard]] std::size_t count(fate f) const {
        std::size_t n = 0;
        for (std::size_t i = 0; i < size_; ++i) {
            n += fates_[i] == f ? 1U : 0U;
        }
        return n;
    }
    [[nodiscard]] fate of(std::size_t number) const { return fates_[number]; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t told_twice() const noexcept { return twice_; }
    /// How long after its deadline the latest outcome came; negative when all came before.
    [[nodiscard]] std::chrono::milliseconds latest() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(latest_.load()));
    }

private:
    void enter(std::size_t number, fate f) {
        fate none = fate::none;
        if (!fates_[number].compare_exchange_strong(none, f)) {
            ++twice_;
        }
    }

    std::size_t size_;
    std::chrono::nanoseconds deadline_;
    std::unique_ptr<std::atomic<fate>[]> fates_;
    std::atomic<std::size_t> twice_{0};
    std::atomic<std::int64_t> latest_{INT64_MIN};
};

/// What the log holds, compared with the ledger.
struct findings {
    std::size_t read = 0;
    std::size_t lost = 0;    // persisted, and not in the log
    std::size_t not_so = 0;  // not persisted or refused, and in the log
    std::size_t duplicated = 0;
    std::size_t reordered = 0;  // behind a later one of its key
    std::size_t strange = 0;    // neither key nor value is one of ours
    std::size_t unknown_there = 0;

    [[nodiscard]] bool good() const noexcept { return lost + not_so + duplicated + reordered + strange == 0; }
};

inline findings compare(const ledger& sent, std::size_t keys, const std::string& brokers, const std::string& topic) {
    using namespace std::chrono_literals;
    findings f;
    std::vector<bool> seen(sent.size());
    std::vector<std::int64_t> last(keys, -1);
    stentor::topic_reader reader(brokers, topic);
    for (;;) {
        const auto some = reader.read(20'000, 10s);
        for (const auto& record : some) {
            std::size_t number = sent.size();
            const std::string_view value = record.value ? std::string_view(*record.value) : std::string_view{};
            std::from_chars(value.data(), value.data() + value.size(), number);
            if (number >= sent.size() || record.key != key_of(number, keys)) {
                ++f.strange;
                continue;
            }
            ++f.read;
            f.duplicated += seen[number] ? 1U : 0U;
            seen[number] = true;
            f.reordered += static_cast<std::int64_t>(number) < last[number % keys] ? 1U : 0U;
            last[number % keys] = static_cast<std::int64_t>(number);
        }
        if (some.size() < 20'000) {
            break;
        }
    }
    for (std::size_t number = 0; number < sent.size(); ++number) {
        const fate what = sent.of(number);
        f.lost += what == fate::persisted && !seen[number] ? 1U : 0U;
        f.not_so += (what == fate::not_persisted || what == fate::refused) && seen[number] ? 1U : 0U;
        f.unknown_there += what == fate::unknown && seen[number] ? 1U : 0U;
    }
    return f;
}

}  // namespace soak

template <>
struct stentor::message_traits<soak::numbered> {
    static constexpr std::string_view topic = "soak";
};
