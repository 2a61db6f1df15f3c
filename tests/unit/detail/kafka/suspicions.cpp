#include <string>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/kafka/connect/suspicions.hpp>

using namespace stentor::detail::kafka;
using stentor::errc;
using kind = port_look::kind;

namespace {

constexpr std::int64_t second = 1'000'000'000;
const security plain{};
const security tls{.tls = true};

diagnosis hang_up(const security& s) {
    return diagnose(-195, std::string(s.tls ? "ssl://" : "") + "h:1/bootstrap: Disconnected (after 1ms in state UP)", s);
}

}  // namespace

TEST_CASE("suspicions: what a look has shown is the cause, and nothing else is") {
    for (const kind what : {kind::unknown, kind::nobody, kind::tls, kind::kafka}) {
        suspicions all;
        all.hung_up("h:1", hang_up(plain), 1, 0);
        CHECK_FALSE(all.looked_at("h:1", {what, {}}, plain));
        CHECK(all.next() == nullptr);
    }
    suspicions all;
    CHECK_FALSE(all.looked_at("h:1", {kind::kafka_sasl, "PLAIN"}, plain));
    all.hung_up("h:1", hang_up(plain), 1, 0);
    all.hung_up("h:2", hang_up(plain), 1, 0);
    REQUIRE(all.next() != nullptr);
    CHECK(*all.next() == "h:1");
    const auto d = all.looked_at("h:1", {kind::kafka_sasl, "PLAIN"}, plain);
    REQUIRE(d);
    CHECK(d->code == errc::authentication);
    CHECK(*all.next() == "h:2");
    all.drop("h:2");
    CHECK_FALSE(all.looked_at("h:2", {kind::kafka_sasl, "PLAIN"}, plain));
}

TEST_CASE("suspicions: a plaintext listener is what a client with TLS did not want, and TLS is what it wanted") {
    const diagnosis in_tls = diagnose(-195, "ssl://h:1/bootstrap: Disconnected (after 1ms in state SSL_HANDSHAKE)", tls);
    suspicions all;
    all.hung_up("h:1", in_tls, 0, 0);
    CHECK(all.looked_at("h:1", {kind::kafka, {}}, tls)->code == errc::tls);
    all.hung_up("h:1", in_tls, 0, 0);
    CHECK_FALSE(all.looked_at("h:1", {kind::tls, {}}, tls));
    all.hung_up("h:1", diagnose(-195, "ssl://h:1/bootstrap: Disconnected (after 1ms in state APIVERSION_QUERY)", tls), 0, 0);
    CHECK_FALSE(all.looked_at("h:1", {kind::tls, {}}, tls));
    CHECK_FALSE(all.gone_again(9, 9 * second));
}

TEST_CASE("suspicions: behind TLS, the third hang-up after a broker's answer is one that wants a login, if it took its time") {
    suspicions all;
    all.hung_up("h:1", hang_up(tls), 1, 0);
    CHECK_FALSE(all.gone_again(3, second));  // nobody has looked
    CHECK_FALSE(all.looked_at("h:1", {kind::tls, {}}, tls));
    CHECK(all.next() == nullptr);
    all.hung_up("h:1", hang_up(tls), 2, second / 2);
    CHECK_FALSE(all.gone_again(2, second));
    CHECK_FALSE(all.gone_again(3, second / 4));
    const auto d = all.gone_again(3, second);
    REQUIRE(d);
    CHECK(d->code == errc::authentication);
    CHECK(d->open == diagnosis::doubt::none);
    CHECK_FALSE(all.gone_again(9, 9 * second));
    all.hung_up("h:1", hang_up(tls), 1, 0);
    CHECK_FALSE(all.looked_at("h:1", {kind::tls, {}}, tls));
    all.clear();
    CHECK_FALSE(all.gone_again(3, second));
}

TEST_CASE("suspicions: no more brokers than a list has are remembered") {
    suspicions all;
    for (int i = 0; i < 1000; ++i) {
        all.hung_up("h:" + std::to_string(i), hang_up(plain), 0, 0);
    }
    int looks = 0;
    while (const std::string* const name = all.next()) {
        CHECK_FALSE(all.looked_at(std::string(*name), {}, plain));
        ++looks;
    }
    CHECK(looks == 64);
}
