// Memory runs out in parts of a Kafka client by themselves: what is half done, or called begun, is neither.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/kafka/bell.hpp>
#include <stentor/detail/kafka/connect/credentials.hpp>
#include <stentor/detail/kafka/connect/errand.hpp>
#include <stentor/detail/kafka/connect/token_fetch.hpp>
#include <stentor/detail/kafka/owned.hpp>
#include <stentor/detail/kafka/topics.hpp>
#include <stentor/detail/kafka/unheard.hpp>
#include <stentor/secret.hpp>
#include <stentor/token_source.hpp>
#include <stentor/transport/kafka_config.hpp>

#include "failing.hpp"

namespace {

using namespace std::chrono_literals;
using namespace stentor::detail::kafka;
using failing::how;
using stentor::secret;

struct source final : stentor::token_source {
    stentor::result<stentor::bearer_token> fetch() override {
        ++asked;
        return stentor::bearer_token{.token = "ey.ey.ey",
                                     .expires = stentor::timestamp{std::chrono::duration_cast<stentor::milliseconds>(
                                         std::chrono::system_clock::now().time_since_epoch() + 1h)},
                                     .principal = "gateway",
                                     .extensions = {{"pool", "one"}}};
    }
    std::atomic<int> asked{0};
};

// A client that waits for a token, and what it says.
class waiting_client {
public:
    waiting_client() {
        rd_kafka_conf_t* const conf = ::rd_kafka_conf_new();
        char why[256];
        for (const auto& [name, value] : {std::pair{"bootstrap.servers", "127.0.0.1:1"},
                                          {"security.protocol", "sasl_plaintext"},
                                          {"sasl.mechanisms", "OAUTHBEARER"}}) {
            REQUIRE(::rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK);
        }
        ::rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH);
        client_.reset(::rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why));
        REQUIRE(client_ != nullptr);
        queue_.reset(::rd_kafka_queue_get_main(client_.get()));
    }
    [[nodiscard]] rd_kafka_t* get() const noexcept { return client_.get(); }
    // Why it has no token; empty: it has said nothing.
    [[nodiscard]] std::string complaint() const {
        for (;;) {
            const owned<rd_kafka_event_t, ::rd_kafka_event_destroy> e(::rd_kafka_queue_poll(queue_.get(), 0));
            if (e == nullptr) {
                return {};
            }
            if (::rd_kafka_event_type(e.get()) == RD_KAFKA_EVENT_ERROR &&
                ::rd_kafka_event_error(e.get()) == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
                return ::rd_kafka_event_error_string(e.get());
            }
        }
    }

private:
    owned<rd_kafka_t, ::rd_kafka_destroy> client_;
    owned<rd_kafka_queue_t, ::rd_kafka_queue_destroy> queue_;
};

std::vector<std::string> nobody() { return {}; }

std::string taken(const std::string&, const secret&) { return {}; }

std::string refused(const std::string&, const secret&) { return "refused"; }

}  // namespace

TEST_CASE("a topic that there was no memory for is not there, and is added once when there is some") {
    topic_table topics;
    std::deque<std::string> names;
    for (std::size_t i = 0; i < 200; ++i) {
        const std::string& name = names.emplace_back("a-topic-whose-name-is-long-" + std::to_string(i));
        for (std::uint64_t nth = 1;; ++nth) {
            topic_entry* added = nullptr;
            failing::arm(nth, how::once);
            try {
                added = &topics.find_or_add(name);
            } catch (const std::bad_alloc&) {
                added = nullptr;
            }
            const bool failed = failing::disarm();
            REQUIRE((added == nullptr) == failed);
            REQUIRE(topics.find(name.data()) == added);
            if (!failed) {
                REQUIRE(nth > 2);
                break;
            }
        }
    }
    std::multiset<std::string> all;
    topics.each([&](const topic_entry& t) { all.insert(t.name); });
    CHECK(all == std::multiset<std::string>(names.begin(), names.end()));
}

TEST_CASE("an errand that there was no memory for has not begun, and the next one does") {
    bell b;
    errand<int> e(b);
    for (std::uint64_t nth = 1;; ++nth) {
        bool begun = false;
        failing::arm(nth, how::once);
        try {
            begun = e.begin("test", [] { return 7; });
        } catch (const std::bad_alloc&) {
            begun = false;
        }
        const bool failed = failing::disarm();
        REQUIRE(begun != failed);
        CHECK(e.idle() == failed);
        if (begun) {
            REQUIRE(nth > 1);
            break;
        }
    }
    e.wait_until(monotonic_now() + 20s);
    CHECK(e.take() == 7);
    CHECK(e.idle());
}

