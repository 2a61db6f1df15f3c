// Made by single_include/generate.py from include/stentor/detail/json/parse.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <system_error>

#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>
#include <boost/system/error_code.hpp>

#include <stentor/stentor.hpp>

namespace stentor::inline v0::detail {

// What Boost.JSON's own parsers do, but for numbers: theirs come out with a wrong last digit now and then, and -0 as 0.
class json_builder {
public:
    static constexpr std::size_t max_object_size = boost::json::object::max_size();
    static constexpr std::size_t max_array_size = boost::json::array::max_size();
    static constexpr std::size_t max_key_size = boost::json::string::max_size();
    static constexpr std::size_t max_string_size = boost::json::string::max_size();

    using text = boost::json::string_view;
    using code = boost::system::error_code;

    [[nodiscard]] boost::json::value release() { return stack_.release(); }

    static bool on_document_begin(code&) noexcept { return true; }
    static bool on_document_end(code&) noexcept { return true; }
    static bool on_object_begin(code&) noexcept { return true; }
    static bool on_array_begin(code&) noexcept { return true; }
    bool on_object_end(std::size_t n, code&) { return stack_.push_object(n), true; }
    bool on_array_end(std::size_t n, code&) { return stack_.push_array(n), true; }
    bool on_key_part(text s, std::size_t, code&) { return stack_.push_chars(s), true; }
    bool on_key(text s, std::size_t, code&) { return stack_.push_key(s), true; }
    bool on_string_part(text s, std::size_t, code&) { return stack_.push_chars(s), true; }
    bool on_string(text s, std::size_t, code&) { return stack_.push_string(s), true; }
    bool on_bool(bool b, code&) { return stack_.push_bool(b), true; }
    bool on_null(code&) { return stack_.push_null(), true; }
    bool on_uint64(std::uint64_t u, text, code&) { return stack_.push_uint64(u), true; }
    bool on_int64(std::int64_t i, text s, code&) {
        if (i == 0 && s.front() == '-') {
            stack_.push_double(-0.0);
        } else {
            stack_.push_int64(i);
        }
        return true;
    }
    // The text is whole, because the document is given as one.
    bool on_double(double about, text s, code&) { return stack_.push_double(exactly({s.data(), s.size()}, about)), true; }
    static bool on_number_part(text, code&) noexcept { return true; }
    static bool on_comment_part(text, code&) noexcept { return true; }
    static bool on_comment(text, code&) noexcept { return true; }

private:
    [[nodiscard]] static double exactly(std::string_view number, double about) noexcept {
        double value = 0;
        if (std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc{}) {
            return value;
        }
        return std::copysign(std::abs(about) < 1 ? 0.0 : std::numeric_limits<double>::infinity(), about);
    }

    boost::json::value_stack stack_{};
};

using json_parser = boost::json::basic_parser<json_builder>;

}  // namespace stentor::inline v0::detail
