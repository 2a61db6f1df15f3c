#include <array>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/kafka/versions.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/testing/topic_reader.hpp>

#include "collector.hpp"

using namespace std::chrono_literals;
using stentor::outcome;

namespace {

constexpr std::string_view topic = "recycled";

std::string traceparent(std::size_t i) {
    std::string digits = std::to_string(i);
    return "00-" + std::string(32 - digits.size(), 'a') + digits + "-" + std::string(16 - digits.size(), 'b') + digits + "-01";
}

// Publishes `total` records through `slots` completions, each with headers of its own, and reads every one back.
void publish_and_compare(bool recycle) {
    constexpr std::size_t total = 5000;
    constexpr std::size_t slots = 50;
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 3);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap(), .recycle_headers = recycle}}};
    std::vector<std::string> traces(total);
    std::vector<std::string> sizes(total);
    std::vector<std::vector<stentor::header>> expected(total);
    for (std::size_t i = 0; i < total; ++i) {
        traces[i] = traceparent(i);
        sizes[i] = std::string(i % 7, static_cast<char>('a' + i % 26));
        expected[i] = {{"traceparent", traces[i]}, {"source-service", "gateway", true}};
        if (i % 1000 >= 500) {  // long runs of one shape, then runs of changing ones
            expected[i].push_back({i % 2 == 0 ? "even" : "oddd", sizes[i]});
            expected[i][1] =
                i % 3 == 0 ? stentor::header{"source-service", "another", true} : stentor::header{"source-service", "gateway"};
        }
    }
    for (std::size_t i = 0; i < slots; ++i) {
        c.add({topic, "k"});
    }
    std::size_t done = 0;
    for (std::size_t round = 0; round < total / slots; ++round) {
        for (std::size_t s = 0; s < slots; ++s) {
            const std::size_t i = round * slots + s;
            c.reuse(s, {topic, std::to_string(i), "value", expected[i]});
            const auto until = std::chrono::steady_clock::now() + 5s;
            while (!c.try_submit(s) && std::chrono::steady_clock::now() < until) {
                REQUIRE(c.wait_for([seen = c.resumes, &c] { return c.resumes != seen || c.transport.up(); }));
            }
        }
        done += slots;
        REQUIRE(c.wait_results(done));
    }
    stentor::topic_reader reader(cluster.bootstrap(), std::string(topic));
    const auto got = reader.read(total);
    REQUIRE(got.size() == total);
    std::size_t wrong = 0;
    for (const auto& r : got) {
        const auto& want = expected[std::stoul(*r.key)];
        bool same = r.headers.size() == want.size();
        for (std::size_t h = 0; same && h < want.size(); ++h) {
            same = r.headers[h].first == want[h].name && r.headers[h].second == want[h].value;
        }
        wrong += same ? 0 : 1;
    }
    CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("5,000 records through recycled header lists carry their own headers") { publish_and_compare(true); }

TEST_CASE("5,000 records with a fresh header list each carry their own headers") { publish_and_compare(false); }

TEST_CASE("a shape decides whether a header list is overwritten or made anew") {
    using stentor::detail::kafka::recycled_headers;
    const auto value_of = [](rd_kafka_headers_t* list, std::size_t i) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        rd_kafka_header_get_all(list, i, &name, &value, &size);
        return std::string(static_cast<const char*>(value), size);
    };
    REQUIRE(stentor::detail::kafka::versions::recycles_headers());
    recycled_headers mine;
    rd_kafka_headers_t* const first = mine.lend({{"n", "one"}, {"m", "x"}});
    mine.give_back(first);
    rd_kafka_headers_t* const second = mine.lend({{"n", "two"}, {"m", "y"}});
    CHECK(second == first);
    CHECK(value_of(second, 0) == "two");
    CHECK(value_of(second, 1) == "y");
    mine.give_back(second);
    // Views into the list itself, as a handed-back record has them, in another shape.
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    rd_kafka_header_get_all(second, 0, &name, &value, &size);
    rd_kafka_headers_t* const third = mine.lend({{name, {static_cast<const char*>(value), size}}, {"m", "y"}, {"extra", "e"}});
    CHECK(value_of(third, 0) == "two");
    CHECK(rd_kafka_header_cnt(third) == 3);
    mine.give_back(third);
    // Equal sizes, another name: not the same shape.
    rd_kafka_headers_t* const fourth = mine.lend({{"n", "two"}, {"q", "y"}, {"extra", "e"}});
    rd_kafka_header_get_all(fourth, 1, &name, &value, &size);
    CHECK(std::string(name) == "q");
    mine.give_back(fourth);
    // Literals of equal size are equal only when they are the same one.
    rd_kafka_headers_t* const fifth = mine.lend({{"n", "two", true}});
    mine.give_back(fifth);
    rd_kafka_headers_t* const sixth = mine.lend({{"n", "six", true}});
    CHECK(value_of(sixth, 0) == "six");
    mine.give_back(sixth);
}