TEST_CASE("a token that there is no memory to ask for, or to hand over, is given up, and the next one is not") {
    const auto from = std::make_shared<source>();
    const waiting_client client;
    bell b;
    token_fetch tokens(b);
    // How often it failed. librdkafka does not repeat itself.
    const auto failures = [&](auto&& action, const std::string& complaint, auto&& before_the_next) {
        int count = 0;
        for (std::uint64_t nth = 1;; ++nth) {
            failing::arm(nth, how::once);
            action();
            if (!failing::disarm()) {
                return count;
            }
            const std::string said = client.complaint();
            CAPTURE(nth, said);
            CHECK((said.find(complaint) != std::string::npos || (said.empty() && count > 0)));
            CHECK_FALSE(tokens.under_way());
            before_the_next();
            ++count;
        }
    };
    const auto fetch = [&] {
        tokens.begin(from, client.get());
        tokens.wait_until(monotonic_now() + 20s);
    };
    CHECK(client.complaint().empty());
    CHECK(failures([&] { tokens.begin(from, client.get()); }, "Failed to acquire SASL OAUTHBEARER token: there is no ", [] {}) > 0);
    tokens.wait_until(monotonic_now() + 20s);
    CHECK(failures([&] { tokens.give(client.get()); }, "there is no memory to hand over its token", fetch) > 0);
    CHECK(client.complaint().empty());
    CHECK(from->asked > 1);
}

TEST_CASE("credentials that the client took are the new ones, even if who was logging in cannot be remembered") {
    new_credentials c;
    CHECK(c.change("ann", secret("one"), taken, nobody).empty());
    CHECK(c.change("bob", secret("two"), taken, []() -> std::vector<std::string> { throw std::bad_alloc(); }).empty());
    stentor::kafka_config next;
    c.put_into(next);
    CHECK(next.sasl_username == "bob");
    CHECK(next.sasl_password.reveal() == "two");
    CHECK(c.unheard());
    c.heard();
    CHECK_FALSE(c.failed_before("b:1"));
}

TEST_CASE("credentials that there was no memory for change nothing, and none that were told are forgotten") {
    const std::string word = "a-password-that-is-longer-than-a-string-is-wide";
    new_credentials c;
    for (const char* const other : {"1", "2", "3", "4", "5", "6", "7"}) {
        CHECK(c.change("ann", secret(word + other), taken, nobody).empty());
    }
    CHECK(c.change("ann", secret(word), taken, nobody).empty());
    const stentor::kafka_config config;
    const secret again(word);
    const secret fresh(word + "8");
    for (const secret* const next : {&again, &fresh}) {
        for (std::uint64_t nth = 1;; ++nth) {
            failing::arm(nth, how::once);
            try {
                (void)c.change("ann", *next, taken, nobody);
            } catch (const std::bad_alloc&) {
                CAPTURE(nth);
                CHECK(c.scrubbed("it was " + word, config).find(word) == std::string::npos);
                continue;
            }
            if (!failing::disarm()) {
                REQUIRE(nth > 1);
                break;
            }
        }
    }
}

TEST_CASE("credentials that the client refused, or could not take, change nothing") {
    new_credentials c;
    CHECK(c.change("ann", secret("one"), taken, nobody).empty());
    CHECK(c.change("bob", secret("two"), refused, nobody) == "refused");
    const auto without_memory = [](const std::string&, const secret&) -> std::string { throw std::bad_alloc(); };
    CHECK_THROWS_AS(c.change("bob", secret("two"), without_memory, nobody), std::bad_alloc);
    stentor::kafka_config next;
    c.put_into(next);
    CHECK(next.sasl_username == "ann");
    CHECK(next.sasl_password.reveal() == "one");
}

TEST_CASE("what could not be heard is heard again in its order, the newest eight of it") {
    const waiting_client client;
    const owned<rd_kafka_queue_t, ::rd_kafka_queue_destroy> queue(::rd_kafka_queue_get_main(client.get()));
    const auto failure = [&](int i) {
        ::rd_kafka_oauthbearer_set_token_failure(client.get(), std::to_string(i).c_str());
        for (;;) {
            owned_event e(::rd_kafka_queue_poll(queue.get(), 10'000));
            REQUIRE(e != nullptr);
            if (::rd_kafka_event_error(e.get()) == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
                return e;
            }
        }
    };
    constexpr std::int64_t a_while = 50'000'000;
    unheard later;
    CHECK(later.due() == never);
    for (int i = 0; i < 10; ++i) {
        later.keep(failure(i), i);
    }
    CHECK(later.due() == 9 + a_while);
    std::string heard;
    const auto hear = [&](owned_event&& e) {
        heard += ::rd_kafka_event_error_string(e.get());
        if (heard.ends_with('4')) {
            later.keep(std::move(e), 100);
        }
    };
    later.each(hear);
    CAPTURE(heard);
    std::erase_if(heard, [](char c) { return c < '0' || c > '9'; });
    CHECK(heard == "23456789");
    CHECK(later.due() == 100 + a_while);
    heard.clear();
    later.each(hear);
    CHECK(heard.ends_with('4'));
    later.clear();
    heard.clear();
    later.each(hear);
    CHECK(heard.empty());
    CHECK(later.due() == never);
}
