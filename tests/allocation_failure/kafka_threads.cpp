// Memory runs out on the threads of a client of Kafka. Of librdkafka's own memory nothing is taken.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <librdkafka/rdkafka.h>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stentor/publisher.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/testing/topic_reader.hpp>
#include <stentor/transport/kafka.hpp>

#include "failing.hpp"
#include "kafka_world.hpp"
#include "task.hpp"

namespace {

using namespace std::chrono_literals;
using failing::clients_gone;
using failing::comes_true;
using failing::connected;
using failing::how;
using failing::publisher;
using failing::seen;
using failing::shared_world;
using failing::small;
using failing::world;
using stentor::errc;
using stentor::outcome;
using stentor::receipt;
using stentor::result;

// Eight records, whose reports come when the event thread has no memory any more, from its n-th allocation on.
void publish_without_memory(int answer, std::uint64_t nth, how h) {
    world& w = shared_world();
    constexpr int many = 8;
    std::array<seen, many> each;
    const clients_gone left_nothing;
    {
        const auto client = connected(w);
        REQUIRE(client);
        publisher p(stentor::kafka_transport{client}, small);
        auto doomed = std::make_unique<publisher>(stentor::kafka_transport{client}, small);
        std::atomic<bool> gone{false};
        REQUIRE(p.async_publish(failing::task{}, [&](const result<receipt>&) {
            failing::arm(nth, h);
            doomed.reset();
            gone = true;
        }));
        REQUIRE(comes_true([&] { return gone.load(); }));
        w.cluster.fail_produce(answer, answer == 0 ? 0 : many);
        for (seen& s : each) {
            CHECK(p.async_publish(failing::task{}, [&s](const result<receipt>& r) { s.take(r); }));
        }
        CHECK(p.flush(15s));
        w.cluster.clear_produce_failures();
        // Another one comes and goes meanwhile; what it sends may wait for memory.
        const auto r = publisher(stentor::kafka_transport{client}, small).publish(failing::task{}, {.deadline = 60ms});
        CHECK((r || r.error().outcome == outcome::not_persisted));
        CHECK(p.close(10s));
        const stentor::account books = p.account();
        CHECK(books.accepted == many + 1);
        CHECK(books.accepted == books.persisted + books.not_persisted + books.unknown);
    }
    CHECK(left_nothing());
    for (const seen& s : each) {
        CHECK(s.outcomes == 1);
        CHECK((s.persisted == 1) == (answer == 0));
    }
}

void wait_out_an_outage_without_memory(std::uint64_t nth, how h) {
    stentor::mock_cluster cluster;
    cluster.create_topic(failing::topic, 1);
    const clients_gone left_nothing;
    seen s;
    {
        publisher p(stentor::kafka_transport{{.brokers = cluster.bootstrap()}}, small);
        std::atomic<bool> gone{false};
        REQUIRE(p.async_publish(failing::task{}, [&](const result<receipt>&) {
            failing::arm(nth, h);
            gone = true;
        }));
        REQUIRE(comes_true([&] { return gone.load(); }));
        cluster.down();
        REQUIRE(comes_true([&] { return !p.transport().up(); }));
        CHECK(p.async_publish(failing::task{}, [&s](const result<receipt>& r) { s.take(r); }));
        cluster.up();
        CHECK(p.flush(15s));
        CHECK(p.close(10s));
    }
    CHECK(left_nothing());
    CHECK(s.outcomes == 1);
    CHECK(s.persisted == 1);
}

}  // namespace

TEST_CASE("without memory on the event thread, from a handler on, each report gives its one outcome, and close ends") {
    const int answer = GENERATE(0, 87, 29);  // success, INVALID_RECORD, TOPIC_AUTHORIZATION_FAILED
    const how h = GENERATE(how::once, how::from_then_on);
    const std::uint64_t failed = failing::each_failure([&](std::uint64_t nth) {
        CAPTURE(answer, nth, h);
        publish_without_memory(answer, nth, h);
    });
    CAPTURE(answer, h);
    // What has gone well needs no memory there.
    CHECK((answer == 0 ? failed == 0 : failed >= 3));
}

TEST_CASE("when memory fails on the event thread a record gets to the dead letters with all its headers, or not at all") {
    world& w = shared_world();
    w.cluster.create_topic("letters", 1);
    const stentor::dead_letter<stentor::no_retry> to_letters{.topic = "letters", .deadline = 5s};
    std::size_t letters = 0;
    const clients_gone left_nothing;
    const std::uint64_t failed = failing::each_failure([&](std::uint64_t nth) {
        CAPTURE(nth);
        stentor::basic_publisher p(stentor::kafka_transport{w.config}, to_letters, small);
        REQUIRE(p.publish(failing::task{}));
        std::atomic<bool> gone{false};
        REQUIRE(p.async_publish(failing::task{}, [&](const result<receipt>&) {
            failing::arm(nth, how::once);
            gone = true;
        }));
        REQUIRE(comes_true([&] { return gone.load(); }));
        w.cluster.fail_produce(87, 1);  // INVALID_RECORD
        const auto r = p.publish(failing::task{});
        REQUIRE_FALSE(r);
        letters += r.error().dead_letter.what == stentor::dead_letter_result::state::written ? 1U : 0U;
    });
    CHECK(left_nothing());
    CHECK(failed >= 8);
    CHECK(letters > 3);  // where what failed was not needed for it
    const auto all = stentor::topic_reader(w.cluster.bootstrap(), "letters").read(letters);
    REQUIRE(all.size() == letters);
    for (const auto& letter : all) {
        CHECK(letter.header("copied-header") == failing::task{}.text);
    }
}

