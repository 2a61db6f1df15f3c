// A byte string as what a test does to a mock cluster and to a publisher that works on it: errors, delays, brokers that come and
// go, with arguments good and bad. What the cluster refuses is said so, each publish has one outcome in time, and the books
// balance.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/publisher.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/transport/kafka.hpp>

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
          cluster_(1 + in_.next() % 3),
          publisher_(stentor::kafka_transport{{.brokers = cluster_.bootstrap(), .attempt_timeout = milliseconds(150)}},
                     stentor::exponential_backoff{.attempts = 3, .initial = milliseconds(5)},
                     stentor::publisher_options{.deadline = milliseconds(200)}) {}

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
        static constexpr const char* names[] = {"notes", "other", "", "not a name"};
        return names[in_.next() % 4U];
    }
    [[nodiscard]] int any_code() { return static_cast<std::int8_t>(in_.next()); }
    [[nodiscard]] milliseconds short_time() { return milliseconds(in_.next() % 6U); }

    void step() {
        switch (in_.next() % 17) {
            case 0:
            case 1:
            case 2: publish(false); break;
            case 3: publish(true); break;
            case 4: cluster_.create_topic(any_topic(), 1 + in_.next() % 4, 1 + in_.next() % 3); break;
            case 5: cluster_.fail_produce(any_code(), in_.next() % 4U); break;
            case 6: cluster_.fail_produce({any_code(), -195, any_code()}); break;
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

    void fail_request() {
        const int api_key = static_cast<std::int8_t>(in_.next());
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
        const std::string topic = frail ? "void" : any_topic();
        cluster_.topic_error(topic, any_code());
    }

    void api_versions() {
        const int api_key = static_cast<std::int8_t>(in_.next());
        const int least = in_.next() % 12 - 1;
        cluster_.api_versions(api_key, least, in_.next() % 12 - 1);
    }

    void publish(bool waits) {
        if (published_ == most_publishes) {
            return;
        }
        sent& s = all_[published_++];
        const note n{published_, in_.next()};
        const nanoseconds deadline = milliseconds(1 + in_.next() % 200);
        const stentor::publish_options options{
            .topic = n.key >= 224U ? "void" : "", .deadline = deadline, .partition = n.key % 16U == 15 ? n.key / 16 % 8 : -1};
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
        must(publisher_.close(milliseconds(200)).has_value(), "close comes to its end");
        for (std::size_t i = 0; i < published_; ++i) {
            must(all_[i].outcomes == (all_[i].accepted ? 1 : 0), "what was accepted has an outcome, and nothing else");
        }
        const stentor::account a = publisher_.account();
        must(a.in_flight == 0, "nothing is in flight");
        must(a.accepted == a.persisted + a.not_persisted + a.unknown, "the books balance");
    }

    fuzz::bytes in_;
    stentor::mock_cluster cluster_;
    std::array<sent, most_publishes> all_{};
    std::size_t published_ = 0;
    stentor::basic_publisher<stentor::kafka_transport, fuzz::digits> publisher_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    run(data, size).go();
    return 0;
}
