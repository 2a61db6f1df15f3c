// What becomes of librdkafka's own reports, and of what it says of a login.

#include <array>
#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/kafka/report.hpp>
#include <stentor/testing/mock_cluster.hpp>

#include "collector.hpp"

using namespace std::chrono_literals;
using stentor::errc;
using stentor::outcome;
using kind = stentor::client_event::kind;

namespace {

// One record by a plain client with these acks, and what report_maker makes of its report.
outcome outcome_with_acks(const char* acks) {
    stentor::mock_cluster cluster;
    cluster.create_topic("reports", 1);
    std::array<char, 512> why{};
    rd_kafka_conf_t* const conf = ::rd_kafka_conf_new();
    ::rd_kafka_conf_set(conf, "bootstrap.servers", cluster.bootstrap().c_str(), why.data(), why.size());
    ::rd_kafka_conf_set(conf, "acks", acks, why.data(), why.size());
    ::rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    const std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)> client(
        ::rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size()), &::rd_kafka_destroy);
    REQUIRE(client != nullptr);
    REQUIRE(::rd_kafka_producev(client.get(), RD_KAFKA_VTYPE_TOPIC, "reports", RD_KAFKA_VTYPE_VALUE, "v", std::size_t{1},
                                RD_KAFKA_VTYPE_END) == RD_KAFKA_RESP_ERR_NO_ERROR);
    const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(::rd_kafka_queue_get_main(client.get()),
                                                                                     &::rd_kafka_queue_destroy);
    const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> event(::rd_kafka_queue_poll(queue.get(), 5000),
                                                                                     &::rd_kafka_event_destroy);
    REQUIRE(event != nullptr);
    const rd_kafka_message_t* const m = ::rd_kafka_event_message_next(event.get());
    REQUIRE(m != nullptr);
    REQUIRE(m->err == RD_KAFKA_RESP_ERR_NO_ERROR);
    stentor::detail::kafka::report_maker maker;
    const stentor::report& r = maker.make(*m, false);
    CHECK((r.outcome == outcome::persisted) == !r.why);
    CHECK((r.outcome == outcome::persisted) == (r.offset >= 0));
    return r.outcome;
}

}  // namespace

TEST_CASE("a report without an error counts as persisted only if a broker has acknowledged the record") {
    CHECK(outcome_with_acks("1") == outcome::persisted);
    CHECK(outcome_with_acks("0") == outcome::unknown);
}

TEST_CASE("a login that every broker refuses ends the waiting at once, also when a broker is listed twice") {
    stentor::mock_cluster cluster;
    const std::string one = cluster.bootstrap();
    for (const std::string& list : {one, one + "," + one, one + ",SASL_PLAINTEXT://" + one}) {
        CAPTURE(list);
        wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = list,
                                                                         .security_protocol = "sasl_plaintext",
                                                                         .sasl_mechanism = "PLAIN",
                                                                         .sasl_username = "u",
                                                                         .sasl_password = "p"}}};
        CHECK(c.wait_for([&] { return c.count_heard(kind::authentication_failed) > 0; }, 3s));
        for (const auto& h : c.all_heard()) {
            INFO(h.cause);
            CHECK(h.what == kind::authentication_failed);
        }
    }
}
