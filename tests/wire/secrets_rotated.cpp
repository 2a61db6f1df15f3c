// A broker that repeats passwords in what it says of a login: no such word is told, of those before a rotation, of those after it,
// nor a part of one.

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/testing/recording_tracer.hpp>

#include "notes.hpp"
#include "trusting_broker.hpp"

using namespace std::chrono_literals;
using readme::loopback;
using stentor::errc;
using stentor::kafka_client;
using stentor::recording_tracer;
using wire::eventually;

namespace {

// Each is the beginning of the next one, as with people who append to their old password.
const std::vector<std::string> passwords{"hunter", "hunter-cAn4ry", "hunter-cAn4ry-k9"};

bool leaks(std::string_view text) {
    return text.find("hunter") != std::string_view::npos || text.find("cAn4ry") != std::string_view::npos ||
           text.find("k9") != std::string_view::npos;
}

/// Refuses each login, with all the passwords that it has seen so far.
class gossip {
public:
    void operator()(int peer) const {
        using namespace wire::protocol;
        for (request r; receive(peer, r);) {
            if (r.api == handshake) {
                answer(peer, r, be(0, 2) + be(1, 4) + text("PLAIN"));
            } else if (r.api == authenticate) {
                answer(peer, r, be(58, 2) + text(heard(r.rest)) + be(0, 4) + be(0, r.version == 0 ? 0 : 8));
            } else {
                answer(peer, r, api_versions_answer(r.version));
            }
        }
    }
    [[nodiscard]] bool has_heard(std::size_t count) const {
        const std::lock_guard g(seen_->lock);
        return seen_->words.size() >= count;
    }

private:
    struct memory {
        std::mutex lock;
        std::vector<std::string> words;
    };

    [[nodiscard]] std::string heard(const std::string& login) const {
        const std::lock_guard g(seen_->lock);
        const std::string word = login.substr(login.rfind('\0') + 1);  // RFC 4616: authzid NUL user NUL password
        if (seen_->words.empty() || seen_->words.back() != word) {
            seen_->words.push_back(word);
        }
        std::string all = "gossip";
        for (const std::string& one : seen_->words) {
            all += ", " + one;
        }
        return all;
    }

    std::shared_ptr<memory> seen_ = std::make_shared<memory>();
};

}  // namespace

TEST_CASE("no password of before or after a rotation is in librdkafka's lines, in what the client says, or in an error") {
    const gossip words;
    const loopback broker{words};
    const recording_tracer tracer(7);
    std::string told;
    {
        const auto client = std::make_shared<kafka_client>(stentor::kafka_config{
            .brokers = "127.0.0.1:" + broker.port(),
            .idempotence = false,
            .security_protocol = "sasl_plaintext",
            .sasl_mechanism = "PLAIN",
            .sasl_username = "u",
            .sasl_password = passwords[0],
            .properties = {{"debug", "security,broker"}, {"reconnect.backoff.ms", "10"}, {"reconnect.backoff.max.ms", "10"}}});
        stentor::basic_publisher p{stentor::kafka_transport{client}, wire::text_serializer{}, stentor::no_breaker{}, tracer};
        for (std::size_t i = 0; i < passwords.size(); ++i) {
            if (i > 0) {
                REQUIRE(client->set_credentials("u", passwords[i]));
            }
            REQUIRE(eventually([&] { return words.has_heard(i + 1); }));
            const auto connected = client->wait_until_connected(i == 0 ? 30s : 2s);
            REQUIRE_FALSE(connected);
            // A login that was under way when the password changed speaks for the one before. What the next one is told in the same
            // words librdkafka keeps to itself for 30 s.
            CHECK((i > 0 || connected.error().code == errc::authentication));
            told.append(connected.error().message()).push_back('\n');
            const auto published = p.publish(wire::note{"k", "v"}, {.deadline = 1s});
            REQUIRE_FALSE(published);
            told.append(published.error().message()).push_back('\n');
        }
    }
    std::size_t lines = 0;
    std::size_t events = 0;
    for (const auto& e : tracer.entries()) {
        INFO(e.facility << ": " << e.cause);
        CHECK_FALSE(leaks(e.cause));
        const bool is_gossip = e.cause.find("gossip, ***") != std::string::npos;
        (e.event == stentor::event::kind::client_log ? lines : events) += is_gossip ? 1U : 0U;
    }
    CHECK(lines >= passwords.size());
    CHECK(events > 0);
    INFO(told);
    CHECK(told.find("gossip, ***") != std::string::npos);
    CHECK_FALSE(leaks(told));
}

TEST_CASE("of secrets that begin alike none leaves its end behind, whichever of them comes first") {
    stentor::kafka_config c{.ssl_key_password = "pass-cAn4ry", .sasl_password = "pass"};
    CHECK(stentor::detail::kafka::scrubbed("a pass b pass-cAn4ry c", c) == "a *** b *** c");
    std::swap(c.ssl_key_password, c.sasl_password);
    CHECK(stentor::detail::kafka::scrubbed("a pass b pass-cAn4ry c", c) == "a *** b *** c");
}
