// Made by single_include/generate.py from include/stentor/serializer/boost_json.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <exception>
#include <string_view>

#include <boost/json/serializer.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>

#include <stentor/stentor.hpp>

/// @file
/// Boost.JSON in the place of our own writer, and its values inside described structs. Needs Boost.JSON, linked or header-only.

namespace stentor::inline v0 {

/// Appends a Boost.JSON value as it serializes itself. Throws `std::bad_alloc`.
inline void append_json(const boost::json::value& value, buffer& out) {
    boost::json::serializer writer;
    writer.reset(&value);
    while (!writer.done()) {
        constexpr std::size_t piece = 512;
        char* const to = out.reserve(piece);
        out.commit(writer.read(to, piece).size());
    }
}

/// Writes whatever `boost::json::value_from` knows: described types, and those with a `tag_invoke` of their own. Slower than
/// `json_serializer` by an order of magnitude, because it builds a DOM first. Names are the members' own:
/// `message_traits<T>::naming` means nothing here. What `value_from` throws becomes `errc::serialization`.
struct boost_json_serializer {
    static constexpr std::string_view content_type = "application/json";  ///< JSON

    /// Appends the message as JSON. Throws what `value_from` throws.
    template <class T>
    fault serialize(const T& message, buffer& out) const {
        append_json(boost::json::value_from(message), out);
        return {};
    }
};

/// Lets described structs have members of Boost.JSON's own types when `json_serializer` writes them.
template <>
struct json_adapter<boost::json::value> {
    /// Never fails but by `std::bad_alloc`.
    static bool write(const boost::json::value& value, buffer& out) {
        append_json(value, out);
        return true;
    }
};
/// The same for objects.
template <>
struct json_adapter<boost::json::object> {
    /// Never fails but by `std::bad_alloc`.
    static bool write(const boost::json::object& value, buffer& out) { return json_adapter<boost::json::value>::write(value, out); }
};
/// The same for arrays.
template <>
struct json_adapter<boost::json::array> {
    /// Never fails but by `std::bad_alloc`.
    static bool write(const boost::json::array& value, buffer& out) { return json_adapter<boost::json::value>::write(value, out); }
};

}  // namespace stentor::inline v0
