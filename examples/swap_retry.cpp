// The retry policy decides how often, and after which waits, a failed message is tried again.

#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

struct invoice {
    std::string number;
    std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(invoice, (), (number, cents))

}  // namespace app

template <>
struct stentor::message_traits<app::invoice> {
    static constexpr std::string_view topic = "invoices";
    static std::string_view key(const app::invoice& i) { return i.number; }
};

namespace {

using namespace std::chrono_literals;

template <class RetryPolicy>
void publish_through_an_outage(std::string_view name, RetryPolicy policy) {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, policy};
    broker.fail_next(3, stentor::errc::broker_unavailable);

    const auto sent = publisher.publish(app::invoice{"2026-17", 11'900});

    std::cout << name << ": " << (sent ? "persisted" : to_string(sent.error().condition())) << " after "
              << (sent ? sent->attempts : sent.error().attempts) << " attempts and "
              << duration_cast<std::chrono::milliseconds>(broker.elapsed()).count() << " ms\n";
}

}  // namespace

int main() {
    publish_through_an_outage("no_retry", stentor::no_retry{});
    publish_through_an_outage("the default", stentor::exponential_backoff{});
    publish_through_an_outage("patient", stentor::exponential_backoff{.attempts = 5, .initial = 1s, .factor = 3.0, .max = 5s});
    publish_through_an_outage("jittered", stentor::exponential_backoff{.attempts = 5, .jitter = stentor::jitter::full});
}
