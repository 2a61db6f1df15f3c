// A user's program, the same for every way in which a project can come to stentor: it publishes one message in memory, reads the
// record, and, where it is given Kafka, starts a client.
#include <cstdio>
#include <string>
#include <string_view>

#include <stentor/stentor.hpp>

namespace app {

struct greeting {
    std::string to;
    int times = 1;
};
BOOST_DESCRIBE_STRUCT(greeting, (), (to, times))

}  // namespace app

template <>
struct stentor::message_traits<app::greeting> {
    static constexpr std::string_view topic = "greetings";
    static std::string_view key(const app::greeting& g) { return g.to; }
};

namespace {

bool publishes_in_memory() {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    const auto r = p.publish(app::greeting{"Ann", 2});
    const auto& records = broker.records("greetings");
    return r && r->topic == "greetings" && records.size() == 1 && records[0].key == "Ann" &&
           records[0].value == R"({"to":"Ann","times":2})";
}

}  // namespace

int main() {
    if (!publishes_in_memory()) {
        std::puts("the record is not what was published");
        return 1;
    }
    std::printf("stentor %s\n", stentor::version);
#ifdef WITH_KAFKA
    // Nobody listens there: a client that cannot connect is a client all the same.
    const stentor::kafka_transport transport{stentor::kafka_config{.brokers = "127.0.0.1:1"}};
    std::printf("librdkafka %s\n", rd_kafka_version_str());
#endif
}
