// Memory runs out where a client of Kafka is made and where it is published to.

#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stentor/detail/error_in.hpp>
#include <stentor/publisher.hpp>
#include <stentor/transport/kafka.hpp>

#include "failing.hpp"
#include "kafka_world.hpp"
#include "task.hpp"

namespace {

using namespace std::chrono_literals;
using failing::clients_gone;
using failing::connected;
using failing::each_allocation;
using failing::how;
using failing::memory;
using failing::publisher;
using failing::seen;
using failing::shared_world;
using failing::small;
using failing::world;
using stentor::errc;
using stentor::outcome;
using stentor::receipt;
using stentor::result;

enum class call {
    publish,
    async_publish,
    try_async_publish
};

}  // namespace

TEST_CASE("without memory a publisher on Kafka is not made, nothing of it is left, and the next one works") {
    const how h = GENERATE(how::once, how::from_then_on);
    world& w = shared_world();
    w.begin_to_count();
    struct made {
        bool made = false;
        bool thrown = false;
        bool works = false;
        bool left_nothing = false;
    };
    const auto many = each_allocation(
        h,
        [&w](memory& m) {
            made s;
            const clients_gone left_nothing;
            try {
                std::optional<publisher> p;
                m.fails_in([&] { p.emplace(stentor::kafka_transport{w.config}, small); });
                s.made = true;
                s.works = w.count_after_one_more(*p) == 0;
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            } catch (const stentor::publish_failure& e) {
                s.thrown = e.error() == errc::out_of_memory;
            }
            s.left_nothing = left_nothing();
            return s;
        },
        [](const made& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n);
            CHECK(leaked == 0);
            CHECK(s.left_nothing);
            CHECK(s.made != s.thrown);
            CHECK(s.works == s.made);
        });
    CHECK(many >= 20);
}

TEST_CASE("without memory a publish to Kafka is refused, or has its one outcome") {
    const how h = GENERATE(how::once, how::from_then_on);
    const call c = GENERATE(call::publish, call::async_publish, call::try_async_publish);
    const bool is_known = GENERATE(false, true);
    world& w = shared_world();
    w.begin_to_count();
    const auto many = each_allocation(
        h,
        [&w, c, is_known](memory& m) {
            seen s;
            const clients_gone left_nothing;
            if (auto client = connected(w)) {
                std::optional<publisher> p(std::in_place, stentor::kafka_transport{std::move(client)}, small);
                if (is_known) {
                    std::thread([&] { (void)w.count_after_one_more(*p); }).join();
                }
                const failing::task t;
                std::optional<result<receipt>> r;
                result<void> taken;
                const auto handler = [to = &s](const result<receipt>& told) { to->take(told); };
                try {
                    m.fails_in([&] {
                        if (c == call::publish) {
                            r.emplace(p->publish(t));
                        } else {
                            taken = c == call::async_publish ? p->async_publish(t, handler) : p->try_async_publish(t, handler);
                        }
                    });
                } catch (const std::bad_alloc&) {
                    s.thrown = true;
                }
                s.accepted = p->account().accepted > (is_known ? 1U : 0U);
                if (r) {
                    s.take(*r);
                } else if (!taken) {
                    s.code = taken.error().condition();
                }
                (void)p->flush(15s);
                s.in_log = w.count_after_one_more(*p);
                s.closed = p->close(10s).has_value();
                s.books = p->account();
            }
            s.left_nothing = left_nothing();
            return s;
        },
        [c, h, is_known](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n, h, c, is_known, s.code, s.what);
            CHECK(leaked == 0);
            CHECK(s.left_nothing);
            CHECK_FALSE(s.thrown);
            CHECK(s.closed);
            CHECK(s.outcomes == (s.accepted || c == call::publish ? 1 : 0));
            CHECK((s.persisted == 1 || s.code == errc::out_of_memory));
            CHECK(s.in_log == s.persisted);
            CHECK(s.books.accepted == s.books.persisted + s.books.not_persisted + s.books.unknown);
            CHECK(s.books.in_flight == 0);
        });
    CHECK(many >= 1);
}

