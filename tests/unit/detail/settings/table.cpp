#include <stentor/detail/settings/table.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/kafka/conf_names.hpp>
#include <stentor/detail/kafka/property_table.hpp>

using namespace stentor::detail;

TEST_CASE("no variable is read twice") {
    std::set<std::string_view> seen;
    for (const env::row& r : env::rows) {
        env::for_each_name(r.names, [&](std::string_view name) {
            CAPTURE(name);
            CHECK(seen.insert(name).second);
        });
    }
    CHECK(seen.size() > 50);
}

TEST_CASE("each row's property is one of librdkafka's") {
    for (const env::row& r : env::rows) {
        CAPTURE(r.names);
        CHECK((r.property.empty() || kafka::find_property(r.property) != nullptr));
    }
}

TEST_CASE("each setting that has a member of kafka_config can be set by its variable, and sets that member") {
    for (const kafka::property& p : kafka::properties) {
        const std::string_view member = kafka::member_of(p.name);
        if (member.empty()) {
            continue;
        }
        CAPTURE(p.name);
        const std::string variable = env::variable_name(p.name);
        const auto* const row = std::ranges::find_if(env::rows, [&](const env::row& r) {
            bool found = false;
            env::for_each_name(r.names, [&](std::string_view name) { found = found || name == variable; });
            return found;
        });
        REQUIRE(row != env::rows.end());
        CHECK(row->field == "client." + std::string(member));
    }
}

TEST_CASE("a variable's name and a property's are made of each other") {
    CHECK(env::property_name("KAFKA_LINGER_MS") == "linger.ms");
    CHECK(env::property_name("KAFKA_LOG__LEVEL") == "log_level");
    CHECK(env::variable_name("log_level") == "KAFKA_LOG__LEVEL");
    for (const kafka::property& p : kafka::properties) {
        CAPTURE(p.name);
        CHECK(env::property_name(env::variable_name(p.name)) == p.name);
    }
}

TEST_CASE("times are shown in the largest unit that fits") {
    using namespace std::chrono_literals;
    CHECK(env::show_time(0s) == "0");
    CHECK(env::show_time(9s) == "9 s");
    CHECK(env::show_time(90s) == "90 s");
    CHECK(env::show_time(120s) == "2 min");
    CHECK(env::show_time(1500ms) == "1500 ms");
    CHECK(env::show_time(500us) == "500 us");
    CHECK(env::show_time(7ns) == "7 ns");
}

TEST_CASE("a PEM text may be on one line, with backslash and n between its own") {
    CHECK(env::lines_of<std::string>(R"(a\nb\n)") == "a\nb\n");
    CHECK(env::lines_of<std::string>("a\\n\nb") == "a\\n\nb");  // has lines already
    CHECK(env::lines_of<stentor::secret>(R"(a\nb)").reveal() == "a\nb");
}
