#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/describe/class.hpp>

#include <stentor/message.hpp>

// A message whose texts do not fit into a std::string's own space.

namespace failing {

struct task {
    std::string id = "5f3c9f0e-6d0a-4c6e-9a65-0d6f1f5a2b10";
    std::string text = "how do lighthouses keep their \"lamps\" turning";
};
BOOST_DESCRIBE_STRUCT(task, (), (id, text))

}  // namespace failing

template <>
struct stentor::message_traits<failing::task> {
    static constexpr std::string_view topic = "a-topic-with-a-long-name";
    static constexpr std::string_view type = "task";
    static std::string_view key(const failing::task& t) { return t.id; }
    static void headers(const failing::task& t, auto&& add) { add("copied-header", std::string_view(t.text)); }
};
