// A byte string as what a test does to a mock cluster and to a publisher that works on it: errors, delays, brokers that come and
// go, with arguments good and bad. What the cluster refuses is said so, each publish has one outcome in time, and the books
// balance.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/publisher.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/transport/kafka.hpp>

#include "fuzz/mock_world.hpp"
#include "fuzz/must.hpp"
#include "fuzz/notes.hpp"

namespace {

using fuzz::must;
using fuzz::note;
using stentor::milliseconds;
using stentor::nanoseconds;
using stentor::receipt;
using stentor::result;
using real_clock = std::chrono::steady_clock;

constexpr std::size_t most_publishes = 8;
constexpr std::size_t most_waits = 3;
constexpr nanoseconds grace = milliseconds(250);
// The machine may stand still for a while.
constexpr nanoseconds slack = std::chrono::seconds(5);

struct sent {
    real_clock::time_point until{};
    std::atomic<bool> accepted = false;
    std::atomic<int> outcomes = 0;
};

class run {
public:
    run(const std::uint8_t* data, std::size_t size)
        : in_(data, size),
          how_(in_.next()),
          world_(fuzz::mock_world::of(1 + how_ % 3)),
          cluster_(world_.cluster()),
          publisher_(stentor::kafka_transport{world_.client()},
                     stentor::exponential_backoff{.attempts = 3, .initial = milliseconds(1)}) {}