TEST_CASE("without memory a check of topics says so, and the client goes on") {
    const how h = GENERATE(how::once, how::from_then_on);
    const bool create = GENERATE(false, true);
    stentor::kafka_config config = shared_world().config;
    config.create_topics = create;
    const std::vector<stentor::topic_settings> known{{.name = failing::topic, .partitions = 1, .replication = 1}};
    const clients_gone left_nothing;
    {
        stentor::kafka_client client(config);
        REQUIRE(client.wait_until_connected(10s));
        std::uint64_t failures = 0;
        for (std::uint64_t nth = 1; failures + 1 == nth; ++nth) {
            CAPTURE(nth, h, create);
            failing::arm(nth, h);
            const auto checked = client.check_topics(known, 10s);
            const bool failed = failing::disarm();
            failures += failed ? 1 : 0;
            CHECK((checked || (failed && checked.error() == errc::out_of_memory)));
        }
        CHECK(failures >= 2);
        CHECK(client.check_topics(known, 10s));
        CHECK(client.disconnect(5s));
    }
    CHECK(left_nothing());
}

TEST_CASE("without memory who asks why there is no connection is told so, or why") {
    const how h = GENERATE(how::once, how::from_then_on);
    std::uint64_t told_so = 0;
    const std::uint64_t failures = failing::each_failure([&](std::uint64_t nth) {
        CAPTURE(nth, h);
        const clients_gone left_nothing;
        {
            stentor::kafka_client client({.brokers = "localhost:1"});
            failing::arm(nth, h);
            const auto answer = client.wait_until_connected(10s);
            const bool failed = failing::disarm();
            REQUIRE_FALSE(answer);
            const bool told = answer.error() == errc::out_of_memory;
            told_so += told ? 1 : 0;
            CAPTURE(answer.error().message());
            CHECK((answer.error() == errc::broker_unavailable || (failed && told)));
            CHECK(client.disconnect(5s));
        }
        CHECK(left_nothing());
    });
    CHECK(failures >= 2);
    CHECK(told_so > 0);
}

TEST_CASE("without memory `connect` throws nothing, whatever is wrong") {
    const how h = GENERATE(how::once, how::from_then_on);
    for (const char* const brokers : {"h:99999", "localhost:1"}) {
        const errc cause = brokers[0] == 'h' ? errc::invalid_config : errc::broker_unavailable;
        const stentor::kafka_config config{.brokers = brokers};
        for (std::uint64_t nth = 1;; ++nth) {
            CAPTURE(brokers, nth, h);
            const clients_gone left_nothing;
            errc said = errc::none;
            bool thrown = false;
            failing::arm(nth, h);
            try {
                const auto answer = stentor::kafka_client::connect(config, 10s);
                said = answer ? errc::none : stentor::detail::error_in(answer).condition();
            } catch (const std::bad_alloc&) {
                thrown = true;
            }
            const bool failed = failing::disarm();
            CHECK_FALSE(thrown);
            CHECK((said == cause || (failed && said == errc::out_of_memory)));
            CHECK(left_nothing());
            if (!failed) {
                CHECK(nth > 2);
                break;
            }
        }
    }
}

TEST_CASE("who asks why there is no connection is answered while no other thread has memory, and told why when there is some") {
    const std::string brokers = GENERATE("127.0.0.1:1", "localhost:1");
    const clients_gone left_nothing;
    {
        std::unique_ptr<stentor::kafka_client> client;
        const auto asked = std::chrono::steady_clock::now();
        errc said{};
        {
            // librdkafka says once why it can't connect, and nobody has memory to hear that.
            const failing::gone_elsewhere now;
            client = std::make_unique<stentor::kafka_client>(stentor::kafka_config{.brokers = brokers});
            const auto answer = client->wait_until_connected(500ms);
            said = answer ? errc::none : answer.error().condition();
        }
        CHECK(std::chrono::steady_clock::now() - asked < 2s);
        CHECK((said == errc::broker_unavailable || said == errc::deadline_exceeded));
        CHECK(client->wait_until_connected(10s).error() == errc::broker_unavailable);
    }
    CHECK(left_nothing());
}
