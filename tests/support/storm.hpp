#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/publisher.hpp>

// Sixteen threads that do everything to some publishers at once, by chance, while their broker misbehaves. For the thread sanitizer
// above all; what must hold whatever happened is checked afterwards: each call has one answer, and the account balances.

namespace storm {

using namespace std::chrono_literals;

struct gust {
    std::string key;
    std::string text;
    operator std::string_view() const { return text; }
};

struct strength {
    std::size_t threads = 16;
    std::size_t each = 400;                          ///< things that a thread does
    std::chrono::nanoseconds longest_deadline = 1s;  ///< of a message; the shortest is a thousandth of it
};

/// splitmix64
class dice {
public:
    explicit dice(std::uint64_t seed) : state_(seed) {}
    std::uint64_t operator()(std::uint64_t faces) {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return (z ^ (z >> 31U)) % faces;
    }

private:
    std::uint64_t state_;
};

template <class Publisher>
class over {
public:
    /// The publishers are two threads' or more at any time; the first two are closed before all is over.
    over(std::vector<std::unique_ptr<Publisher>>& publishers, strength how)
        : publishers_(publishers), how_(how), answers_(how.threads * how.each * most_at_once) {}

    /// Calls `disturb` until all threads are through.
    template <class Disturb>
    void rage(Disturb&& disturb) {
        std::vector<std::thread> all;
        for (std::size_t t = 0; t < how_.threads; ++t) {
            all.emplace_back([this, t] { blow(t); });
        }
        while (left_.load() < how_.threads) {
            disturb();
        }
        for (std::thread& t : all) {
            t.join();
        }
    }

    /// After the publishers were closed. `others` is how many messages they have persisted for somebody else.
    void check(std::size_t others = 0) const {
        std::size_t twice = 0;
        std::size_t never = 0;
        for (std::size_t i = 0; i < calls_.load(); ++i) {
            twice += answers_[i] > 1 ? 1U : 0U;
            never += answers_[i] == 0 ? 1U : 0U;
        }
        CHECK(twice == 0);
        CHECK(never == 0);
        std::uint64_t counted = 0;
        stentor::account sum;
        for (const auto& p : publishers_) {
            const stentor::account a = p->account();
            CHECK(a.in_flight == 0);
            CHECK(a.accepted == a.persisted + a.not_persisted + a.unknown);
            counted += a.accepted + a.refused;
            sum.persisted += a.persisted;
            sum.not_persisted += a.not_persisted;
            sum.unknown += a.unknown;
            sum.refused += a.refused;
        }
        CHECK(counted == calls_.load() + others);
        // What was told is what was counted.
        CHECK(sum.persisted == told_[0] + others);
        CHECK(sum.not_persisted + sum.refused == told_[1]);
        CHECK(sum.unknown == told_[2]);
        INFO(sum.persisted << " persisted, " << sum.not_persisted << " not, " << sum.unknown << " unknown, " << sum.refused
                           << " refused");
        CHECK(sum.persisted > 100);
        CHECK(sum.refused > 10);
    }

private:
    static constexpr std::size_t most_at_once = 4;  // messages of one deed, one more from its handler included
    static constexpr std::size_t keys = 8;

    void blow(std::size_t thread) {
        dice chance(thread + 1);
        for (std::size_t i = 0; i < how_.each; ++i) {
            const bool late = i > how_.each * 3 / 4;
            Publisher& p = *publishers_[chance(publishers_.size())];
            do_something(p, chance, late);
        }
        left_.fetch_add(1);
    }

    void do_something(Publisher& p, dice& chance, bool late) {
        const stentor::publish_options options{.deadline = how_.longest_deadline / static_cast<std::int64_t>(1 + chance(1000))};
        switch (chance(100)) {
            case 0:
                if (chance(4) == 0) {
                    p.breaker().isolate();
                }
                break;
            case 1:
            case 2:
            case 3: p.breaker().reset(); break;
            case 4: (void)p.flush(1ms); break;
            case 5: (void)p.account(); break;
            case 6:
                if (late && (&p == publishers_[0].get() || &p == publishers_[1].get())) {
                    (void)p.close(1ms);
                }
                break;
            case 7: {
                std::vector<gust> some{next(chance), next(chance), next(chance)};
                const std::size_t first = calls_.fetch_add(some.size());
                const auto results = p.publish_all(some, options);
                for (std::size_t i = 0; i < results.size(); ++i) {
                    heard(first + i, results[i]);
                }
                break;
            }
            case 8: {
                const std::size_t number = calls_.fetch_add(1);
                heard(number, p.template erase<gust>(next(chance).key, options));
                break;
            }
            default: send(p, chance, options); break;
        }
    }

    void send(Publisher& p, dice& chance, const stentor::publish_options& options) {
        const std::size_t number = calls_.fetch_add(1);
        const gust g = next(chance);
        const std::uint64_t way = chance(10);
        if (way < 3) {
            heard(number, p.publish(g, options));
            return;
        }
        const bool again = chance(10) == 0;
        const bool throws = chance(50) == 0;
        const auto handler = [this, number, again, throws, g, &p](const stentor::result<stentor::receipt>& r) {
            heard(number, r);
            if (again) {
                const std::size_t other = calls_.fetch_add(1);
                if (auto e = p.async_publish(g, [this, other](const auto& then) { heard(other, then); }); !e) {
                    heard(other, e.error());
                }
            }
            if (throws) {
                throw std::runtime_error("a handler that throws");
            }
        };
        if (auto e = way < 6 ? p.try_async_publish(g, handler, options) : p.async_publish(g, handler, options); !e) {
            heard(number, e.error());
        }
    }

    static gust next(dice& chance) { return {"k" + std::to_string(chance(keys)), std::string(1 + chance(100), 'x')}; }

    void heard(std::size_t number, const stentor::result<stentor::receipt>& r) {
        ++answers_[number];
        ++told_[static_cast<std::size_t>(r ? stentor::outcome::persisted : r.error().outcome)];
    }

    std::vector<std::unique_ptr<Publisher>>& publishers_;
    const strength how_;
    std::vector<std::atomic<int>> answers_;
    std::array<std::atomic<std::uint64_t>, 3> told_{};
    std::atomic<std::size_t> calls_{0};
    std::atomic<std::size_t> left_{0};
};

}  // namespace storm

template <>
struct stentor::message_traits<storm::gust> {
    static constexpr std::string_view topic = "storm";
    static std::string_view key(const storm::gust& g) { return g.key; }
};
