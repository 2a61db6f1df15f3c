// Publishes one message to Kafka and says where it landed: hello [host:port,...]

#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

struct greeting {
    std::string to;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(greeting, (), (to, text))

}  // namespace app

template <>
struct stentor::message_traits<app::greeting> {
    static constexpr std::string_view topic = "greetings";
    static std::string_view key(const app::greeting& g) { return g.to; }
};

int main(int argc, char** argv) {
    const stentor::kafka_config config{.brokers = argc > 1 ? argv[1] : "localhost:9092", .create_topics = true};
    try {
        stentor::publisher publisher{stentor::kafka_transport{config}};
        const stentor::receipt where = publisher.publish(app::greeting{.to = "Ann", .text = "hello"}).value();
        std::cout << "sent to " << where << '\n';
    } catch (const stentor::publish_failure& failure) {  // of the configuration, or of the publish
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
