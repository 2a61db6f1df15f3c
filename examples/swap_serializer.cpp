// The serializer writes the bytes of a record's value. raw_serializer sends bytes that are ready as they are.

#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

/// A line of an access log, as the web server wrote it.
struct access_log_line {
    std::string text;
    operator std::string_view() const { return text; }
};

}  // namespace app

template <>
struct stentor::message_traits<app::access_log_line> {
    static constexpr std::string_view topic = "access-log";
};

int main() {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::raw_serializer{}};

    const auto sent = publisher.publish(app::access_log_line{R"(192.0.2.7 - - "GET /index.html HTTP/2" 200 1043)"});
    if (!sent) {
        std::cerr << sent.error() << '\n';
        return 1;
    }
    for (const stentor::memory_record& r : broker.records("access-log")) {
        std::cout << r.value << '\n';
    }
}
