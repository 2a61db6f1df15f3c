// Described types as JSON, against Boost.JSON, and there and back.

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/system/error_code.hpp>
#include <catch2/catch_test_macros.hpp>

#include <stentor/serializer/from_json.hpp>
#include <stentor/serializer/json.hpp>

#include "property/holds.hpp"
#include "property/shapes.hpp"

namespace {

using property::holds;

template <class T>
std::string json(const T& value) {
    stentor::buffer out;
    const stentor::fault f = stentor::json_serializer{}.serialize(value, out);
    RC_ASSERT(!f);
    return std::string(out.view());
}

// Told where, and what: a JSON pointer or the document, a colon, words.
void tells_where(const stentor::error& e) {
    RC_ASSERT(e == stentor::errc::serialization);
    RC_ASSERT(e.cause.starts_with('/') || e.cause.starts_with("document: "));
    RC_ASSERT(e.cause.find(": ") != std::string::npos);
}

template <class T>
void comes_back(const T& value) {
    const std::string text = json(value);
    for (const bool tolerant : {true, false}) {
        const auto read = stentor::from_json<T>(text, {.unknown_fields = tolerant});
        RC_ASSERT(read.has_value());
        RC_ASSERT(*read == value);
    }
}

// Whatever has been done to the text: an error that says where, or a value that comes back.
template <class T>
void is_read_or_told(std::string text) {
    for (int n = *rc::gen::inRange(1, 4); n > 0; --n) {
        text = property::spoilt(std::move(text));
    }
    const auto read = stentor::from_json<T>(text);
    if (read) {
        boost::system::error_code wrong;
        (void)boost::json::parse(text, wrong);
        RC_ASSERT(!wrong);
        comes_back(*read);
    } else {
        tells_where(read.error());
    }
    // Strictly less is accepted, and nothing else is read.
    if (const auto strict = stentor::from_json<T>(text, {.unknown_fields = false})) {
        RC_ASSERT(read.has_value());
        RC_ASSERT(*strict == *read);
    }
}

}  // namespace

TEST_CASE("property: what json_serializer writes is what Boost.JSON writes, byte for byte") {
    holds("common", [] {
        const shapes::common c = property::any_common();
        RC_ASSERT(json(c) == boost::json::serialize(boost::json::value_from(c)));
    });
}

TEST_CASE("property: Boost.JSON reads what json_serializer writes, and writes it the same again") {
    holds("task", [] {
        const std::string text = json(property::any_task());
        RC_ASSERT(boost::json::serialize(boost::json::parse(text)) == text);
    });
}

TEST_CASE("property: from_json reads what json_serializer writes, strictly, too") {
    holds("everything", [] { comes_back(property::any_everything()); });
    holds("task", [] { comes_back(property::any_task()); });
}

TEST_CASE("property: from_json of a text that was spoilt is an error with a JSON pointer, or a value that comes back") {
    holds("everything", [] { is_read_or_told<shapes::everything>(json(property::any_everything())); });
    holds("task", [] { is_read_or_told<shapes::task>(json(property::any_task())); });
}

TEST_CASE("property: a member that the type does not have is passed over, or strictly refused by its name") {
    holds("unknown member", [] {
        const shapes::task task = property::any_task();
        const std::string name = "Z" + *property::made_of("abcxyz019_-");
        const std::string value =
            *rc::gen::element<std::string>("null", "true", "-1", "\"x\"", "[]", "[{}]", R"({"a":[1,{"b":null}]})");
        std::string text = json(task);
        const std::string member = '"' + name + "\":" + value;
        text = *rc::gen::arbitrary<bool>() ? text.insert(1, member + ",") : text.insert(text.size() - 1, "," + member);
        const auto read = stentor::from_json<shapes::task>(text);
        RC_ASSERT(read.has_value());
        RC_ASSERT(*read == task);
        const auto strict = stentor::from_json<shapes::task>(text, {.unknown_fields = false});
        RC_ASSERT(!strict.has_value());
        RC_ASSERT(strict.error().cause == "/" + name + ": is not known");
    });
}

TEST_CASE("property: a text without one of the members is refused by its name") {
    holds("missing member", [] {
        boost::json::object all = boost::json::parse(json(property::any_task())).as_object();
        const auto* const gone = all.begin() + *property::below(all.size());
        const std::string name(gone->key());
        all.erase(gone);
        const auto read = stentor::from_json<shapes::task>(boost::json::serialize(all));
        RC_ASSERT(!read.has_value());
        RC_ASSERT(read.error().cause == "/" + name + ": is missing");
    });
}

TEST_CASE("property: from_json reads as deep as it may, and texts as large as they may be") {
    holds("limits", [] {
        const auto levels = *rc::gen::inRange<std::size_t>(1, 40);
        const auto depth = *rc::gen::inRange<std::size_t>(1, 40);
        // The innermost member is of no type that the message knows, so it is skipped, but counted.
        const std::string text = R"({"x":1,"y":2,"z":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
        const auto read = stentor::from_json<shapes::point>(text, {.depth = depth});
        RC_ASSERT(read.has_value() == (levels + 1 <= depth));
        const auto size = *rc::gen::inRange<std::size_t>(0, 2 * text.size());
        RC_ASSERT(stentor::from_json<shapes::point>(text, {.depth = 100, .size = size}).has_value() == (text.size() <= size));
    });
}
