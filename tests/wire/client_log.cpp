// librdkafka's own log lines on their way to a tracer.
#include <algorithm>
#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include <stentor/testing/recording_tracer.hpp>

#include "notes.hpp"
#include "prints.hpp"

using namespace std::chrono_literals;
using stentor::errc;
using stentor::kafka_config;
using stentor::recording_tracer;

namespace {

std::vector<recording_tracer::entry> lines_of(const recording_tracer& t) {
    auto all = t.entries(recording_tracer::entry::kind::event);
    std::erase_if(all, [](const auto& e) { return e.event != stentor::event::kind::client_log; });
    return all;
}

bool has_line(const recording_tracer& t, std::string_view facility, std::string_view words, errc code) {
    const auto all = lines_of(t);
    return std::any_of(all.begin(), all.end(), [&](const auto& e) {
        return e.facility == facility && e.cause.find(words) != std::string::npos && e.code == code && e.at != stentor::instant{};
    });
}

}  // namespace

TEST_CASE("a tracer that wants librdkafka's lines has them with their class, one that does not has none, and nothing is printed") {
    wire::prints printed;
    const recording_tracer wants(6);
    const recording_tracer wants_none;
    const kafka_config nobody{.brokers = "127.0.0.1:9", .attempt_timeout = 300ms};
    {
        auto p = wire::publisher(nobody, wants);
        auto q = wire::publisher(nobody, wants_none);
        CHECK_FALSE(p.publish(wire::note{"k", "v"}, {.deadline = 300ms}));
        CHECK_FALSE(q.publish(wire::note{"k", "v"}, {.deadline = 300ms}));
    }
    CHECK(has_line(wants, "FAIL", "127.0.0.1:9/bootstrap: Connect to", errc::broker_unavailable));
    for (const auto& e : lines_of(wants)) {
        INFO(e.facility << ' ' << e.cause);
        CHECK(e.level <= 6);
        CHECK_FALSE(e.cause.starts_with("[thrd:"));
    }
    CHECK(lines_of(wants_none).empty());
    CHECK(printed.stop().empty());
}

TEST_CASE("what librdkafka said before there was a publisher reaches the first one, with the time of then") {
    const recording_tracer first(6);
    const auto client = std::make_shared<stentor::kafka_client>(kafka_config{.brokers = "127.0.0.1:9"});
    REQUIRE_FALSE(client->wait_until_connected(5s));
    stentor::basic_publisher p{stentor::kafka_transport{client}, wire::text_serializer{}, first};
    const stentor::instant made = p.now().now;
    CHECK(wire::eventually([&] { return !lines_of(first).empty(); }));
    REQUIRE(has_line(first, "FAIL", "Connect to", errc::broker_unavailable));
    CHECK(lines_of(first)[0].at < made);
}

TEST_CASE("at the level of debugging a tracer hears all that librdkafka was asked to say") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    const recording_tracer all(7);
    {
        // Before there is a publisher nobody asks for debugging: nothing is to be acquired so early.
        cluster.down();
        auto p = wire::publisher(kafka_config{.brokers = cluster.bootstrap()}, all);
        cluster.up();
        REQUIRE(p.publish(wire::note{"k", "v"}));
        CHECK(wire::eventually([&] { return has_line(all, "GETPID", "Acquired PID", errc::none); }));
    }
}
