#include <stentor/serializer/boost_json.hpp>

#include <stdexcept>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "types.hpp"

namespace shapes {

// A type that only Boost.JSON knows, by its own conversion.
struct celsius {
    double degrees = 0;
};
inline void tag_invoke(const boost::json::value_from_tag&, boost::json::value& to, const celsius& from) {
    to = {{"celsius", static_cast<std::int64_t>(from.degrees)}};
}

struct envelope {
    std::string name;
    boost::json::value payload;
    boost::json::object extra;
};
BOOST_DESCRIBE_STRUCT(envelope, (), (name, payload, extra))

struct unspeakable {};
inline void tag_invoke(const boost::json::value_from_tag&, boost::json::value&, const unspeakable&) {
    throw std::domain_error("not today");
}

}  // namespace shapes

TEST_CASE("boost_json_serializer writes what value_from knows, custom conversions included") {
    stentor::buffer out;
    CHECK_FALSE(stentor::boost_json_serializer{}.serialize(shapes::celsius{21}, out));
    CHECK(out.view() == R"({"celsius":21})");
    out.clear();
    CHECK_FALSE(stentor::boost_json_serializer{}.serialize(shapes::base{7}, out));
    CHECK(out.view() == R"({"id":7})");
}

TEST_CASE("boost_json_serializer writes a value larger than its piece of buffer whole") {
    const std::string text(10'000, 'x');
    stentor::buffer out;
    CHECK_FALSE(stentor::boost_json_serializer{}.serialize(text, out));
    CHECK(out.view() == "\"" + text + "\"");
}

TEST_CASE("it appends, at every length around the pieces that it is written in") {
    for (const std::size_t length : {0U, 1U, 509U, 510U, 511U, 512U, 1022U, 1023U, 1024U}) {
        const std::string text(length, 'x');
        stentor::buffer out;
        out.append("before ");
        CHECK_FALSE(stentor::boost_json_serializer{}.serialize(text, out));
        CHECK(out.view() == "before \"" + text + "\"");
    }
}

TEST_CASE("what a conversion throws passes through, and nothing was written") {
    stentor::buffer out;
    out.append("before");
    CHECK_THROWS_AS(stentor::boost_json_serializer{}.serialize(shapes::unspeakable{}, out), std::domain_error);
    CHECK(out.view() == "before");
}

TEST_CASE("described structs may have members of Boost.JSON's own types") {
    shapes::envelope e{"n", {{"a", {1, 2, nullptr}}}, {{"k", "v"}}};
    stentor::buffer out;
    CHECK_FALSE(stentor::to_json(e, out));
    CHECK(out.view() == R"({"name":"n","payload":{"a":[1,2,null]},"extra":{"k":"v"}})");
}
