#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/kafka/connect/certificate.hpp>
#include <stentor/detail/kafka/connect/diagnosis.hpp>
#include <stentor/detail/kafka/connect/port_look.hpp>
#include <stentor/detail/kafka/connect/watch.hpp>

using namespace stentor::detail::kafka;
using stentor::errc;
using doubt = diagnosis::doubt;
using kind = port_look::kind;

namespace {

const security plain{};
const security tls{.tls = true};
const security login{.sasl = true, .mechanism = "PLAIN"};
const security both{.tls = true, .sasl = true, .mechanism = "PLAIN"};

constexpr int transport = -195, ssl = -181, authentication = -169, resolve = -193;

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

diagnosis after(diagnosis d, const port_look& found, const security& s) {
    settle(d, found, s);
    return d;
}

}  // namespace

TEST_CASE("diagnosis: no address and nobody listening are told apart") {
    const diagnosis name =
        diagnose(resolve, "h:1/bootstrap: Failed to resolve 'h:1': Name or service not known (after 0ms in state CONNECT)", plain);
    CHECK(name.code == errc::dns);
    CHECK(name.cause == "h:1: Failed to resolve 'h:1': Name or service not known");
    const diagnosis refused = diagnose(
        transport, "h:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)", plain);
    CHECK(refused.code == errc::broker_unavailable);
    CHECK(says(refused.hint, "Nothing listens there"));
    CHECK(refused.open == doubt::none);
    const diagnosis slow =
        diagnose(transport,
                 "ssl://h:1/bootstrap: Connection setup timed out in state SSL_HANDSHAKE (after 10s in state SSL_HANDSHAKE)", tls);
    CHECK(slow.code == errc::broker_unavailable);
}

TEST_CASE("diagnosis: what is wrong with a login") {
    const auto of = [](const char* words, const security& s) { return diagnose(authentication, words, s); };
    const diagnosis password =
        of("sasl_plaintext://h:1/bootstrap: SASL authentication error: Authentication failed: Invalid username or password (after "
           "0ms in state AUTH_REQ)",
           login);
    CHECK(password.code == errc::authentication);
    CHECK(says(password.cause, "Invalid username or password"));
    CHECK(says(password.hint, "sasl_password"));
    const diagnosis mechanism =
        of("h:1/bootstrap: SASL SCRAM-SHA-512 mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported "
           "mechanisms: PLAIN,SCRAM-SHA-256 (after 0ms in state AUTH_HANDSHAKE)",
           login);
    CHECK(mechanism.code == errc::authentication);
    CHECK(mechanism.hint == "Set sasl_mechanism to one that this listener has: PLAIN, SCRAM-SHA-256.");
    CHECK(of("h:1/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported "
             "mechanisms: \x1b[2J,SCRAM-SHA-256,",
             login)
              .hint.ends_with("has: SCRAM-SHA-256."));
    CHECK(mechanism_list(std::vector<std::string_view>(99, "X")) == "X, X, X, X, X, X, X, X, X, X");
    const char* const out_of_place =
        "h:1/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: broker's supported "
        "mechanisms:  (after 0ms in state AUTH_HANDSHAKE)";
    CHECK(says(of(out_of_place, login).hint, "set security_protocol to plaintext"));
    CHECK(says(of(out_of_place, both).hint, "set security_protocol to ssl"));
    CHECK(of(out_of_place, login).cause.ends_with("current SASL state"));
    const security old{.sasl = true, .mechanism = "SCRAM-SHA-256", .old_scram = true};
    CHECK(says(of("h:1/bootstrap: SASL authentication error: Authentication failed during authentication due to invalid "
                  "credentials with SASL mechanism SCRAM-SHA-256 (after 11ms in state AUTH_REQ)",
                  old)
                   .hint,
               "librdkafka 2.6.1"));
}

