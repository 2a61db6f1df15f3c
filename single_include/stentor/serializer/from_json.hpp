// Made by single_include/generate.py from include/stentor/serializer/from_json.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <cstddef>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include <boost/json/parse_options.hpp>
#include <boost/system/error_code.hpp>

#include <stentor/detail/json/parse.hpp>
#include <stentor/detail/json/reader.hpp>
#include <stentor/stentor.hpp>

/// @file
/// Reading back what `json_serializer` writes. Needs Boost.JSON, linked or header-only.

namespace stentor::inline v0 {

/// How `from_json` reads.
struct from_json_options {
    bool unknown_fields = true;                 ///< tolerate members that the type does not have
    std::size_t depth = 32;                     ///< nesting, at most
    std::size_t size = std::size_t{16} << 20U;  ///< bytes of text, at most
};

/// Reads a described type from JSON text (RFC 8259). Names as `message_traits<T>::naming` says, or as written. A missing or null
/// `std::optional` is empty; every other member must be there. Of equal names in an object the last one counts. Floating point is
/// the value nearest to the text. Variants take the first alternative that fits. What does not fit is `errc::serialization` with a
/// JSON pointer: "/taskId: expected a string, found a number"; what is no JSON says at which byte. Nothing is thrown.
template <class T>
[[nodiscard]] result<T> from_json(std::string_view text, const from_json_options& options = {}) {
    try {
        if (text.size() > options.size) {
            return error(errc::serialization, "document: is larger than " + std::to_string(options.size) + " bytes");
        }
        boost::json::parse_options how;
        how.max_depth = options.depth;
        detail::json_parser parser(how);
        boost::system::error_code wrong;
        const std::size_t read = parser.write_some(false, text.data(), text.size(), wrong);
        if (!wrong && text.find_first_not_of(" \t\r\n", read) != std::string_view::npos) {
            return error(errc::serialization, "document: is followed by something else at byte " + std::to_string(read));
        }
        if (wrong) {
            return error(errc::serialization, "document: is not JSON: " + wrong.message() + " at byte " + std::to_string(read));
        }
        detail::json_reader<detail::naming_of<T>()> reader(!options.unknown_fields);
        T value{};
        if (!reader.read(parser.handler().release(), value)) {
            return error(errc::serialization, reader.cause());
        }
        return value;
    } catch (const std::bad_alloc&) {
        return error(errc::out_of_memory, detail::words("while JSON was read"));
    } catch (const std::exception& e) {
        return error(errc::serialization, detail::words("document: ", e.what()));
    }
}

}  // namespace stentor::inline v0
