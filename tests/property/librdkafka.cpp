// Settings of librdkafka's: what is accepted here is what librdkafka accepts, and it means the same to it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/kafka/check_properties.hpp>

#include "property/holds.hpp"
#include "property/texts.hpp"

namespace {

namespace kafka = stentor::detail::kafka;

// Those that a configuration may give, and whose values have a rule. Not lists of words: of those newer versions know more, and
// this one says so itself when a client is made.
std::vector<const kafka::property*> with_rules() {
    std::vector<const kafka::property*> all;
    for (const kafka::property& p : kafka::properties) {
        const bool ours = !kafka::member_of(p.name).empty() || !kafka::why_refused(p.name, {}, false).empty();
        const bool ruled = p.what != kafka::property::text && p.what != kafka::property::words;
        if (!ours && ruled && p.whose != kafka::property::consumer && p.since <= rd_kafka_version()) {
            all.push_back(&p);
        }
    }
    return all;
}

struct answer {
    bool unsupported = false;
    bool taken = false;
    std::string value;
    std::string why;  // if not
};

answer by_librdkafka(const char* name, const std::string& value) {
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    char why[512];
    answer a;
    a.taken = rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK;
    // librdkafka is built with or without some of them.
    a.unsupported = !a.taken && std::string_view(why).find("this build") != std::string_view::npos;
    a.why = a.taken ? "" : why;
    std::size_t size = 0;
    if (a.taken && rd_kafka_conf_get(conf, name, nullptr, &size) == RD_KAFKA_CONF_OK) {
        a.value.resize(size);
        (void)rd_kafka_conf_get(conf, name, a.value.data(), &size);
        a.value.resize(a.value.find('\0'));
    }
    rd_kafka_conf_destroy(conf);
    return a;
}

bool is_yes(const std::string& text) {
    const std::string word = property::lower(text);
    return word == "true" || word == "yes" || word == "on" || word == "1";
}

std::string any_value(const kafka::property& p) {
    const std::int64_t number = *rc::gen::oneOf(
        rc::gen::inRange<std::int64_t>(p.least - 2, p.most + 3), rc::gen::arbitrary<std::int64_t>(),
        rc::gen::elementOf(std::vector<std::int64_t>{p.least, p.most, p.least - 1, p.most + 1, std::int64_t{1} << 32U, 0, -1}));
    std::vector<std::string> words{"true", "No", "1", "off"};
    std::string_view rest = p.choices;
    while (!rest.empty()) {
        const std::size_t blank = std::min(rest.find(' '), rest.size());
        words.emplace_back(rest.substr(0, blank));
        rest.remove_prefix(std::min(blank + 1, rest.size()));
    }
    const std::string word = property::any_case(*rc::gen::elementOf(words));
    const std::string text = *rc::gen::element(word, std::to_string(number), "0" + std::to_string(number),
                                               std::to_string(number) + ".5", word + "," + words.back());
    return *rc::gen::weightedElement<bool>({{3, false}, {1, true}}) ? property::spoilt(text) : text;
}

}  // namespace

TEST_CASE("property: what is accepted for a setting of librdkafka's is accepted by librdkafka, with the same meaning") {
    const std::vector<const kafka::property*> all = with_rules();
    REQUIRE(all.size() > 20);
    property::holds("settings", [&] {
        const kafka::property& p = **rc::gen::elementOf(all);
        const std::string given = any_value(p);
        RC_PRE(given.find('\0') == std::string::npos);
        if (!kafka::why_wrong(p, given).empty()) {
            return;
        }
        const answer a = by_librdkafka(p.name, kafka::canonical(p, given));
        RC_PRE(!a.unsupported);
        RC_LOG() << p.name << " = '" << given << "': " << a.why << '\n';
        RC_ASSERT(a.taken);
        switch (p.what) {
            case kafka::property::whole: RC_ASSERT(a.value == std::to_string(std::stoll(given))); break;
            case kafka::property::decimal: RC_ASSERT(std::stod(a.value) == std::stod(given)); break;
            case kafka::property::boolean: RC_ASSERT((a.value == "true") == is_yes(given)); break;
            case kafka::property::choice: RC_ASSERT(property::lower(a.value) == property::lower(given)); break;
            default: break;
        }
    });
}
