#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <stentor/transport/memory_fault.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// splitmix64: a few instructions, any seed is a good one, and the same numbers from every compiler, which <random> does not
// promise.
class generator {
public:
    explicit generator(std::uint64_t seed) noexcept : state_(seed) {}
    [[nodiscard, gnu::always_inline]] std::uint64_t next() noexcept {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }
    // From 0 up to 1, 1 left out; exact in a double, hence the same everywhere.
    [[nodiscard]] double fraction() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

private:
    std::uint64_t state_;
};

// The faults that are due: scripted ones first, then chance.
class fault_source {
public:
    void add(memory_script s) {
        if (s.attempt != 0) {
            s.from = s.to = s.attempt;
        }
        rules_.push_back({std::move(s), 0});
    }
    void by_chance(memory_chaos c) { chaos_ = std::move(c); }
    void clear() {
        rules_.clear();
        chaos_ = {};
    }
    [[nodiscard]] bool idle() const noexcept { return rules_.empty() && chaos_.probability <= 0; }

    [[nodiscard]] memory_fault draw(std::string_view topic, std::string_view key, generator& random) {
        const memory_fault* found = nullptr;
        for (rule& r : rules_) {
            if (!fits(r.script, topic, key)) {
                continue;
            }
            ++r.seen;
            if (found == nullptr && r.script.times > 0 && r.seen >= r.script.from && r.seen <= r.script.to) {
                --r.script.times;
                found = &r.script.fault;
            }
        }
        if (found != nullptr) {
            const memory_fault chosen = *found;
            std::erase_if(rules_, [](const rule& r) { return r.script.times == 0 || r.seen >= r.script.to; });
            return chosen;
        }
        return chaos_.probability > 0 && random.fraction() < chaos_.probability ? any(random) : memory_fault{};
    }

private:
    struct rule {
        memory_script script{};
        std::uint32_t seen = 0;
    };

    [[nodiscard]] static bool fits(const memory_script& s, std::string_view topic, std::string_view key) noexcept {
        return (s.topic.empty() || s.topic == topic) && (!s.key || (key.data() != nullptr && *s.key == key));
    }

    [[nodiscard]] memory_fault any(generator& random) const {
        if (!chaos_.faults.empty()) {
            return chaos_.faults[static_cast<std::size_t>(random.next() % chaos_.faults.size())];
        }
        switch (random.next() % 10) {
            case 0: return memory_fault::refuse(10);
            case 1: return memory_fault::queue_full(chaos_.slow);
            case 2: return memory_fault::answer(10);
            case 3: return memory_fault::answer(7);
            case 4: return memory_fault::lost_request();
            case 5: return memory_fault::lost_acknowledgement();
            case 6: return memory_fault::slow_acknowledgement(chaos_.slow);
            case 7: return memory_fault::duplicate();
            case 8: return memory_fault::broker_down(chaos_.slow);
            default: return memory_fault::answer(19);
        }
    }

    std::vector<rule> rules_;
    memory_chaos chaos_{};
};

}  // namespace stentor::inline v0::detail
