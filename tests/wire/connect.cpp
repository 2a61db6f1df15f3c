// kafka_client::connect: the cause of a failure, at once, from peers that are no cluster or only the beginning of one. What takes
// real certificates and users is in tests/broker.

#include <algorithm>
#include <filesystem>

#include <stentor/detail/kafka/connect/resolution.hpp>

#include <stentor/testing/recording_tracer.hpp>

#include <readme/loopback.hpp>

#include "notes.hpp"
#include "trusting_broker.hpp"

using namespace wire;
using readme::loopback;
using stentor::errc;
using stentor::kafka_client;
using stentor::kafka_config;

namespace {

struct attempt {
    stentor::result<std::shared_ptr<kafka_client>> got;
    std::chrono::milliseconds took;

    [[nodiscard]] bool says(std::string_view what) const { return got.error().message().find(what) != std::string::npos; }
};

attempt connect(const kafka_config& config, std::chrono::milliseconds timeout = 10s) {
    const auto began = clock_type::now();
    auto got = kafka_client::connect(config, timeout);
    return {std::move(got), std::chrono::duration_cast<std::chrono::milliseconds>(clock_type::now() - began)};
}

/// Takes connections and says nothing.
void be_mute(int peer) {
    std::array<char, 512> bytes{};
    while (::recv(peer, bytes.data(), bytes.size(), 0) > 0) {
    }
}

/// Answers a TLS greeting with an alert, and hangs up on all else, as a broker's TLS listener does.
void talk_tls(int peer) {
    std::array<char, 512> bytes{};
    if (::recv(peer, bytes.data(), bytes.size(), 0) > 0 && bytes[0] == 0x16) {
        readme::send_all(peer, std::string_view("\x15\x03\x03\x00\x02\x02\x28", 7));
    }
}

std::size_t threads() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

}  // namespace

TEST_CASE("connect: a client that is connected publishes at once") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    const attempt a = connect({.brokers = cluster.bootstrap()});
    REQUIRE(a.got);
    CHECK((*a.got)->up());
    CHECK((*a.got)->wait_until_connected(0s));
    CHECK(connect({.brokers = cluster.bootstrap(), .properties = {{"enable.sparse.connections", "true"}}}).got);
    stentor::basic_publisher p{stentor::kafka_transport{*a.got}, text_serializer{}};
    CHECK(p.publish(note{"k", "v"}));
}

TEST_CASE("connect: nobody listens") {
    const loopback taken;
    const attempt a = connect({.brokers = "127.0.0.1:" + taken.port()});
    REQUIRE_FALSE(a.got);
    CHECK(a.got.error() == errc::broker_unavailable);
    CHECK(a.says("127.0.0.1:" + taken.port()));
    CHECK(a.says("Connection refused"));
    CHECK(a.says("Nothing listens there"));
    CHECK(a.took < 1s);
}

TEST_CASE("connect: no such host") {
    const attempt a = connect({.brokers = "no.such.host.invalid:9092"});
    REQUIRE_FALSE(a.got);
    CHECK(a.got.error() == errc::dns);
    CHECK(a.says("no.such.host.invalid"));
}

TEST_CASE("connect: the password is wrong") {
    const loopback broker{readme::refusing_broker{}};
    const attempt a = connect({.brokers = "127.0.0.1:" + broker.port(),
                               .security_protocol = "sasl_plaintext",
                               .sasl_mechanism = "PLAIN",
                               .sasl_username = "gateway",
                               .sasl_password = "canary"});
    REQUIRE_FALSE(a.got);
    CHECK(a.got.error() == errc::authentication);
    CHECK(a.says("Authentication failed: Invalid username or password"));
    CHECK(a.says("sasl_password"));
    CHECK_FALSE(a.says("canary"));
    CHECK(a.took < 1s);
}