TEST_CASE("diagnosis: a login that a hang-up has ended is not refused") {
    const auto of = [](const char* words) { return diagnose(authentication, words, login).code; };
    CHECK(of("sasl_plaintext://h:1/bootstrap: SASL authentication error: SaslAuthenticateRequest failed: Local: Broker transport "
             "failure (after 1ms in state DOWN)") == errc::broker_unavailable);
    CHECK(of("sasl_plaintext://h:1/bootstrap: SASL PLAIN mechanism handshake failed: Local: Broker transport failure: broker's "
             "supported mechanisms:  (after 1ms in state DOWN)") == errc::broker_unavailable);
    CHECK(of("sasl_plaintext://h:1/bootstrap: SASL authentication error: Disconnected: check client PLAIN credentials and broker "
             "logs (after 1ms in state AUTH_LEGACY)") == errc::broker_unavailable);
    CHECK(of("Failed to acquire SASL OAUTHBEARER token: Disconnected") == errc::authentication);
}

TEST_CASE("diagnosis: what is wrong with TLS, whatever code it comes with") {
    for (const int code : {transport, ssl}) {
        CAPTURE(code);
        const diagnosis trust = diagnose(
            code,
            "ssl://h:1/bootstrap: SSL handshake failed: ../ssl/statem/statem_clnt.c:1889:tls_post_process_server_certificate "
            "error:0A000086:SSL routines::certificate verify failed (after 18ms in state SSL_HANDSHAKE)",
            tls);
        CHECK(trust.code == errc::tls);
        CHECK(trust.cause == "ssl://h:1: SSL handshake failed: certificate verify failed");
        CHECK(says(trust.hint, "ssl_ca_location"));
    }
    const diagnosis name = diagnose(ssl,
                                    "ssl://h:1/bootstrap: error:0A000086:SSL routines::certificate verify failed (subject=/CN=x): "
                                    "it is for another host name (after 1ms in state SSL_HANDSHAKE)",
                                    tls);
    CHECK(says(name.hint, "as its certificate does"));
    CHECK(says(diagnose(transport,
                        "ssl://h:1/bootstrap: Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert "
                        "number 42 (after 1ms in state APIVERSION_QUERY)",
                        tls)
                   .hint,
               "ssl_certificate_location"));
    CHECK(says(diagnose(transport,
                        "ssl://h:1/bootstrap: Receive failed: error:0A000418:SSL routines::tlsv1 alert unknown ca: SSL alert "
                        "number 48 (after 1ms in state APIVERSION_QUERY)",
                        tls)
                   .hint,
               "does not trust this client"));
    const diagnosis alert = diagnose(
        ssl,
        "ssl://h:1/bootstrap: SSL handshake failed: error:0A000438:SSL routines::tlsv1 alert internal error: SSL alert number 80",
        tls);
    CHECK(alert.code == errc::tls);
    CHECK(alert.open == doubt::none);
    for (const char* words : {"ssl://h:1/bootstrap: SSL handshake failed: error:0A000126:SSL routines::unexpected eof while "
                              "reading (after 1ms in state SSL_HANDSHAKE)",
                              "ssl://h:1/bootstrap: SSL handshake failed: Disconnected: SSL connection closed by peer: connecting "
                              "to a PLAINTEXT broker listener? (after 1ms in state SSL_HANDSHAKE)"}) {
        const diagnosis eof = diagnose(transport, words, tls);
        CHECK(eof.code == errc::tls);
        CHECK(eof.open == doubt::in_tls);
        CHECK(says(after(eof, {kind::kafka, {}}, tls).hint, "Set security_protocol to plaintext,"));
        CHECK(says(after(eof, {kind::kafka_sasl, "PLAIN"}, both).hint, "Set security_protocol to sasl_plaintext,"));
        CHECK(says(after(eof, {kind::tls, {}}, tls).hint, "broker's log"));
        CHECK(after(eof, {}, tls).hint == eof.hint);
        CHECK_FALSE(says(after(eof, {kind::kafka, {}}, tls).cause, "?"));
    }
}

