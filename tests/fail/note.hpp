#pragma once

#include <string_view>

#include <boost/describe/class.hpp>

#include <stentor/message.hpp>

// A message with which nothing is wrong, for those tests where something else is.
struct note {
    int n = 0;
};
BOOST_DESCRIBE_STRUCT(note, (), (n))

template <>
struct stentor::message_traits<note> {
    static constexpr std::string_view topic = "notes";
};