TEST_CASE("connect: plaintext to a port that speaks TLS") {
    const loopback listener{talk_tls};
    const attempt a = connect({.brokers = "127.0.0.1:" + listener.port()});
    REQUIRE_FALSE(a.got);
    CHECK(a.got.error() == errc::tls);
    CHECK(a.says("set security_protocol to ssl"));
    CHECK(a.took < 1s);
}

TEST_CASE("connect: TLS to a port that speaks none") {
    const loopback listener{[](int) {}};
    const attempt a = connect({.brokers = "127.0.0.1:" + listener.port(), .security_protocol = "ssl"});
    REQUIRE_FALSE(a.got);
    CHECK(a.got.error() == errc::tls);
    CHECK(a.says("security_protocol"));
    CHECK(a.took < 2s);  // librdkafka reads the system's CAs first
}

TEST_CASE("connect: no Kafka broker") {
    const loopback web{readme::talk_http};
    const attempt a = connect({.brokers = "127.0.0.1:" + web.port()});
    REQUIRE_FALSE(a.got);
    CHECK(a.got.error() == errc::broker_unavailable);
    CHECK(a.says("no Kafka broker listens there, its answer begins with \"HTTP\""));
    const loopback busy{[](int) {}};
    const attempt b = connect({.brokers = "127.0.0.1:" + busy.port()});
    REQUIRE_FALSE(b.got);
    CHECK(b.got.error() == errc::broker_unavailable);
    CHECK(b.took < 1s);
}

TEST_CASE("connect: who says nothing costs the timeout, and no more than 250 ms beyond") {
    const loopback mute{be_mute};
    const attempt a = connect({.brokers = "127.0.0.1:" + mute.port()}, 300ms);
    REQUIRE_FALSE(a.got);
    CHECK(a.got.error() == errc::deadline_exceeded);
    CHECK(a.says("127.0.0.1:" + mute.port() + ": connected, but no request was answered"));
    CHECK(a.took >= 300ms);
    CHECK(a.took < 550ms);
    const attempt t = connect({.brokers = "127.0.0.1:" + mute.port(), .security_protocol = "ssl"}, 300ms);
    REQUIRE_FALSE(t.got);
    CHECK(t.says("TLS handshake was not answered"));
}

TEST_CASE("connect: a dead broker beside a good one is no failure, all dead ones are") {
    stentor::mock_cluster cluster;
    const loopback dead;
    const loopback other;
    const std::string both = "127.0.0.1:" + dead.port() + ",127.0.0.1:" + other.port();
    CHECK(connect({.brokers = both + "," + cluster.bootstrap()}).got);
    CHECK(connect({.brokers = cluster.bootstrap() + "," + both}).got);
    const attempt a = connect({.brokers = both});
    REQUIRE_FALSE(a.got);
    CHECK(a.says("no other bootstrap broker could be reached either"));
    CHECK(a.took < 1s);
}

TEST_CASE("connect: what says most is told") {
    const loopback dead;
    const loopback listener{talk_tls};
    const attempt a = connect({.brokers = "127.0.0.1:" + dead.port() + ",127.0.0.1:" + listener.port()});
    REQUIRE_FALSE(a.got);
    CHECK(a.says("127.0.0.1:" + listener.port()));
}

TEST_CASE("connect: a name with several addresses has failed when all of them have") {
    stentor::mock_cluster cluster;
    const std::string port = cluster.bootstrap().substr(cluster.bootstrap().rfind(':'));
    CHECK(connect({.brokers = "localhost" + port}).got);
    const loopback dead;
    const attempt a = connect({.brokers = "localhost:" + dead.port()});
    REQUIRE_FALSE(a.got);
    CHECK(a.got.error() == errc::broker_unavailable);
    CHECK(a.took < 2s);
}

