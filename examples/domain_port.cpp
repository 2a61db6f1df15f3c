// Domain code depends on port<T>: its message types, and neither Kafka nor policies. main() decides what is behind it.

#include <iostream>

#include <stentor/stentor.hpp>
#include <stentor/testing/recording_port.hpp>

namespace domain {

struct order_paid {
    std::string order_id;
    std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(order_paid, (), (order_id, cents))

using order_events = stentor::port<order_paid>;

class checkout {
public:
    explicit checkout(order_events& events) : events_(events) {}

    /// Whether the order may be shipped.
    [[nodiscard]] bool pay(const std::string& order_id, std::int64_t cents) {
        return events_.publish({order_id, cents}).has_value();
    }

private:
    order_events& events_;
};

}  // namespace domain

template <>
struct stentor::message_traits<domain::order_paid> {
    static constexpr std::string_view topic = "orders";
    static std::string_view key(const domain::order_paid& o) { return o.order_id; }
};

int main() {
    // In a test of the domain: a double.
    stentor::recording_port<domain::order_paid> seen;
    seen.fail_next(stentor::errc::circuit_open);
    domain::checkout tested{seen};
    std::cout << std::boolalpha << tested.pay("o-1", 990) << ' ' << tested.pay("o-2", 1250) << ", the last was "
              << seen.published<domain::order_paid>().back().order_id << '\n';

    // In the service: a publisher.
    stentor::memory_broker broker;  // where a service has Kafka
    stentor::basic_publisher publisher{stentor::memory_transport{broker}};
    auto events = stentor::adapt<domain::order_paid>(publisher);
    domain::checkout live{events};
    std::cout << live.pay("o-3", 480) << ", on the wire " << broker.records("orders")[0].value << '\n';
}
