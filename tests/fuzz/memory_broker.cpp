// A byte string as what a test does to two publishers on one memory broker: publishes of every kind, faults, outages, time. At the
// end each accepted message has had one outcome, in time and true, the books balance, order is kept inside each key; and the same
// bytes give the same trace.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "fuzz/must.hpp"

namespace fuzz {

struct note {
    std::uint64_t number = 0;
    std::uint8_t key = 0;
};

struct digits {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const note& n, stentor::buffer& out) const {
        out.append(std::to_string(n.number));
        return {};
    }
};

}  // namespace fuzz

template <>
struct stentor::message_traits<fuzz::note> {
    static constexpr std::string_view topic = "notes";
    // The last of four keys is none.
    static std::string_view key(const fuzz::note& n) {
        static constexpr std::string_view keys[] = {"a", "b", ""};
        return n.key % 4U < 3 ? keys[n.key % 4U] : std::string_view{};
    }
};

namespace {

using fuzz::must;
using fuzz::note;
using stentor::errc;
using stentor::memory_fault;
using stentor::milliseconds;
using stentor::nanoseconds;
using stentor::receipt;
using stentor::result;

class bytes {
public:
    bytes(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
    [[nodiscard]] bool more() const { return at_ != end_; }
    [[nodiscard]] std::uint8_t next() { return more() ? *at_++ : std::uint8_t{0}; }
    [[nodiscard]] nanoseconds time() {
        static constexpr std::int64_t steps[] = {0, 1, 7, 100, 250, 1'000, 9'000, 31'000};
        const unsigned b = next();
        return milliseconds(steps[b % 8U] * (1 + b / 64U));
    }

private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
};

using retry = stentor::dead_letter<stentor::exponential_backoff>;
using publisher =
    stentor::basic_publisher<stentor::memory_transport, fuzz::digits, retry, stentor::failure_breaker, stentor::no_tracer>;

constexpr nanoseconds letters_deadline = milliseconds(1'000);
constexpr nanoseconds grace = milliseconds(250);

struct sent {
    unsigned by = 0;
    std::uint8_t key = 0;
    nanoseconds until{};
    int outcomes = 0;
    bool persisted = false;
    bool maybe = false;
};

class run {
public:
    run(const std::uint8_t* data, std::size_t size) : in_(data, size), broker_(options()) {
        for (int i = 0; i < 2; ++i) {
            publishers_.push_back(std::make_unique<publisher>(
                stentor::memory_transport{broker_},
                retry{.inner = {.attempts = 4, .initial = milliseconds(50)}, .topic = "letters", .deadline = letters_deadline},
                stentor::failure_breaker{{.failures = 3, .open_for = milliseconds(400)}},
                stentor::publisher_options{.deadline = milliseconds(20'000), .slots = 16, .parked_per_lane = 5}));
        }
    }

    std::uint64_t go() {
        for (int steps = 0; in_.more() && steps < 200; ++steps) {
            try {
                step();
            } catch (const std::invalid_argument&) {
                // What no broker can do is refused so.
            }
        }
        finish();
        return broker_.trace_hash();
    }

private:
    stentor::memory_broker_options options() {
        const unsigned b = in_.next();
        return {.seed = b,
                .partitions = 1 + static_cast<std::int32_t>(b % 3U),
                .latency = milliseconds(b % 5U),
                .auto_create_topics = (b & 64U) == 0,
                .attempt_timeout = milliseconds(1'500),
                .queue_limit = (b & 128U) != 0 ? std::size_t{4} : std::size_t{1000},
                .on_the_wire = b % 4U};
    }

    [[nodiscard]] memory_fault any_fault() {
        switch (in_.next() % 10) {
            case 0: return memory_fault::refuse(10);
            case 1: return memory_fault::queue_full(in_.time());
            case 2: return memory_fault::answer(static_cast<std::int8_t>(in_.next()));
            case 3: return memory_fault::answer(19, stentor::outcome::unknown);
            case 4: return memory_fault::time_out();
            case 5: return memory_fault::lost_request();
            case 6: return memory_fault::lost_acknowledgement();
            case 7: return memory_fault::slow_acknowledgement(in_.time());
            case 8: return memory_fault::duplicate();
            default: return memory_fault::broker_down(in_.time());
        }
    }

    [[nodiscard]] publisher& any_publisher() { return *publishers_[in_.next() % 2U]; }

    void step() {
        static constexpr std::string_view topics[] = {"notes", "letters", ""};
        switch (in_.next() % 20) {
            case 0:
            case 1:
            case 2:
            case 3: publish(false); break;
            case 4: publish(true); break;
            case 5:
            case 6:
            case 7: broker_.advance(in_.time()); break;
            case 8: broker_.down(in_.time()); break;
            case 9: broker_.up(); break;
            case 10: broker_.hold(); break;
            case 11: broker_.release(); break;
            case 12: (void)broker_.complete_next(in_.next() % 4U); break;
            case 13: (void)broker_.complete_next(any_fault()); break;
            case 14: broker_.fail_next(in_.next() % 4U, any_fault()); break;
            case 15: broker_.fail_next(1, static_cast<errc>(in_.next() % stentor::errc_count)); break;
            case 16: topic(topics[in_.next() % 3U]); break;
            case 17: (void)any_publisher().flush(in_.time()); break;
            case 18: {
                stentor::memory_chaos chaos;
                chaos.probability = in_.next() / 512.0;
                broker_.random_faults(chaos);
                break;
            }
            default: isolate_or_close(); break;
        }
    }

    void topic(std::string_view name) {
        switch (in_.next() % 4) {
            case 0: broker_.create_topic(name, in_.next() % 4); break;
            case 1: forgetful_ = true, broker_.delete_topic(name); break;
            case 2: broker_.deny_topic(name); break;
            default: broker_.allow_topic(name); break;
        }
    }

    void isolate_or_close() {
        const unsigned b = in_.next();
        publisher& p = *publishers_[b % 2U];
        switch (b / 2 % 4) {
            case 0: p.breaker().isolate(); break;
            case 1: p.breaker().reset(); break;
            case 2: (void)broker_.run_until_idle(milliseconds(5'000)); break;
            default:
                if (b > 192) {
                    // Lowers deadlines; every outcome comes by then.
                    const nanoseconds within = in_.time();
                    (void)p.close(within);
                    must(p.account().in_flight == 0, "after close nothing is in flight");
                }
                break;
        }
    }

    void publish(bool waits) {
        const unsigned by = in_.next() % 2U;
        publisher& p = *publishers_[by];
        const std::uint64_t number = all_.size();
        const note n{number, in_.next()};
        const nanoseconds deadline = in_.time() + milliseconds(1);
        all_.push_back({by, n.key, broker_.elapsed() + deadline + letters_deadline + 2 * grace, 0, false, false});
        if (waits) {
            const result<receipt> r = p.publish(n, {.deadline = deadline});
            end(number, r);
            return;
        }
        const bool accepted =
            p.try_async_publish(n, [this, number](const result<receipt>& r) { end(number, r); }, {.deadline = deadline})
                .has_value();
        if (!accepted) {
            must(all_[number].outcomes == 0, "the handler of what was refused is not called");
            all_[number].outcomes = 1;
        }
    }

    void end(std::uint64_t number, const result<receipt>& r) {
        sent& s = all_[number];
        ++s.outcomes;
        s.persisted = r.has_value();
        s.maybe = !r && r.error().outcome == stentor::outcome::unknown;
        must(s.outcomes == 1, "one outcome");
        must(broker_.elapsed() <= s.until, "in time");
        must(r.has_value() || !r.error().message().empty(), "an error says something");
    }

    void finish() {
        broker_.random_faults({});
        for (const auto& p : publishers_) {
            (void)p->close(milliseconds(100));
        }
        (void)broker_.run_until_idle();
        for (const auto& p : publishers_) {
            const stentor::account a = p->account();
            must(a.in_flight == 0, "nothing is in flight");
            must(a.accepted == a.persisted + a.not_persisted + a.unknown, "the books balance");
        }
        for (const sent& s : all_) {
            must(s.outcomes == 1, "each has an outcome");
        }
        if (!forgetful_) {
            check_log();
        }
    }

    void check_log() {
        std::map<std::uint64_t, int> times;
        std::map<std::pair<unsigned, std::uint8_t>, std::uint64_t> last;
        for (const stentor::memory_record& r : broker_.records("notes")) {
            const auto number = static_cast<std::uint64_t>(std::stoull(std::string(r.value)));
            const sent& s = all_[number];
            const bool first = ++times[number] == 1;
            if (first && s.key % 4U != 3) {
                const auto [at, fresh] = last.emplace(std::pair(s.by, static_cast<std::uint8_t>(s.key % 4U)), number);
                must(fresh || at->second < number, "in order inside a key:", std::to_string(number));
                at->second = number;
            }
        }
        for (std::uint64_t n = 0; n < all_.size(); ++n) {
            must(!all_[n].persisted || times[n] > 0, "what was acknowledged is in the log");
            must(all_[n].persisted || all_[n].maybe || times[n] == 0, "what is definitely not in the log is not in it");
        }
    }

    bytes in_;
    stentor::memory_broker broker_;
    std::vector<sent> all_{};
    bool forgetful_ = false;
    std::vector<std::unique_ptr<publisher>> publishers_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::uint64_t once = run(data, size).go();
    must(run(data, size).go() == once, "the same bytes give the same trace");
    return 0;
}
