// A retry policy of one's own: the waits are a table, unless the name service is the one to wait for.

#include <array>
#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

using namespace std::chrono_literals;

// A retry policy: given waits; for a name that is not resolved yet, steady ones until the deadline.
struct stepwise_retry {
    static constexpr std::array<stentor::nanoseconds, 3> waits{100ms, 1s, 5s};

    stentor::verdict next(const stentor::failure& f) const noexcept {
        if (f.code == stentor::errc::dns) {
            return stentor::retry_in(3s);
        }
        return f.transient && f.attempt <= waits.size() ? stentor::retry_in(waits[f.attempt - 1]) : stentor::give_up();
    }
};

struct subscription {
    std::string email;
};
BOOST_DESCRIBE_STRUCT(subscription, (), (email))

}  // namespace app

template <>
struct stentor::message_traits<app::subscription> {
    static constexpr std::string_view topic = "subscriptions";
};

int main() {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, app::stepwise_retry{}};
    const auto publish_after = [&](std::uint32_t failures, stentor::errc why) {
        broker.fail_next(failures, why);
        const auto before = broker.elapsed();
        const auto sent = publisher.publish(app::subscription{"ann@example.com"});
        std::cout << failures << " x " << why << ": " << (sent ? "persisted" : "given up") << " after "
                  << duration_cast<std::chrono::milliseconds>(broker.elapsed() - before).count() << " ms\n";
    };

    publish_after(3, stentor::errc::broker_unavailable);
    publish_after(4, stentor::errc::dns);
    publish_after(1, stentor::errc::message_too_large);
}
