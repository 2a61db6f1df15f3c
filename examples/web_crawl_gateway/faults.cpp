#include "faults.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <future>
#include <utility>
#include <vector>

namespace demo {
namespace {

using namespace std::chrono_literals;

constexpr int not_enough_replicas = 19;
constexpr std::int16_t produce_request = 0;
constexpr int topic_authorization_failed = 29;
constexpr std::array topics{status_topic, partner_topic, dead_letter_topic};
constexpr int denying_broker = faults::brokers;  // leads the denied topic, and nothing else

// Makes calls side by side, and waits for all of them.
class at_once {
public:
    template <class Call>
    void add(Call call) {
        calls_.push_back(std::async(std::launch::async, std::move(call)));
    }
    void finish() {
        for (std::future<void>& call : calls_) {
            call.get();
        }
        calls_.clear();
    }

private:
    std::vector<std::future<void>> calls_;
};

}  // namespace

faults::faults(stentor::mock_cluster& cluster, std::function<void(const std::string&)> say, std::atomic<bool>& troubled)
    : cluster_(cluster), say_(std::move(say)), troubled_(troubled) {
    // An idle mock cluster looks for such calls three times a second, and each waits until it has been seen.
    at_once calls;
    for (const std::string_view topic : topics) {
        calls.add([this, topic] { cluster_.create_topic(std::string{topic}, partitions_of(topic)); });
    }
    calls.finish();
    for (int partition = 0; partition != partitions; ++partition) {
        calls.add([this, partition] { cluster_.leader(std::string{status_topic}, partition, partition % (brokers - 1) + 1); });
    }
    calls.add([this] { cluster_.leader(std::string{partner_topic}, 0, denying_broker); });
    calls.add([this] { cluster_.leader(std::string{dead_letter_topic}, 0, 1); });
    calls.finish();
}

void faults::begin() {
    begin_ = std::chrono::steady_clock::now();
    thread_ = std::thread{[this] { run(); }};
}

void faults::heal() {
    over_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
    cluster_.clear_produce_failures();
    at_once calls;
    calls.add([this] { cluster_.up(); });
    calls.add([this] { cluster_.round_trip_time(0ms); });
    calls.add([this] { cluster_.topic_error(std::string{partner_topic}, 0); });
    calls.finish();
    troubled_ = false;
}

bool faults::sleep_until(duration since_begin) {
    while (!over_ && std::chrono::steady_clock::now() < begin_ + since_begin) {
        std::this_thread::sleep_for(10ms);
    }
    return !over_;
}

void faults::run() {
    if (sleep_until(2000ms)) {
        refuse_writes();
    }
    if (sleep_until(4500ms)) {
        move_leaders();
    }
    if (sleep_until(5500ms)) {
        take_brokers_down();
    }
    if (sleep_until(8500ms)) {
        deny_a_topic();
    }
}

void faults::refuse_writes() {
    troubled_ = true;
    say_("every write is answered with NOT_ENOUGH_REPLICAS, for 1.4 s");
    cluster_.fail_produce(not_enough_replicas, 100'000);
    (void)sleep_until(3400ms);
    cluster_.clear_produce_failures();
    say_("enough replicas again");
    (void)sleep_until(4000ms);
    troubled_ = false;
}

void faults::move_leaders() {
    troubled_ = true;
    say_("every partition gets another leader");
    for (int partition = 0; partition != partitions; ++partition) {
        cluster_.leader(std::string{status_topic}, partition, (partition + 1) % (brokers - 1) + 1);
    }
    (void)sleep_until(5000ms);
    troubled_ = false;
}

void faults::take_brokers_down() {
    troubled_ = true;
    // Answers take a while first, so that some are lost when the connections are cut: nobody can know what became of those.
    cluster_.round_trip_time(40ms);
    (void)sleep_until(5700ms);
    say_("all brokers go down, for 1.8 s");
    cluster_.down();
    cluster_.round_trip_time(0ms);
    (void)sleep_until(7500ms);
    cluster_.up();
    say_("all brokers are up again");
    (void)sleep_until(8400ms);
    troubled_ = false;
}

void faults::deny_a_topic() {
    troubled_ = true;
    say_("topic " + std::string{partner_topic} + " is denied, for 1.2 s");
    // librdkafka 2.4 to 2.8 crashes on a topic error that comes with partitions it does not know yet, which only this mock cluster
    // sends.
    if (const int version = ::rd_kafka_version(); version < 0x02040000 || version >= 0x02090000) {
        cluster_.topic_error(std::string{partner_topic}, topic_authorization_failed);
    }
    // A client that knows the topic already doesn't ask for its metadata again: its writes are refused, too, as by a real broker.
    while (!over_ && std::chrono::steady_clock::now() < begin_ + 9700ms) {
        std::size_t left = 0;
        rd_kafka_mock_broker_error_stack_cnt(cluster_.native(), denying_broker, produce_request, &left);
        for (; left < 4; ++left) {
            rd_kafka_mock_broker_push_request_error_rtts(cluster_.native(), denying_broker, produce_request, 1,
                                                         static_cast<rd_kafka_resp_err_t>(topic_authorization_failed), 0);
        }
        std::this_thread::sleep_for(2ms);
    }
    cluster_.topic_error(std::string{partner_topic}, 0);
    say_("topic " + std::string{partner_topic} + " is allowed again");
    (void)sleep_until(9900ms);
    troubled_ = false;
}

}  // namespace demo