namespace {

// Whether librdkafka's list says, through its own functions, what was asked for.
bool holds(rd_kafka_headers_t* list, const std::vector<stentor::header>& want) {
    if (rd_kafka_header_cnt(list) != want.size()) {
        return false;
    }
    for (std::size_t i = 0; i < want.size(); ++i) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        rd_kafka_header_get_all(list, i, &name, &value, &size);
        const bool null = want[i].value.data() == nullptr;
        if (name != want[i].name || (value == nullptr) != null || size != want[i].value.size() ||
            (!null && std::string_view(static_cast<const char*>(value), size) != want[i].value)) {
            return false;
        }
    }
    return true;
}

// The header sets of three message types, as the traits and the tracer would make them; `n` differs from record to record.
struct kinds {
    std::vector<std::string> texts;
    std::vector<stentor::header> make(std::size_t kind, std::size_t n) {
        texts = {traceparent(n), std::to_string(n), std::string(n % 5, 'x')};
        switch (kind) {
            case 0: return {{"traceparent", texts[0]}, {"task-type", "web-crawl", true}};
            case 1: return {{"traceparent", texts[0]}, {"task-type", "heartbeat", true}, {"none", {}}, {"size", texts[2]}};
            default: return {{texts[1], "named by its number"}, {"traceparent", texts[0]}};
        }
    }
};

}  // namespace

TEST_CASE("completions that serve several message types in turn give each record its own headers") {
    using stentor::detail::kafka::recycled_headers;
    std::array<recycled_headers, 4> completions;
    kinds all;
    std::size_t wrong = 0;
    std::size_t reused = 0;
    std::array<rd_kafka_headers_t*, 4> before{};
    for (std::size_t n = 0; n < 4000; ++n) {
        // First runs of one type, then another one with every record.
        const auto headers = all.make(n < 2000 ? n / 200 % 3 : n % 3, n);
        const std::size_t who = n * 7 % completions.size();
        rd_kafka_headers_t* const list = completions[who].lend(headers);
        wrong += holds(list, headers) ? 0U : 1U;
        reused += list == before[who] ? 1U : 0U;
        before[who] = list;
        completions[who].give_back(list);
    }
    CHECK(wrong == 0);
    CHECK(reused > 500);
}

TEST_CASE("a completion that goes from thread to thread gives each record its own headers") {
    using stentor::detail::kafka::recycled_headers;
    constexpr std::size_t total = 2000;
    recycled_headers shared;
    std::atomic<std::size_t> turn{0};
    std::atomic<std::size_t> wrong{0};
    const auto send = [&](std::size_t me) {
        kinds mine;
        for (std::size_t n = me; n < total; n += 2) {
            for (std::size_t seen = turn.load(); seen != n; seen = turn.load()) {
                turn.wait(seen);
            }
            // Each thread knows the shapes under numbers of its own, and the list has the other one's.
            const auto headers = mine.make(n / 2 % 7 == 0 ? 1 : 0, n);
            rd_kafka_headers_t* const list = shared.lend(headers);
            wrong += holds(list, headers) ? 0U : 1U;
            shared.give_back(list);
            turn.store(n + 1);
            turn.notify_all();
        }
    };
    std::thread other(send, std::size_t{1});
    send(0);
    other.join();
    CHECK(wrong == 0);
}
