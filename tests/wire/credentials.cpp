// What a client logs in with changes while it connects, is replaced, or is changed by somebody else: the last one counts.

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "collector.hpp"
#include "notes.hpp"
#include "trusting_broker.hpp"

using namespace wire;
using readme::loopback;
using stentor::errc;
using stentor::kafka_client;
using stentor::kafka_config;
using kind = stentor::client_event::kind;

namespace {

/// What librdkafka is asked for, seen from in between. Clients are numbered: a new one may lie where the last one was.
struct overheard {
    std::mutex lock;
    std::function<void(rd_kafka_t*)> made;                       // after rd_kafka_new
    std::function<void(const std::string&)> giving;              // before rd_kafka_sasl_set_credentials
    static inline thread_local rd_kafka_t* made_here = nullptr;  // others may be replaced meanwhile
    std::atomic<int> clients{0};
    std::vector<std::pair<int, std::string>> given;
    std::mutex failing;  // while a client is being given its fatal error

    static overheard& here() {
        static overheard one;
        return one;
    }
    /// The client that this thread has made last is to be replaced. librdkafka is not done with it when others see the error, so it
    /// must not go before.
    void fail_mine(const char* why = "of the test") {
        const std::lock_guard g(failing);
        ::rd_kafka_test_fatal_error(made_here, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, why);
    }
    [[nodiscard]] std::string last_given(int to) {
        const std::lock_guard g(lock);
        std::string user;
        for (const auto& [client, name] : given) {
            user = client == to ? name : user;
        }
        return user;
    }
};

/// Nobody listens in after the test.
struct listening {
    listening() = default;
    ~listening() {
        overheard::here().made = nullptr;
        overheard::here().giving = nullptr;
    }
    listening(const listening&) = delete;
    listening& operator=(const listening&) = delete;
};

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::string user_of(rd_kafka_t* client) { return stentor::detail::kafka::setting(::rd_kafka_conf(client), "sasl.username"); }

kafka_config login(const std::string& brokers) {
    return {.brokers = brokers,
            .idempotence = false,
            .security_protocol = "sasl_plaintext",
            .sasl_mechanism = "PLAIN",
            .sasl_username = "u",
            .sasl_password = "old"};
}

/// A cluster of one broker, that asks `takes(bytes of the login)`.
auto checking(std::shared_ptr<std::atomic<int>> port, std::function<bool(const std::string&)> takes) {
    return [port = std::move(port), takes = std::move(takes)](int peer) {
        using namespace protocol;
        for (request r; receive(peer, r);) {
            if (r.api == handshake) {
                answer(peer, r, be(0, 2) + be(1, 4) + text("PLAIN"));
            } else if (r.api == authenticate && !takes(r.rest)) {
                answer(peer, r, be(58, 2) + text("Authentication failed") + be(0, 4) + be(0, r.version == 0 ? 0 : 8));
            } else {
                answer(peer, r, trusting_broker{port}.answer(r.api, r.version));
            }
        }
    };
}

}  // namespace

extern "C" rd_kafka_t* rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t* conf, char* why, std::size_t size) {
    static auto* const real = next<rd_kafka_t*(rd_kafka_type_t, rd_kafka_conf_t*, char*, std::size_t)>("rd_kafka_new");
    rd_kafka_t* const client = real(type, conf, why, size);
    if (client != nullptr) {
        overheard::made_here = client;
        ++overheard::here().clients;
        if (overheard::here().made) {
            overheard::here().made(client);
        }
    }
    return client;
}

extern "C" void rd_kafka_destroy(rd_kafka_t* client) {
    static auto* const real = next<void(rd_kafka_t*)>("rd_kafka_destroy");
    {
        const std::lock_guard until_its_error_is_made(overheard::here().failing);
    }
    real(client);
}

extern "C" rd_kafka_error_t* rd_kafka_sasl_set_credentials(rd_kafka_t* client, const char* user, const char* password) {
    static auto* const real = next<rd_kafka_error_t*(rd_kafka_t*, const char*, const char*)>("rd_kafka_sasl_set_credentials");
    if (overheard::here().giving) {
        overheard::here().giving(user);
    }
    {
        const std::lock_guard g(overheard::here().lock);
        overheard::here().given.emplace_back(overheard::here().clients.load(), user);
    }
    return real(client, user, password);
}

TEST_CASE("credentials: those that come while a client is being replaced are for the new one") {
    overheard& ear = overheard::here();
    const listening here;
    const loopback dead;
    std::string user_at_first;
    kafka_client client{login("127.0.0.1:" + dead.port())};
    const int first = ear.clients;
    ear.made = [&](rd_kafka_t* made) {
        user_at_first = user_of(made);
        (void)client.set_credentials("new", "password");
    };
    ear.fail_mine();
    REQUIRE(eventually([&] { return ear.last_given(first + 1) == "new"; }));
    CHECK(user_at_first == "u");
}

