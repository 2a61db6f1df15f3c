#include <stentor/stentor.hpp>

namespace {

struct number {
    int n = 0;
};
BOOST_DESCRIBE_STRUCT(number, (), (n))

}  // namespace

template <>
struct stentor::message_traits<number> {
    static constexpr std::string_view topic = "greetings";
};

int publish_from_b(const stentor::memory_broker& broker) {
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    return p.publish(number{42}) ? 0 : 1;
}
