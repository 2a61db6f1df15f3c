// What an environment says: taken with the meaning that it has, or refused by the variable's name, and never with a secret.

#include <algorithm>
#include <cstdint>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/settings.hpp>

#include "property/holds.hpp"
#include "property/texts.hpp"

namespace {

using property::any_case;
using property::holds;
using property::lower;
using stentor::environment;
using stentor::settings;

bool is_wrong(const stentor::settings_report& report, std::string_view variable) {
    return std::ranges::any_of(report.problems, [&](const stentor::problem& p) { return p.key == variable; });
}

std::string any_number(std::int64_t least, std::int64_t most) {
    const std::int64_t number =
        *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(least - 3, most + 4), rc::gen::arbitrary<std::int64_t>(),
                        rc::gen::element<std::int64_t>(least - 1, least, most, most + 1));
    const std::string text = std::to_string(number);
    return *rc::gen::weightedOneOf<std::string>({{6, rc::gen::just(text)},
                                                 {1, rc::gen::just("0" + text)},
                                                 {1, rc::gen::elementOf(std::vector<std::string>{"", " ", "+", "0x"})},
                                                 {1, rc::gen::just(text + "ms")},
                                                 {1, rc::gen::just(text + "e3")},
                                                 {1, rc::gen::just(text + ".0")},
                                                 {1, rc::gen::just<std::string>("1,000")}});
}

// All digits, and in the range, however long.
bool is_whole(const std::string& text, std::int64_t least, std::int64_t most) {
    static const std::regex digits("-?[0-9]+");
    if (!std::regex_match(text, digits)) {
        return false;
    }
    const long double n = std::stold(text);
    return n >= static_cast<long double>(least) && n <= static_cast<long double>(most);
}

struct duration {
    std::string_view variable;
    std::int64_t least;
    std::int64_t most;
    stentor::nanoseconds (*read)(const settings&);
};
constexpr std::int64_t day = 86'400'000;
constexpr duration durations[] = {
    {"KAFKA_DEADLINE", 1, day, [](const settings& s) { return s.publisher.deadline; }},
    {"KAFKA_RETRY_BACKOFF", 0, day, [](const settings& s) { return s.retry.initial; }},
    {"KAFKA_BREAKER_OPEN_FOR", 0, day, [](const settings& s) { return s.breaker.open_for; }},
    {"KAFKA_MESSAGE_TIMEOUT_MS", 1, 24 * day, [](const settings& s) { return s.client.attempt_timeout; }},
    {"KAFKA_REQUEST_TIMEOUT", 10, 300'000, [](const settings& s) { return s.client.request_timeout; }},
    {"KAFKA_SESSION_TIMEOUT_MS", 1, 3'600'000, [](const settings& s) { return s.consumer.session_timeout; }},
};

}  // namespace

TEST_CASE("property: a duration is a whole number of milliseconds in its range, or the variable is wrong") {
    holds("durations", [] {
        const duration d = durations[*rc::gen::inRange<std::size_t>(0, std::size(durations))];
        const std::string text = any_number(d.least, d.most);
        const auto report = settings::examine(environment{{d.variable, text}});
        RC_ASSERT(is_wrong(report, d.variable) == !(text.empty() || is_whole(text, d.least, d.most)));
        if (is_whole(text, d.least, d.most)) {
            RC_ASSERT(d.read(report.value) == stentor::milliseconds(std::stoll(text)));
        }
    });
}

TEST_CASE("property: a boolean is one of eight words in any case, or the variable is wrong") {
    holds("booleans", [] {
        const std::string word = *rc::gen::element<std::string>("true", "yes", "on", "1", "false", "no", "off", "0");
        std::string text = any_case(word);
        if (*rc::gen::arbitrary<bool>()) {
            text = property::spoilt(text);
        }
        const std::vector<std::string> yes{"true", "yes", "on", "1"};
        const std::vector<std::string> no{"false", "no", "off", "0"};
        const bool is_yes = std::ranges::count(yes, lower(text)) != 0;
        const bool is_no = std::ranges::count(no, lower(text)) != 0;
        const auto report = settings::examine(environment{{"KAFKA_VALIDATE_ON_STARTUP", text}});
        RC_ASSERT(is_wrong(report, "KAFKA_VALIDATE_ON_STARTUP") == (!text.empty() && !is_yes && !is_no));
        RC_ASSERT(report.value.validate_on_startup == is_yes);
    });
}