TEST_CASE("diagnosis: a hang-up is settled by a look at the port") {
    for (const char* words :
         {"h:1/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN (after 0ms in state APIVERSION_QUERY)",
          "h:1/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration "
          "(connecting to a SSL listener?) or broker version is < 0.10 (see api.version.request) (after 1ms in state "
          "APIVERSION_QUERY)"}) {
        const diagnosis hung_up = diagnose(transport, words, plain);
        CHECK(hung_up.code == errc::broker_unavailable);
        CHECK(hung_up.open == doubt::before_login);
        CHECK(hung_up.cause.ends_with("?"));
        const diagnosis settled = after(hung_up, {kind::tls, {}}, plain);
        CHECK(settled.code == errc::tls);
        CHECK(says(settled.hint, "set security_protocol to ssl,"));
        CHECK(settled.cause.ends_with("; this port speaks TLS"));
        CHECK_FALSE(says(settled.cause, "?"));
        CHECK(says(after(diagnose(transport, words, login), {kind::tls, {}}, login).hint, "sasl_ssl"));
        CHECK(after(hung_up, {}, plain).code == errc::broker_unavailable);
    }
    const diagnosis login_wanted = diagnose(
        transport, "h:1/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN (after 0ms in state UP)", plain);
    CHECK(login_wanted.code == errc::authentication);
    CHECK(login_wanted.open == doubt::after_login);
    for (const kind what : {kind::unknown, kind::nobody, kind::kafka}) {
        const diagnosis gone = after(login_wanted, {what, {}}, plain);
        CHECK(gone.code == errc::broker_unavailable);
        CHECK(gone.cause == "h:1: Disconnected: connection closed by peer: receive 0 after POLLIN");
    }
    CHECK(says(after(login_wanted, {kind::kafka_sasl, "PLAIN, SCRAM-SHA-256"}, plain).hint,
               "sasl_plaintext, sasl_mechanism (PLAIN, SCRAM-SHA-256)"));
    CHECK(says(
        diagnose(transport, "ssl://h:1/bootstrap: Disconnected: SSL connection closed by peer (after 1ms in state UP)", tls).hint,
        "sasl_ssl"));
    // Who is logged in is not asked to log in.
    CHECK(diagnose(transport, "h:1/1: Disconnected (after 1ms in state UP)", login).code == errc::broker_unavailable);
    CHECK(diagnose(transport,
                   "h:1/bootstrap: Receive failed: Invalid response size 352518912 (0..100000000): increase "
                   "receive.message.max.bytes (after 0ms in state APIVERSION_QUERY)",
                   plain)
              .code == errc::tls);
}

TEST_CASE("diagnosis: a broker that answered before and hangs up has gone, and wants nothing else") {
    security known{.proven = true};
    const diagnosis gone = diagnose(transport,
                                    "h:1/1: Disconnected: verify that security.protocol is correctly configured, broker might "
                                    "require SASL authentication (after 60ms in state UP)",
                                    known);
    CHECK(gone.code == errc::broker_unavailable);
    CHECK(gone.cause == "h:1/1: Disconnected");
    CHECK(gone.open == doubt::none);
    known.tls = true;
    CHECK(diagnose(transport, "ssl://h:1/1: Disconnected: SSL connection closed by peer (after 1ms in state UP)", known).code ==
          errc::broker_unavailable);
    CHECK(diagnose(ssl,
                   "ssl://h:1/1: Receive failed: error:0A000126:SSL routines::unexpected eof while reading (after 1ms in state UP)",
                   known)
              .code == errc::broker_unavailable);
    CHECK(diagnose(ssl, "ssl://h:1/1: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed", known).code ==
          errc::tls);
}

TEST_CASE("diagnosis: a producer that may not have an id") {
    CHECK(of_death(31, "CLUSTER_AUTHORIZATION_FAILED: no").code == errc::authorization);
    CHECK(of_death(47, "INVALID_PRODUCER_EPOCH: fenced").code == errc::fatal);
}

