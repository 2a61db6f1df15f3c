// A transport of one's own: any other one that sometimes fails, to see in a test system how a service takes it.

#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

// A transport: refuses a part of all tries. What it does not say (time, waiting, reports) is Inner's.
template <class Inner>
class unreliable_transport : public Inner {
public:
    unreliable_transport(Inner inner, unsigned percent) : Inner(std::move(inner)), percent_(percent) {}

    stentor::fault submit(const stentor::record& r, stentor::completion& which) noexcept {
        if (this->now().random % 100 < percent_) {
            return {.code = stentor::errc::broker_unavailable, .name = "ON_PURPOSE"};
        }
        return Inner::submit(r, which);
    }

private:
    unsigned percent_;
};

struct reservation {
    std::string room;
    int nights;
};
BOOST_DESCRIBE_STRUCT(reservation, (), (room, nights))

}  // namespace app

template <>
struct stentor::message_traits<app::reservation> {
    static constexpr std::string_view topic = "reservations";
    static std::string_view key(const app::reservation& r) { return r.room; }
};

int main() {
    const stentor::memory_broker broker{{.seed = 4}};
    stentor::basic_publisher publisher{app::unreliable_transport{stentor::memory_transport{broker}, 50}, stentor::no_breaker{}};
    for (int nights = 1; nights <= 4; ++nights) {
        const auto sent = publisher.publish(app::reservation{"12", nights});
        if (sent) {
            std::cout << "attempt " << sent->attempts << " persisted it\n";
        } else {
            std::cout << sent.error() << '\n';
        }
    }
}