TEST_CASE("connect: addresses that librdkafka does not try are not waited for, and each counts once") {
    using namespace stentor::detail::kafka;
    const auto known = [](const char* host, int family) {
        return resolution(host, "9092", family).wait_until(monotonic_now() + 5s).addresses.size();
    };
    CHECK(known("127.0.0.1", AF_UNSPEC) == 1);
    CHECK(known("127.0.0.1", AF_INET) == 1);
    CHECK(known("127.0.0.1", AF_INET6) == 0);
    CHECK(known("[::1]", AF_INET6) == 1);
    const loopback dead;
    const attempt a = connect({.brokers = "localhost:" + dead.port(), .properties = {{"broker.address.family", "v4"}}});
    REQUIRE_FALSE(a.got);
    CHECK(a.took < 2s);
}

TEST_CASE("connect: an address that another broker has given is told to be so, until one of those was reached") {
    const loopback mute{be_mute};
    const auto port = std::make_shared<std::atomic<int>>(std::atoi(mute.port().c_str()));
    const loopback first{wire::trusting_broker{port}};
    const attempt a = connect({.brokers = "127.0.0.1:" + first.port(), .idempotence = false}, 500ms);
    REQUIRE_FALSE(a.got);
    INFO(a.got.error().message());
    CHECK(a.got.error() == errc::deadline_exceeded);
    CHECK(a.says("127.0.0.1:" + mute.port()));
    CHECK(a.says("advertised.listeners"));
    stentor::mock_cluster cluster;
    const auto client = kafka_client::connect({.brokers = cluster.bootstrap()}).value();
    cluster.down();
    REQUIRE(eventually([&] { return !client->up(); }));
    const auto gone = client->wait_until_connected(5s);
    REQUIRE_FALSE(gone);
    CHECK(gone.error() == errc::broker_unavailable);
    CHECK(gone.error().hint.find("advertised.listeners") == std::string::npos);
}

TEST_CASE("connect: a configuration that is not valid is an error and no exception") {
    const attempt a = connect({.brokers = ""});
    REQUIRE_FALSE(a.got);
    CHECK(a.got.error() == errc::invalid_config);
    CHECK(a.says("brokers"));
}

TEST_CASE("connect: an event thread may not wait") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    auto p = publisher({.brokers = cluster.bootstrap()});
    std::atomic<bool> deadlock{false};
    REQUIRE(p.async_publish(note{"k", "v"}, [&](const stentor::result<stentor::receipt>&) {
        const auto inside = kafka_client::connect({.brokers = cluster.bootstrap()});
        deadlock = !inside && inside.error() == errc::would_deadlock;
    }));
    REQUIRE(p.flush(5s));
    CHECK(deadlock);
}

TEST_CASE("connect: nothing is left of a failure") {
    const loopback dead;
    CHECK_FALSE(connect({.brokers = "localhost:" + dead.port()}).got);
    REQUIRE(eventually([before = threads()] { return threads() <= before; }));
    const std::size_t before = threads();
    for (int i = 0; i < 5; ++i) {
        CHECK_FALSE(connect({.brokers = "localhost:" + dead.port()}).got);
    }
    CHECK(eventually([&] { return threads() <= before; }));
}

TEST_CASE("a broker that stays away beside one that is there is told of, but not twice a second") {
    stentor::mock_cluster cluster(2);
    cluster.create_topic("notes", 1);
    const stentor::recording_tracer traced;
    auto p = publisher({.brokers = cluster.bootstrap()}, traced);
    cluster.leader("notes", 0, 1);
    REQUIRE(p.publish(note{"k", "v"}));
    cluster.down(2);
    std::this_thread::sleep_for(3s);  // of librdkafka's own time: it tries again twice a second, and newer ones say nothing of that
    std::vector<std::string> refusals;
    for (const auto& e : traced.entries(stentor::recording_tracer::entry::kind::event)) {
        if (e.cause.find("refused") != std::string::npos) {
            refusals.push_back(e.cause);
        }
    }
    CAPTURE(refusals);
    CHECK(refusals.size() <= 1);
    CHECK(p.publish(note{"k", "v"}));
}
