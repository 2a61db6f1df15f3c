#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/error.hpp>

using namespace stentor;

namespace {

std::vector<errc> conditions() {
    std::vector<errc> all;
    for (std::size_t i = 1; i < errc_count; ++i) {
        all.push_back(static_cast<errc>(i));
    }
    return all;
}

}  // namespace

TEST_CASE("every condition has a name of its own, a meaning and a hint that is a sentence") {
    std::set<std::string_view> names;
    for (const errc code : conditions()) {
        names.insert(to_string(code));
        CHECK_FALSE(make_error_code(code).message().empty());
        CHECK(hint_for(code).ends_with('.'));
    }
    CHECK(names.size() == errc_count - 1);
    CHECK(to_string(errc::out_of_memory) == "out_of_memory");
    CHECK(static_cast<std::size_t>(errc::out_of_memory) + 1 == errc_count);
    CHECK(hint_for(errc::none).empty());
}

TEST_CASE("conditions and outcomes print as they are spelled in code") {
    CHECK(to_string(errc::queue_full) == "queue_full");
    CHECK(to_string(errc::circuit_open) == "circuit_open");
    CHECK(to_string(errc::unknown_topic) == "unknown_topic");
    CHECK(to_string(errc::would_deadlock) == "would_deadlock");
    CHECK(to_string(outcome::persisted) == "persisted");
    CHECK(to_string(outcome::not_persisted) == "not_persisted");
    CHECK(to_string(outcome::unknown) == "unknown");
    std::ostringstream out;
    out << errc::circuit_open << ' ' << outcome::not_persisted;
    CHECK(out.str() == "circuit_open not_persisted");
}

TEST_CASE("a condition is an error_code by itself") {
    const boost::system::error_code code = errc::dns;
    CHECK(code);
    CHECK(code.category() == error_category());
    CHECK(std::string_view(code.category().name()) == "stentor");
    CHECK_FALSE(boost::system::error_code(errc::none));
}

TEST_CASE("an error knows its condition, and compares with it") {
    const error e(errc::tls, "certificate expired", outcome::unknown);
    CHECK(e == errc::tls);
    CHECK_FALSE(e == errc::dns);
    CHECK(e.condition() == errc::tls);
    CHECK(e.outcome == outcome::unknown);
    CHECK(e.hint == hint_for(errc::tls));
    error foreign;
    foreign.code = boost::system::errc::make_error_code(boost::system::errc::io_error);
    CHECK(foreign.condition() == errc::none);
}

TEST_CASE("the message tells condition, outcome, topic, cause, attempts, dead letter and hint") {
    error e(errc::broker_unavailable, "_TRANSPORT");
    CHECK(e.message() == "broker_unavailable (not_persisted): no broker acknowledged the message: _TRANSPORT. " + e.hint);
    e.topic = "tasks";
    CHECK(e.message() ==
          "broker_unavailable (not_persisted) for topic tasks: no broker acknowledged the message: _TRANSPORT. " + e.hint);
    e.attempts = 1;
    CHECK(e.message().find("attempt") == std::string::npos);
    e.attempts = 2;
    CHECK(e.message().find("after 2 attempts") != std::string::npos);
    e.dead_letter.what = dead_letter_result::state::written;
    e.dead_letter.where.topic = "dlq";
    e.dead_letter.where.partition = 2;
    e.dead_letter.where.offset = 44;
    CHECK(e.message().find("dead letter at dlq[2]@44") != std::string::npos);
    e.dead_letter.what = dead_letter_result::state::failed;
    CHECK(e.message().find("its dead letter failed, too") != std::string::npos);
    e.dead_letter.what = dead_letter_result::state::unknown;
    CHECK(e.message().find("may or may not be written") != std::string::npos);
}

TEST_CASE("value() of a failed result throws the whole error") {
    result<int> good = 5;
    CHECK(good.value() == 5);
    error e(errc::authorization, "TOPIC_AUTHORIZATION_FAILED");
    e.attempts = 2;
    const result<int> bad = e;
    REQUIRE_FALSE(bad);
    try {
        (void)bad.value();
        FAIL("value() did not throw");
    } catch (const publish_failure& thrown) {
        CHECK(thrown.error() == errc::authorization);
        CHECK(thrown.error().attempts == 2);
        CHECK(thrown.what() == e.message());
    }
}

TEST_CASE("a fault is false when all is well, and true for an error and for 'not now'") {
    CHECK_FALSE(fault{});
    fault f;
    f.code = errc::rejected;
    CHECK(f);
    CHECK(f.text().empty());
    f.name = "INVALID_RECORD";
    CHECK(f.text() == "INVALID_RECORD");
    f.cause = "/a: bad";
    CHECK(f.text() == "/a: bad");
    const fault later = fault::not_now("_QUEUE_FULL", -184);
    CHECK(later);
    CHECK(later.again);
    CHECK(later.code == errc::none);
    CHECK(later.native == -184);
    CHECK(later.text() == "_QUEUE_FULL");
}

TEST_CASE("connection errors and transient errors are these and no others") {
    std::set<errc> connection;
    std::set<errc> transient;
    for (const errc code : conditions()) {
        if (is_connection_error(error(code))) {
            connection.insert(code);
        }
        if (is_transient(error(code))) {
            transient.insert(code);
        }
    }
    CHECK(connection == std::set{errc::broker_unavailable, errc::dns, errc::tls, errc::authentication, errc::deadline_exceeded});
    CHECK(transient ==
          std::set{errc::broker_unavailable, errc::dns, errc::deadline_exceeded, errc::queue_full, errc::circuit_open});
}