    void go() {
        for (int steps = 0; in_.more() && steps < 40; ++steps) {
            try {
                step();
            } catch (const stentor::publish_failure& refused) {
                must(!refused.error().message().empty(), "a refusal says something");
            }
        }
        finish();
    }

private:
    // Those that there are, all of them, and some that there are not.
    [[nodiscard]] std::int32_t any_broker() {
        static constexpr std::int32_t ids[] = {-1, 1, 2, 3, 0, 4, -2, 1'000};
        return ids[in_.next() % 8U];
    }
    [[nodiscard]] std::string any_topic() {
        static constexpr std::string_view names[] = {"notes", "other", "", "not a name"};
        const unsigned b = in_.next() % 4U;
        world_.breaks_topics();
        return b < 2 ? world_.topic(names[b]) : std::string(names[b]);
    }
    [[nodiscard]] int any_code() { return static_cast<std::int8_t>(in_.next()); }
    [[nodiscard]] milliseconds short_time() { return milliseconds(in_.next() % 6U); }

    void step() {
        switch (in_.next() % 17) {
            case 0:
            case 1:
            case 2: publish(false); break;
            case 3: publish(true); break;
            case 4: create_topic(); break;
            case 5: fail_produce(); break;
            case 6: hang_up(); break;
            case 7: fail_request(); break;
            case 8: cluster_.clear_produce_failures(); break;
            case 9: delay_produce(); break;
            case 10: round_trip_time(); break;
            case 11: cluster_.down(any_broker()); break;
            case 12: cluster_.up(any_broker()); break;
            case 13: leader(); break;
            case 14: topic_error(); break;
            case 15: cluster_.coordinator(in_.next() % 2U == 0 ? "group" : "", any_broker()); break;
            default: api_versions(); break;
        }
    }

    void create_topic() {
        static constexpr int counts[] = {1, 2, 3, 4, 0, -1, 8, -1'000};
        const std::string topic = any_topic();
        const int partitions = counts[in_.next() % 8U];
        cluster_.create_topic(topic, partitions, counts[in_.next() % 8U]);
    }

    void fail_produce() {
        world_.breaks_requests(0);
        const int code = any_code();
        cluster_.fail_produce(code, in_.next() % 4U);
    }

    void hang_up() {
        world_.breaks_requests(0);
        const int first = any_code();
        cluster_.fail_produce({first, -195, any_code()});
    }

    void fail_request() {
        const int api_key = static_cast<std::int8_t>(in_.next());
        world_.breaks_requests(api_key);
        std::vector<int> codes(in_.next() % 4U);
        for (int& code : codes) {
            code = any_code();
        }
        cluster_.fail_request(api_key, codes);
    }

    void delay_produce() {
        const std::int32_t broker = any_broker();
        cluster_.delay_produce(broker, short_time(), in_.next() % 3U);
    }

    void round_trip_time() {
        const milliseconds t = short_time();
        cluster_.round_trip_time(t, any_broker());
    }

    void leader() {
        const std::string topic = any_topic();
        const std::int32_t partition = in_.next() % 6 - 1;
        cluster_.leader(topic, partition, any_broker());
    }

    // Some versions of librdkafka end the process for an error beside partitions (see mock_cluster::topic_error): there, only a
    // topic that has none gets errors.
    void topic_error() {
        const bool frail = ::rd_kafka_version() >= 0x020400ff && ::rd_kafka_version() < 0x020a0000;
        const std::string topic = frail ? world_.topic("void") : any_topic();
        world_.breaks_topics();
        cluster_.topic_error(topic, any_code());
    }

    void api_versions() {
        const int api_key = static_cast<std::int8_t>(in_.next());
        const int least = in_.next() % 12 - 1;
        world_.spoil();
        cluster_.api_versions(api_key, least, in_.next() % 12 - 1);
    }

    void publish(bool waits) {
        if (published_ == most_publishes || (waits && waited_++ >= most_waits)) {
            return;
        }
        sent& s = all_[published_++];
        const note n{published_, in_.next()};
        // A retry needs more time than a try and 500 ms.
        const unsigned b = in_.next();
        const nanoseconds deadline = milliseconds(waits ? 1 + b % 30U : b >= 160 ? 1'000U : 1 + b % 40U);
        const std::string topic = world_.topic(n.key >= 224U ? "void" : "notes");
        const stentor::publish_options options{
            .topic = topic, .deadline = deadline, .partition = n.key % 16U == 15 ? n.key / 16 % 8 : -1};
        s.until = real_clock::now() + deadline + grace + slack;
        if (waits) {
            s.accepted = true;
            end(s, publisher_.publish(n, options));
            return;
        }
        s.accepted = publisher_.try_async_publish(n, [&s](const result<receipt>& r) { end(s, r); }, options).has_value();
    }

    static void end(sent& s, const result<receipt>& r) {
        must(++s.outcomes == 1, "one outcome");
        must(real_clock::now() <= s.until, "in time");
        must(r.has_value() || !r.error().message().empty(), "an error says something");
    }

    void finish() {
        // What the wire has when nothing gets through is given up late: few inputs are to wait for that.
        const bool in_faults = how_ >= 240;
        if (!in_faults) {
            world_.mend();
        }
        must(publisher_.close(milliseconds(20)).has_value(), "close comes to its end");
        if (in_faults) {
            world_.mend();
        }
        for (std::size_t i = 0; i < published_; ++i) {
            must(all_[i].outcomes == (all_[i].accepted ? 1 : 0), "what was accepted has an outcome, and nothing else");
        }
        const stentor::account a = publisher_.account();
        must(a.in_flight == 0, "nothing is in flight");
        must(a.accepted == a.persisted + a.not_persisted + a.unknown, "the books balance");
    }

    fuzz::bytes in_;
    unsigned how_;
    fuzz::mock_world& world_;
    stentor::mock_cluster& cluster_;
    std::array<sent, most_publishes> all_{};
    std::size_t published_ = 0;
    std::size_t waited_ = 0;
    stentor::basic_publisher<stentor::kafka_transport, fuzz::digits> publisher_;
};

}  // namespace

// The client's and the cluster's threads go on between inputs, and what they are just handing over looks like a leak.
extern "C" const char* __lsan_default_options() {  // NOLINT(bugprone-reserved-identifier): its name
    return "detect_leaks=0";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    run(data, size).go();
    return 0;
}
