// What becomes of a token_source that hangs, fails or gives something else than a token, before a broker is connected and after.

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <readme/loopback.hpp>

#include "collector.hpp"
#include "notes.hpp"
#include "trusting_broker.hpp"

using namespace wire;
using readme::loopback;
using stentor::bearer_token;
using stentor::errc;
using stentor::kafka_client;
using stentor::kafka_config;
using kind = stentor::client_event::kind;

namespace {

struct tokens final : stentor::token_source {
    std::function<stentor::result<bearer_token>()> answer;

    explicit tokens(std::function<stentor::result<bearer_token>()> a) : answer(std::move(a)) {}
    stentor::result<bearer_token> fetch() override { return answer(); }
};

bearer_token good_for(std::chrono::milliseconds life) {
    return {.token = "canary",
            .expires = stentor::timestamp{std::chrono::duration_cast<stentor::milliseconds>(
                std::chrono::system_clock::now().time_since_epoch() + life)},
            .principal = "gateway"};
}

kafka_config by_token(const std::string& port, std::shared_ptr<tokens> source) {
    return {.brokers = "127.0.0.1:" + port,
            .idempotence = false,
            .security_protocol = "sasl_plaintext",
            .sasl_mechanism = "OAUTHBEARER",
            .tokens = std::move(source)};
}

}  // namespace

TEST_CASE("tokens: one that cannot be renewed in time is told of, and harms nobody who is connected") {
    const auto port = std::make_shared<std::atomic<int>>(0);
    const loopback broker{wire::trusting_broker{port}};
    *port = std::atoi(broker.port().c_str());
    std::atomic<int> asked{0};
    const auto source = std::make_shared<tokens>([&]() -> stentor::result<bearer_token> {
        if (++asked == 1) {
            return good_for(2s);
        }
        return stentor::error(errc::broker_unavailable, "the token endpoint is down");
    });
    const auto client = kafka_client::connect(by_token(broker.port(), source));
    REQUIRE(client);
    collector c{stentor::kafka_transport{*client}};
    REQUIRE(c.wait_for([&] { return c.count_heard(kind::fault) > 0; }));
    CHECK(asked == 2);
    CHECK(c.all_heard().back().code == errc::authentication);
    CHECK(c.all_heard().back().cause.find("the token endpoint is down") != std::string::npos);
    CHECK(c.count_heard(kind::authentication_failed) == 0);
    CHECK((*client)->up());
    CHECK((*client)->wait_until_connected(1s));
}

TEST_CASE("tokens: the value of an extension is not told") {
    const loopback broker{readme::refusing_broker{}};
    const auto source = std::make_shared<tokens>([] {
        bearer_token t = good_for(1h);
        t.extensions = {{"pool", "canary\x01"}};
        return t;
    });
    const auto r = kafka_client::connect(by_token(broker.port(), source));
    REQUIRE_FALSE(r);
    CHECK(r.error().cause.find("extension values must only consist of") != std::string::npos);
    CHECK(r.error().message().find("canary") == std::string::npos);
}

TEST_CASE("tokens: a source that does not answer is named") {
    const loopback broker{readme::refusing_broker{}};
    std::atomic<bool> over{false};
    const auto source = std::make_shared<tokens>([&]() -> stentor::result<bearer_token> {
        while (!over) {
            std::this_thread::sleep_for(1ms);
        }
        return good_for(1h);
    });
    const auto r = kafka_client::connect(by_token(broker.port(), source), 300ms);
    over = true;
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().cause == "the token_source has not answered");
    CHECK(eventually([&] { return source.use_count() == 1; }));
}

TEST_CASE("tokens: a source that hangs holds up nothing else, and is left behind when the client ends") {
    const auto port = std::make_shared<std::atomic<int>>(0);
    const loopback broker{wire::trusting_broker{port}};
    *port = std::atoi(broker.port().c_str());
    std::atomic<int> asked{0};
    std::atomic<bool> over{false};
    const auto source = std::make_shared<tokens>([&]() -> stentor::result<bearer_token> {
        if (++asked == 1) {
            return good_for(2s);
        }
        while (!over) {
            std::this_thread::sleep_for(1ms);
        }
        return good_for(1h);
    });
    {
        const auto client = kafka_client::connect(by_token(broker.port(), source));
        REQUIRE(client);
        REQUIRE(eventually([&] { return asked == 2; }));
        CHECK((*client)->disconnect(2s));
    }
    CHECK(eventually([&] { return source.use_count() == 2; }, 3s));  // the call's, and this one
    over = true;
    CHECK(eventually([&] { return source.use_count() == 1; }));
}

TEST_CASE("tokens: that there is none is told at once one time, and then when nothing better has come") {
    const loopback broker{readme::refusing_broker{}};
    const auto source = std::make_shared<tokens>([] { return stentor::error(errc::broker_unavailable, "the endpoint is down"); });
    kafka_client client{by_token(broker.port(), source)};
    const auto first = client.wait_until_connected(5s);
    for (int i = 0; i < 2; ++i) {
        const auto began = clock_type::now();
        const auto again = client.wait_until_connected(200ms);
        REQUIRE_FALSE(again);
        CHECK(again.error() == errc::authentication);
        CHECK(again.error().cause == first.error().cause);
        CHECK(clock_type::now() - began >= 200ms);
        CHECK(clock_type::now() - began < 450ms);
    }
    CHECK(first.error().cause.find("the endpoint is down") != std::string::npos);
}

TEST_CASE("tokens: what a NUL would cut short is refused") {
    const loopback broker{readme::refusing_broker{}};
    const std::string cut("canary\0x", 8);
    std::vector<std::pair<std::string, bearer_token>> all(4, {"extensions", good_for(1h)});
    all[0] = {"token", good_for(1h)};
    all[0].second.token = cut;
    all[1].first = "principal";
    all[1].second.principal = cut;
    all[2].second.extensions = {{cut, "v"}};
    all[3].second.extensions = {{"pool", "v"}, {"pool2", cut}};
    for (const auto& one : all) {
        const auto source = std::make_shared<tokens>([&one] { return one.second; });
        const auto r = kafka_client::connect(by_token(broker.port(), source));
        REQUIRE_FALSE(r);
        CHECK(r.error() == errc::authentication);
        CHECK(r.error().cause.find("the bearer_token's " + one.first + " contains a NUL character") != std::string::npos);
        CHECK(r.error().message().find("canary") == std::string::npos);
    }
}
