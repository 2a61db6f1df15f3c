// Includes every public header, and uses what the umbrella leaves out. clang-tidy reads this file, so each template that is only
// reached from here must be instantiated here.

#include <stentor/metrics.hpp>
#include <stentor/serializer/boost_json.hpp>
#include <stentor/serializer/from_json.hpp>
#include <stentor/settings.hpp>
#include <stentor/testing/recording_port.hpp>
#include <stentor/testing/recording_tracer.hpp>
#include <stentor/testing/scripted_breaker.hpp>
#include <stentor/testing/scripted_retry.hpp>
#include <stentor/testing/scripted_serializer.hpp>
#include <stentor/testing/scripted_transport.hpp>
#if __has_include(<librdkafka/rdkafka.h>)
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/testing/topic_reader.hpp>
#endif

#include <stentor/stentor.hpp>

namespace {

struct number {
    int n = 0;
    double part = 0;
    std::string name{};
    std::optional<bool> sure{};
    std::vector<int> more{};
    stentor::timestamp when{};
};
BOOST_DESCRIBE_STRUCT(number, (), (n, part, name, sure, more, when))

}  // namespace

template <>
struct stentor::message_traits<number> {
    static constexpr std::string_view topic = "greetings";
};

namespace {

namespace task_manager = stentor::formats::task_manager;

bool publishes(const stentor::memory_broker& broker) {
    const stentor::recording_tracer seen;
    const stentor::scripted_breaker asked{true};
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::scripted_serializer<stentor::json_serializer>{}, asked,
                               stentor::scripted_retry{stentor::give_up()}, seen};
    const stentor::recording_tracer& kept = seen;
    return p.publish(number{42, 0.5, "n", {}, {1, 2}, {}}) &&
           p.publish(task_manager::task_completion{.task_id = "t-1", .result = "done"}) && asked.asked().size() == 2 &&
           !kept.entries().empty();
}

bool reads_back(const stentor::memory_broker& broker) {
    const auto read = stentor::from_json<number>(broker.records("greetings")[1].value);
    const auto refused = stentor::from_json<number>(R"({"n":"one"})");
    return read && read->n == 42 && read->more.size() == 2 && !refused;
}

struct boost_number {
    int n = 0;
};
BOOST_DESCRIBE_STRUCT(boost_number, (), (n))

bool writes_with_boost_json() {
    stentor::buffer out;
    const stentor::fault wrong = stentor::boost_json_serializer{}.serialize(boost_number{7}, out);
    return !wrong && out.view() == R"({"n":7})";
}

bool records_on_a_port() {
    stentor::recording_port<number> port;
    stentor::port<number>& seen = port;
    const auto first = seen.publish(number{});
    port.fail_next(stentor::error(stentor::errc::closed));
    const auto second = seen.publish(number{});
    return first && !second && port.published<number>().size() == 2;
}

bool scripts_a_transport() {
    stentor::scripted_transport wire;
    stentor::basic_publisher p{wire};
    wire.while_waiting([&] { return wire.oldest() && wire.persist(*wire.oldest()); });
    return p.publish(number{1, 0, {}, {}, {}, {}}, {.topic = "elsewhere"}) && wire.submits().size() == 1;
}

struct statistics_of_nobody {
    [[nodiscard]] static std::shared_ptr<const std::string> statistics() { return nullptr; }
};

bool counts_metrics(const stentor::memory_broker& broker) {
    const stentor::metrics_registry registry;
    stentor::basic_publisher p{stentor::memory_transport{broker},
                               stentor::tracer_chain{stentor::w3c_tracer{}, stentor::exemplar_tracer{registry}}};
    stentor::observe(registry, p.snapshots(), {.name = "p"});
    const auto client = std::make_shared<statistics_of_nobody>();
    stentor::observe(registry, client);
    registry.histograms("own_seconds", "Own.", {"x"}).value().with("1").observe(0.5);
    const bool sent = p.publish(number{}, {.topic = "counted"}).has_value();
    const std::string page = render(registry, stentor::negotiate("application/openmetrics-text"));
    return sent && page.find("kafka_producer_messages_sent_total{topic=\"counted\"} 1\n") != std::string::npos &&
           page.ends_with("# EOF\n");
}

bool reads_settings() {
    const auto s = stentor::settings::from({{"KAFKA_BROKERS", "localhost:9092"}, {"KAFKA_SASL_PASSWORD", "p"}});
    const auto own = stentor::settings::from_env();
    return !s && s.error() == stentor::errc::invalid_config && (own || own.error() == stentor::errc::invalid_config);
}

}  // namespace

int use_all_in_b(const stentor::memory_broker& broker) {
    if (!publishes(broker)) {
        return 11;
    }
    if (!reads_back(broker)) {
        return 12;
    }
    if (!writes_with_boost_json()) {
        return 13;
    }
    if (!records_on_a_port()) {
        return 14;
    }
    if (!reads_settings()) {
        return 16;
    }
    if (!counts_metrics(broker)) {
        return 17;
    }
    return scripts_a_transport() ? 0 : 15;
}
