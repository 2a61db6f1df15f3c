// Strings and numbers as JSON, against Boost.JSON and the standard library.

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <catch2/catch_test_macros.hpp>

#include <stentor/serializer/from_json.hpp>
#include <stentor/serializer/json.hpp>

#include "property/holds.hpp"
#include "property/texts.hpp"

namespace {

using property::holds;

template <class T>
std::string json(const T& value) {
    stentor::buffer out;
    const stentor::fault f = stentor::to_json(value, out);
    RC_ASSERT(!f);
    return std::string(out.view());
}

std::string boost_text(std::string_view text) { return boost::json::serialize(boost::json::string_view(text.data(), text.size())); }

// As Boost.JSON's parser sees it, which shares nothing with our writer.
bool is_utf8(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        quoted.push_back(static_cast<unsigned char>(c) < 0x80 ? 'a' : c);
    }
    quoted.push_back('"');
    boost::system::error_code wrong;
    (void)boost::json::parse(quoted, wrong);
    return !wrong;
}

template <class Float>
void same_number_back() {
    using bits = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
    using of = std::numeric_limits<Float>;
    // Any bits, and those that hardly come by chance.
    const Float value = *rc::gen::weightedOneOf<Float>(
        {{9, rc::gen::map(rc::gen::arbitrary<bits>(), [](bits b) { return std::bit_cast<Float>(b); })},
         {1, rc::gen::element<Float>(Float{0}, -Float{0}, of::denorm_min(), -of::denorm_min(), of::min(), of::max(), of::lowest(),
                                     of::epsilon(), of::infinity(), -of::infinity(), of::quiet_NaN())}});
    stentor::buffer out;
    const stentor::fault f = stentor::to_json(value, out);
    RC_ASSERT(static_cast<bool>(f) == !std::isfinite(value));
    if (f) {
        RC_ASSERT(out.size() == 0U);
        return;
    }
    const std::string text(out.view());
    const auto read = stentor::from_json<Float>(text);
    RC_ASSERT(read.has_value());
    RC_ASSERT(std::bit_cast<bits>(*read) == std::bit_cast<bits>(value));
    const Float standard = sizeof(Float) == 4 ? static_cast<Float>(std::strtof(text.c_str(), nullptr))
                                              : static_cast<Float>(std::strtod(text.c_str(), nullptr));
    RC_ASSERT(std::bit_cast<bits>(standard) == std::bit_cast<bits>(value));
}

template <class Integer>
void same_integer_back() {
    const auto value = *rc::gen::weightedOneOf<Integer>({
        {6, rc::gen::arbitrary<Integer>()},
        {1, rc::gen::element(std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max())},
    });
    const std::string text = json(value);
    RC_ASSERT(text == std::to_string(value));
    const auto read = stentor::from_json<Integer>(text);
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == value);
}

}  // namespace

TEST_CASE("property: a text is written as Boost.JSON writes it, and is read back as it was") {
    holds("text", [] {
        const std::string text = *property::text();
        const std::string written = json(text);
        RC_ASSERT(written == boost_text(text));
        const auto read = stentor::from_json<std::string>(written);
        RC_ASSERT(read.has_value());
        RC_ASSERT(*read == text);
    });
}

TEST_CASE("property: so is a text that is longer than the writer's pieces") {
    holds("long text", [] {
        const std::string text = std::string(*rc::gen::inRange<std::size_t>(8150, 8220), 'x') + *property::text() +
                                 std::string(*rc::gen::inRange<std::size_t>(8150, 8220), '"') + *property::text();
        RC_ASSERT(json(text) == boost_text(text));
    });
}

TEST_CASE("property: bytes are written if they are UTF-8, and else refused at the first byte that is not") {
    holds("bytes", [] {
        // Too long, a surrogate, too large; and the largest of three and four bytes, which are right.
        const std::string edge = *rc::gen::weightedOneOf<std::string>(
            {{2, rc::gen::just<std::string>("")},
             {1, rc::gen::element<std::string>("\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                                               "\xed\x9f\xbf", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf")}});
        const std::string bytes = *property::text() + edge + *rc::gen::element(*property::text(), *property::bytes());
        stentor::buffer out;
        out.append("before");
        const stentor::fault f = stentor::to_json(bytes, out);
        RC_ASSERT(static_cast<bool>(f) == !is_utf8(bytes));
        if (f) {
            RC_ASSERT(f.code == stentor::errc::serialization);
            RC_ASSERT(out.view() == "before");
            const std::string_view said = ": invalid UTF-8 at byte ";
            RC_ASSERT(f.text().starts_with(said));
            const auto at = static_cast<std::size_t>(std::stoull(std::string(f.text().substr(said.size()))));
            RC_ASSERT(at < bytes.size());
            RC_ASSERT(is_utf8(std::string_view(bytes).substr(0, at)));
            RC_ASSERT(!is_utf8(std::string_view(bytes).substr(at)));
        }
    });
}

TEST_CASE("property: a number is read back to the bit, by us and by the standard library") {
    holds("double", same_number_back<double>);
    holds("float", same_number_back<float>);
}

TEST_CASE("property: a number whose text is made up is read as the standard library reads it") {
    holds("decimal", [] {
        const std::string digits = "0123456789";
        std::string text = std::string(*rc::gen::element("", "-")) + std::to_string(*rc::gen::inRange(0, 1000)) +
                           std::string(*rc::gen::inRange<std::size_t>(0, 30), '0') + "." +
                           std::string(*rc::gen::inRange<std::size_t>(0, 30), '0') + *property::made_of(digits) + "1";
        if (*rc::gen::arbitrary<bool>()) {
            text += "e" + std::to_string(*rc::gen::inRange(-340, 310));
        }
        if (text[text[0] == '-' ? 1 : 0] == '0') {
            text.replace(text[0] == '-' ? 1 : 0, text.find('.') - (text[0] == '-' ? 1 : 0), "0");
        }
        const double standard = std::strtod(text.c_str(), nullptr);
        const auto read = stentor::from_json<double>(text);
        RC_ASSERT(read.has_value() == std::isfinite(standard));
        if (read) {
            RC_ASSERT(std::bit_cast<std::uint64_t>(*read) == std::bit_cast<std::uint64_t>(standard));
        } else {
            RC_ASSERT(read.error().cause == "document: is out of range");
        }
    });
}

TEST_CASE("property: an integer is written as std::to_string writes it, and is read back") {
    holds("int8", same_integer_back<std::int8_t>);
    holds("uint8", same_integer_back<std::uint8_t>);
    holds("int32", same_integer_back<std::int32_t>);
    holds("int64", same_integer_back<std::int64_t>);
    holds("uint64", same_integer_back<std::uint64_t>);
}