TEST_CASE("credentials: of two that change them at once the later one counts, with librdkafka as with us") {
    overheard& ear = overheard::here();
    const listening here;
    const loopback dead;
    std::atomic<bool> changing{false};
    kafka_client client{login("127.0.0.1:" + dead.port())};
    const int first = ear.clients;
    ear.giving = [&](const std::string& user) {
        if (user == "a") {
            changing = true;
            (void)eventually([&] { return ear.last_given(first) == "b"; }, 300ms);
        }
    };
    std::jthread other([&] {
        (void)eventually([&] { return changing.load(); });
        (void)client.set_credentials("b", "password");
    });
    CHECK(client.set_credentials("a", "password"));
    other.join();
    CHECK(ear.last_given(first) == "b");
    ear.fail_mine();
    CHECK(eventually([&] { return ear.last_given(first + 1) == "b"; }));
}

TEST_CASE("credentials: none of those so far is in what a client says that it died of") {
    const listening here;
    const loopback dead;
    kafka_config config = login("127.0.0.1:" + dead.port());
    config.sasl_password = "cAn4ry-1";
    const auto client = std::make_shared<kafka_client>(config);
    collector c{stentor::kafka_transport{client}};
    CHECK(client->set_credentials("u", "cAn4ry-2"));
    CHECK(client->set_credentials("u", "cAn4ry-3"));
    c.transport.wake_at(c.transport.now().now);
    REQUIRE(c.wait_for([&] { return !c.woken_at.empty(); }));  // what is told from now on is told to it, too
    overheard::here().fail_mine("it was cAn4ry-1, cAn4ry-2, cAn4ry-3");
    REQUIRE(c.wait_for([&] { return c.count_heard(kind::fatal) > 0; }));
    for (const auto& e : c.all_heard()) {
        INFO(e.cause);
        CHECK(e.cause.find("cAn4ry") == std::string::npos);
        CHECK((e.what != kind::fatal || e.cause.find("it was ***, ***, ***") != std::string::npos));
    }
}

TEST_CASE("credentials: a login that began with the ones before says nothing of these") {
    const auto port = std::make_shared<std::atomic<int>>(0);
    std::atomic<bool> asked{false}, changed{false};
    const loopback broker{checking(port, [&](const std::string& bytes) {
        if (bytes.find("new") != std::string::npos) {
            return true;
        }
        asked = true;
        (void)eventually([&] { return changed.load(); });
        return false;
    })};
    *port = std::atoi(broker.port().c_str());
    const auto client = std::make_shared<kafka_client>(login("127.0.0.1:" + broker.port()));
    collector c{stentor::kafka_transport{client}};
    REQUIRE(eventually([&] { return asked.load(); }));
    CHECK(client->set_credentials("u", "new"));
    changed = true;
    CHECK(client->wait_until_connected(5s));
    for (const auto& e : c.all_heard()) {
        INFO(e.cause);
        CHECK(e.what == kind::broker_up);
    }
}

TEST_CASE("credentials: who joins a client that was refused is told, and does not wait for the next refusal") {
    const auto port = std::make_shared<std::atomic<int>>(0);
    std::atomic<bool> over{false};
    // Refuses once, and answers no more.
    const loopback broker{checking(port, [&, first = true](const std::string&) mutable {
        return !std::exchange(first, false) && eventually([&] { return over.load(); }, 20s);
    })};
    *port = std::atoi(broker.port().c_str());
    {
        const auto client = std::make_shared<kafka_client>(login("127.0.0.1:" + broker.port()));
        collector before{stentor::kafka_transport{client}};
        REQUIRE(before.wait_for([&] { return before.count_heard(kind::authentication_failed) > 0; }));
        collector late{stentor::kafka_transport{client}};
        CHECK(late.wait_for([&] { return late.count_heard(kind::authentication_failed) > 0; }, 2s));
        for (const auto& e : late.all_heard()) {
            CHECK(e.code == errc::authentication);
            CHECK(e.cause.find("Authentication failed") != std::string::npos);
        }
        over = true;
    }
    over = true;
}

TEST_CASE("credentials: who refused the ones before has not refused these") {
    const auto port = std::make_shared<std::atomic<int>>(0);
    std::atomic<bool> over{false};
    std::atomic<bool> heard{false};
    std::atomic<bool> changed{false};
    // The one refuses once, and answers no more; the other refuses them all, from the change on.
    const loopback one{checking(port, [&, first = true](const std::string&) mutable {
        const std::atomic<bool>& next = std::exchange(first, false) ? heard : over;
        return eventually([&] { return next.load(); }, 20s) && &next == &over;
    })};
    std::atomic<int> refused{0};
    const loopback other{checking(port, [&](const std::string& bytes) {
        const bool in_time = eventually([&] { return changed || over; }, 20s);
        refused += bytes.find("new") != std::string::npos ? 1 : 0;
        return !in_time;
    })};
    {
        const auto client = std::make_shared<kafka_client>(login("127.0.0.1:" + one.port() + ",127.0.0.1:" + other.port()));
        collector c{stentor::kafka_transport{client}};
        heard = true;
        REQUIRE(c.wait_for([&] { return c.count_heard(kind::fault) > 0; }));
        CHECK(client->set_credentials("u", "new"));
        changed = true;
        REQUIRE(eventually([&] { return refused >= 2; }));
        CHECK_FALSE(c.wait_for([&] { return c.count_heard(kind::authentication_failed) > 0; }, 300ms));
        over = true;
    }
    over = true;
}