TEST_CASE("property: a topic's name is what Kafka takes, or the variable is wrong") {
    holds("topics", [] {
        static const std::regex legal("[a-zA-Z0-9._-]+");
        std::string name = *rc::gen::oneOf(property::made_of("azAZ09._-"), property::bytes(), property::made_of("."),
                                           property::made_of("x", *rc::gen::inRange<std::size_t>(245, 255)));
        const bool fine = std::regex_match(name, legal) && name.size() <= 249 && name != "." && name != "..";
        const auto report = settings::examine(environment{{"TASK_STATUS_TOPIC", name}, {"KAFKA_DLQ_TOPIC", name}});
        RC_ASSERT(is_wrong(report, "TASK_STATUS_TOPIC") == (!name.empty() && !fine));
        RC_ASSERT(is_wrong(report, "KAFKA_DLQ_TOPIC") == (!name.empty() && !fine));
        if (fine) {
            RC_ASSERT(report.value.publisher.topics.size() == 1U);
            RC_ASSERT(report.value.publisher.topics[0].to == name);
            RC_ASSERT(report.value.dead_letter_topic == name);
        }
    });
}

TEST_CASE("property: a list of brokers is host:port with commas between them and blanks around them, or the variable is wrong") {
    holds("brokers", [] {
        static const std::regex grammar(
            R"((plaintext://)?([a-z0-9._\-\x80-\xff]+|\[[^\]\[ \t\r\n/"'@,]+\])(:0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?)",
            std::regex::icase);
        std::string list;
        std::string tidy;
        bool fine = true;
        for (int n = *rc::gen::inRange(1, 5); n > 0; --n) {
            std::string host = *rc::gen::weightedOneOf<std::string>(
                {{6, rc::gen::nonEmpty(property::made_of("ab0-._"))}, {2, rc::gen::just<std::string>("[::1]")}});
            std::string one = std::string(*rc::gen::weightedElement<const char*>({{6, ""}, {1, "PLAINTEXT://"}, {1, "ssl://"}})) +
                              host + (*rc::gen::arbitrary<bool>() ? ":" + any_number(1, 65535) : std::string{});
            if (*rc::gen::weightedElement<bool>({{4, false}, {1, true}})) {
                one = property::spoilt(one);
            }
            // What would be two of them, or nothing that the grammar is about.
            RC_PRE(one.find_first_of(std::string("@, \t\r\n\0[]", 10)) == std::string::npos || one.starts_with("[::1]"));
            RC_PRE(one.find_first_of(std::string("@, \t\r\n\v\f\0", 9)) == std::string::npos);
            fine = fine && std::regex_match(one, grammar);
            const std::string blanks = *rc::gen::element<std::string>("", " ", "  ");
            list += (list.empty() ? "" : ",") + blanks + one + blanks;
            tidy += (tidy.empty() ? "" : ",") + one;
        }
        const auto report = settings::examine(environment{{"KAFKA_BROKERS", list}});
        RC_ASSERT(is_wrong(report, "KAFKA_BROKERS") == !fine);
        RC_ASSERT(report.value.client.brokers == tidy);
        if (fine) {
            RC_ASSERT(report.problems.empty());
        }
    });
}

TEST_CASE("property: whatever an environment says, its secrets are in no text") {
    holds("secrets", [] {
        const std::string secret = "S3c" + *property::made_of("abcXYZ019!$%&/()=?,;:_@", 12);
        const std::string hidden = *rc::gen::element<std::string>("KAFKA_SASL_PASSWORD", "KAFKA_SSL_KEY_PASSWORD",
                                                                  "KAFKA_SSL_KEY_PEM", "KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET",
                                                                  "KAFKA_SASL_OAUTHBEARER_CONFIG", "KAFKA_SSL_KEYSTORE_PASSWORD");
        // Where somebody put it by mistake: refused without a word of what it was.
        const std::string mistaken = *rc::gen::element<std::string>(
            "KAFKA_DEADLINE", "KAFKA_ACKS", "KAFKA_ENABLED", "KAFKA_LINGER_MS", "KAFKA_SECURITY_PROTOCOL", "KAFKA_COMPRESSION_TYPE",
            "KAFKA_RETRIES", "KAFKA_MAX_IN_FLIGHT", "KAFKA_STATISTICS_INTERVAL_MS", "KAFKA_SASL_MECHANISM", "KAFKA_NOBODY_KNOWS");
        const std::string switched = *rc::gen::element<std::string>("", "true", "false", "x");
        const bool in_both = *rc::gen::arbitrary<bool>();
        const auto report =
            settings::examine(environment{{hidden, secret},
                                          {mistaken, in_both ? secret : "x"},
                                          {"KAFKA_TLS", switched},
                                          {"KAFKA_SASL_ENABLED", switched},
                                          {"KAFKA_BROKERS", *rc::gen::element<std::string>("a:1", "user:" + secret + "@a:1", "")}});
        std::ostringstream told;
        for (const stentor::problem& p : report.problems) {
            RC_ASSERT(!p.key.empty());
            RC_ASSERT(!p.rule.empty());
            told << p.key << p.rule << '\n';
        }
        for (const std::string& n : report.value.notes) {
            told << n << '\n';
        }
        for (const auto& i : report.value.ignored) {
            told << i.name << i.meant << '\n';
        }
        if (!in_both) {
            told << report.value;
        }
        RC_ASSERT(told.str().find(secret) == std::string::npos);
    });
}