TEST_CASE("without memory on the event thread an outage comes and goes, and what waited for its end is sent") {
    const how h = GENERATE(how::once, how::from_then_on);
    const std::uint64_t failed = failing::each_failure([&](std::uint64_t nth) {
        CAPTURE(nth, h);
        wait_out_an_outage_without_memory(nth, h);
    });
    CAPTURE(h);
    // What there is to hear of an outage is librdkafka's to say: 2.0 has words for each broker, 2.14 none that take memory.
    CHECK((failed >= 3 || rd_kafka_version() >= 0x02010000));
}

TEST_CASE(
    "without memory on all threads of a client a new topic's record ends by its deadline, or is sent when there is some again") {
    const auto deadline = GENERATE(300ms, 15'000ms);
    CAPTURE(deadline);
    world& w = shared_world();
    const clients_gone left_nothing;
    seen s;
    {
        auto client = connected(w);
        REQUIRE(client);
        publisher p(stentor::kafka_transport{std::move(client)}, small);
        {
            const failing::gone_elsewhere now;
            if (deadline < 1s) {
                s.take(p.publish(failing::task{}, {.deadline = deadline}));
            } else {
                CHECK(p.async_publish(failing::task{}, [&s](const result<receipt>& r) { s.take(r); }, {.deadline = deadline}));
            }
        }
        CHECK(p.flush(15s));
        CHECK(p.publish(failing::task{}));
        CHECK(p.close(10s));
    }
    CHECK(left_nothing());
    CHECK(s.outcomes == 1);
    CHECK((s.persisted == 1 || s.what == outcome::not_persisted));
    CHECK((s.persisted == 1 || s.code == errc::out_of_memory || s.code == errc::deadline_exceeded));
    CHECK((s.persisted == 1 || deadline < 1s || s.code == errc::out_of_memory));
}

TEST_CASE("without memory on all threads of a client its second topic is looked up when there is some again") {
    const stentor::publish_options second{.topic = "another-topic-with-a-long-name", .deadline = 300ms};
    world& w = shared_world();
    w.cluster.create_topic(std::string(second.topic), 1);
    const clients_gone left_nothing;
    {
        auto client = connected(w);
        REQUIRE(client);
        publisher p(stentor::kafka_transport{std::move(client)}, small);
        REQUIRE(p.publish(failing::task{}));  // so that there is room for a question, and none for its answer
        {
            const failing::gone_elsewhere now;
            seen s;
            s.take(p.publish(failing::task{}, second));
            CHECK((s.persisted == 1 || s.what == outcome::not_persisted));
        }
        CHECK(p.publish(failing::task{}, {.topic = second.topic}));
        CHECK(p.close(10s));
    }
    CHECK(left_nothing());
}

TEST_CASE("without memory on all threads of a client an outage comes and goes") {
    stentor::mock_cluster cluster;
    cluster.create_topic(failing::topic, 1);
    const clients_gone left_nothing;
    {
        publisher p(stentor::kafka_transport{{.brokers = cluster.bootstrap()}}, small);
        REQUIRE(p.publish(failing::task{}));
        {
            const failing::gone_elsewhere now;
            cluster.down();
            REQUIRE(comes_true([&] { return !p.transport().up(); }));
            cluster.up();
            CHECK(comes_true([&] { return p.transport().up(); }));
            std::this_thread::sleep_for(100ms);  // for the helper thread to ask for leaders
        }
        CHECK(p.publish(failing::task{}));
        CHECK(p.close(10s));
    }
    CHECK(left_nothing());
}

TEST_CASE("when memory fails on the event thread a client that has met a fatal error is replaced") {
    stentor::mock_cluster cluster;
    cluster.create_topic(failing::topic, 1);
    const std::uint64_t failed = failing::each_failure([&](std::uint64_t nth) {
        CAPTURE(nth);
        const clients_gone left_nothing;
        {
            publisher p(stentor::kafka_transport{{.brokers = cluster.bootstrap()}}, small);
            std::atomic<bool> gone{false};
            REQUIRE(p.async_publish(failing::task{}, [&](const result<receipt>&) {
                failing::arm(nth, how::once);
                gone = true;
            }));
            REQUIRE(comes_true([&] { return gone.load(); }));
            cluster.fail_produce(45, 1);  // OUT_OF_ORDER_SEQUENCE_NUMBER
            CHECK_FALSE(p.publish(failing::task{}));
            // What failed may be its own look-up.
            const auto next = p.publish(failing::task{});
            CHECK((next || next.error() == errc::out_of_memory));
            CHECK(p.publish(failing::task{}));
            CHECK(p.close(10s));
        }
        CHECK(left_nothing());
    });
    CHECK(failed >= 3);
}

TEST_CASE("a client that connects while its threads have no memory is connected when there is some again") {
    stentor::mock_cluster cluster;
    cluster.create_topic(failing::topic, 1);
    // Too long for a std::string's own space, as the names of most brokers are.
    std::string far = cluster.bootstrap();
    far.replace(0, far.find(':'), "127.0.0.000000000000000001");
    const clients_gone left_nothing;
    {
        std::shared_ptr<stentor::kafka_client> client;
        {
            const failing::gone_elsewhere now;
            client = std::make_shared<stentor::kafka_client>(stentor::kafka_config{.brokers = far});
            (void)client->wait_until_connected(500ms);
        }
        CHECK(client->wait_until_connected(5s));
        publisher p(stentor::kafka_transport{client}, small);
        CHECK(p.publish(failing::task{}, {.deadline = 5s}));
        CHECK(p.close(10s));
    }
    CHECK(left_nothing());
}
