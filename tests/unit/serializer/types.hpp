#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include <stentor/message.hpp>
#include <stentor/moment.hpp>

// The types that the JSON tests write and read.

namespace shapes {

enum class status {
    new_,
    in_progress,
    done
};
BOOST_DESCRIBE_ENUM(status, new_, in_progress, done)

struct task {
    std::string task_id, user_email, query, original_url;
    stentor::timestamp timestamp{};
    shapes::status status{};
    bool operator==(const task&) const = default;
};
BOOST_DESCRIBE_STRUCT(task, (), (task_id, user_email, query, original_url, timestamp, status))

struct point {
    double x = 0;
    double y = 0;
    bool operator==(const point&) const = default;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, y))

struct base {
    std::int64_t id = 0;
    bool operator==(const base&) const = default;
};
BOOST_DESCRIBE_STRUCT(base, (), (id))

struct everything : base {
    std::string text;
    bool yes = false;
    std::int8_t small = 0;
    std::uint64_t large = 0;
    std::optional<std::string> maybe;
    std::vector<point> path;
    std::array<std::int32_t, 3> three{};
    std::map<std::string, std::vector<std::int16_t>> by_name;
    std::variant<std::monostate, std::string, std::int64_t> one_of;
    std::pair<std::string, bool> both;
    std::vector<bool> bits;
    bool operator==(const everything&) const = default;
};
BOOST_DESCRIBE_STRUCT(everything, (base), (text, yes, small, large, maybe, path, three, by_name, one_of, both, bits))

// What Boost.JSON 1.81 can write as well, for comparisons to the byte.
struct common {
    std::string text;
    bool yes = false;
    std::int64_t big = 0;
    std::uint64_t large = 0;
    std::int8_t tiny = 0;
    std::uint16_t medium = 0;
    std::vector<std::string> words;
    std::map<std::string, std::int32_t> counts;
    std::array<std::uint8_t, 2> two{};
};
BOOST_DESCRIBE_STRUCT(common, (), (text, yes, big, large, tiny, medium, words, counts, two))

}  // namespace shapes

template <>
struct stentor::message_traits<shapes::task> {
    static constexpr std::string_view topic = "tasks";
    static constexpr auto naming = stentor::naming::camel_case;
};