TEST_CASE("diagnosis: what OpenSSL has found wrong with a certificate takes the place of a guess") {
    const std::string words =
        "ssl://h:1/bootstrap: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified, "
        "verify that ssl.ca.location is correctly configured (after 15ms in state SSL_HANDSHAKE)";
    CHECK(with_certificate(
              words,
              "ssl://h:1/bootstrap: Certificate (subject=/CN=x, issuer=/CN=ca) verification callback failed: it has expired") ==
          "ssl://h:1/bootstrap: error:0A000086:SSL routines::certificate verify failed (subject=/CN=x, issuer=/CN=ca): it has "
          "expired (after 15ms in state SSL_HANDSHAKE)");
    CHECK(with_certificate(words, "") == words);
    CHECK(with_certificate("h:1: Disconnected", "Certificate (subject=/CN=x) verification callback failed: it has expired") ==
          "h:1: Disconnected");
    CHECK(certificate_words(62) != certificate_words(20));
}

TEST_CASE("diagnosis: each broker's certificate has its own faults") {
    certificate_notes all;
    all.found("ssl://h:1/bootstrap: Certificate (subject=/CN=a) verification callback failed: it is not valid yet");
    all.found("ssl://h:1/bootstrap: Certificate (subject=/CN=x) verification callback failed: it has expired");
    all.found("ssl://h:2/bootstrap: Certificate (subject=/CN=y) verification callback failed: its CA is not trusted");
    CHECK(says(all.take("ssl://h:1/bootstrap: SSL handshake failed"), "it has expired"));
    CHECK(all.take("ssl://h:1/bootstrap: SSL handshake failed").empty());
    CHECK(says(all.take("ssl://h:2/bootstrap: SSL handshake failed"), "its CA is not trusted"));
    for (int i = 0; i < 1000; ++i) {
        all.found("ssl://h:" + std::to_string(i) + "/1: Certificate verification callback failed: it has expired");
    }
    CHECK(all.take("ssl://h:0/1: SSL handshake failed").empty());
    CHECK_FALSE(all.take("ssl://h:999/1: SSL handshake failed").empty());
}

TEST_CASE("diagnosis: whose failure it is") {
    const connection_failure one =
        read_failure("ssl://h:1/bootstrap: Connect to ipv6#[::1]:1 failed: Connection refused (after 0ms in state CONNECT)", {});
    CHECK(one.broker == "h:1");
    CHECK(one.bootstrap);
    CHECK(one.tried == std::vector<std::string>{"ipv6#[::1]:1"});
    CHECK_FALSE(one.beyond_connect);
    const connection_failure other = read_failure("10.0.0.1:9092/17: Failed to resolve", {});
    CHECK(other.broker == "10.0.0.1:9092");
    CHECK_FALSE(other.bootstrap);
    CHECK(other.beyond_connect);
}

TEST_CASE("diagnosis: a broker that fails in several ways is one, and what it said itself counts") {
    connection_watch watch;
    watch.failed(
        read_failure("h:1/bootstrap: Connect to ipv6#[::1]:1 failed: Connection refused", {.code = errc::broker_unavailable}));
    watch.failed(
        read_failure("h:1/bootstrap: Connect to ipv6#[::1]:1 failed: Connection refused", {.code = errc::broker_unavailable}));
    watch.failed(read_failure("h:1/bootstrap: SASL authentication error: no", {.code = errc::authentication}));
    watch.failed(
        read_failure("h:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused", {.code = errc::broker_unavailable}));
    const auto seen = watch.look();
    REQUIRE(seen.failures.size() == 1);
    CHECK(seen.failures[0].tried.size() == 2);
    CHECK(seen.failures[0].why.code == errc::authentication);
    watch.is_ready();
    CHECK(watch.look().failures.empty());
    CHECK(watch.look().version > seen.version);
}
