#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>

#include <stentor/detail/json/kinds.hpp>
#include <stentor/detail/json/time_reader.hpp>
#include <stentor/detail/names.hpp>
#include <stentor/message.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

template <class>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;

// Reads one value out of Boost.JSON's, the mirror image of json_writer: false at the first thing that does not fit, and on the way
// back each level puts its part in front of the pointer.
template <naming How>
class json_reader {
public:
    explicit json_reader(bool strict) noexcept : strict_(strict) {}

    // After a false: "/query: is missing"; of the whole document: "document: …".
    [[nodiscard]] std::string cause() const { return (pointer_.empty() ? "document" : pointer_) + ": " + reason_; }

    template <class T>
    [[nodiscard]] bool read(const boost::json::value& from, T& to) {
        if constexpr (std::is_same_v<T, boost::json::value>) {
            to = from;
            return true;
        } else if constexpr (std::is_same_v<T, bool>) {
            return from.is_bool() ? (to = from.get_bool(), true) : expected("true or false", from);
        } else if constexpr (foreign_character<T>) {
            static_assert(!foreign_character<T>, "stentor: JSON text is UTF-8 in char. Read it into a std::string.");
            return false;
        } else if constexpr (std::is_integral_v<T>) {
            return read_integer(from, to);
        } else if constexpr (std::is_floating_point_v<T>) {
            return read_float(from, to);
        } else if constexpr (std::is_same_v<T, std::monostate>) {
            return from.is_null() || expected("null", from);
        } else if constexpr (std::is_same_v<T, timestamp>) {
            return read_time(from, to);
        } else if constexpr (std::is_same_v<T, std::string>) {
            if (!from.is_string()) {
                return expected("a string", from);
            }
            to.assign(from.get_string().data(), from.get_string().size());
            return true;
        } else if constexpr (is_optional<T>) {
            return from.is_null() ? (to.reset(), true) : read(from, to.emplace());
        } else if constexpr (is_variant<T>) {
            return read_variant(from, to, std::make_index_sequence<std::variant_size_v<T>>{});
        } else if constexpr (std::is_enum_v<T>) {
            return read_enum(from, to);
        } else if constexpr (json_map<T>) {
            return read_map(from, to);
        } else if constexpr (is_std_array<T> || (std::is_array_v<T> && !json_text<T>)) {
            return read_fixed(from, to);
        } else if constexpr (json_array<T>) {
            return read_array(from, to);
        } else if constexpr (json_tuple<T>) {
            return read_tuple(from, to, std::make_index_sequence<std::tuple_size_v<T>>{});
        } else {
            static_assert(described_struct<T>,
                          "stentor: from_json cannot read this type. Describe it: BOOST_DESCRIBE_STRUCT(T, (bases), "
                          "(members)). Views (std::string_view) cannot be read: use std::string.");
            return read_struct(from, to);
        }
    }

private:
    bool fail(std::string reason) {
        reason_ = std::move(reason);
        return false;
    }
    bool expected(std::string_view what, const boost::json::value& found) {
        return fail(std::string("expected ").append(what).append(", found ").append(kind_of(found)));
    }
    [[nodiscard]] static std::string_view kind_of(const boost::json::value& v) noexcept {
        switch (v.kind()) {
            case boost::json::kind::null: return "null";
            case boost::json::kind::bool_: return "a boolean";
            case boost::json::kind::int64:
            case boost::json::kind::uint64:
            case boost::json::kind::double_: return "a number";
            case boost::json::kind::string: return "a string";
            case boost::json::kind::array: return "an array";
            case boost::json::kind::object: break;
        }
        return "an object";
    }
    bool inside(std::string_view name) {
        pointer_.insert(0, pointer_part(name));
        return false;
    }

    template <class T>
    bool read_integer(const boost::json::value& from, T& to) {
        // A char is a number here, as it is when written, but std::in_range does not take it for one.
        using plain_char = std::conditional_t<std::is_signed_v<char>, signed char, unsigned char>;
        using number_type = std::conditional_t<std::is_same_v<T, char>, plain_char, T>;
        if (from.is_int64() && std::in_range<number_type>(from.get_int64())) {
            to = static_cast<T>(from.get_int64());
            return true;
        }
        if (from.is_uint64() && std::in_range<number_type>(from.get_uint64())) {
            to = static_cast<T>(from.get_uint64());
            return true;
        }
        if (from.is_double()) {
            const double number = from.get_double();
            if (number == 0 && std::signbit(number)) {  // -0
                to = 0;
                return true;
            }
            // From there on integers are doubles, too.
            if (std::abs(number) < 0x1p63) {
                return expected("an integer", from);
            }
        } else if (!from.is_number()) {
            return expected("an integer", from);
        }
        return fail("is out of range");
    }

    template <class T>
    bool read_float(const boost::json::value& from, T& to) {
        if (from.is_double()) {
            to = static_cast<T>(from.get_double());
        } else if (from.is_int64()) {
            to = static_cast<T>(from.get_int64());
        } else if (from.is_uint64()) {
            to = static_cast<T>(from.get_uint64());
        } else {
            return expected("a number", from);
        }
        return std::isfinite(to) || fail("is out of range");
    }

    bool read_time(const boost::json::value& from, timestamp& to) {
        if (!from.is_string()) {
            return expected("a time as RFC 3339", from);
        }
        const auto time = parse_rfc3339({from.get_string().data(), from.get_string().size()});
        return time ? (to = *time, true) : fail("is no time as RFC 3339, like 2026-01-01T00:00:00.000Z");
    }

    template <class T>
    bool read_enum(const boost::json::value& from, T& to) {
        static_assert(described_enum<T>,
                      "stentor: from_json reads enums by name. Describe it: BOOST_DESCRIBE_ENUM(T, enumerators…).");
        if (!from.is_string()) {
            return expected("a string", from);
        }
        const std::string_view name(from.get_string().data(), from.get_string().size());
        bool found = false;
        std::string known;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto d) {
            constexpr std::string_view wire = member_name<decltype(d), naming::as_written>::bare;
            if (!found && wire == name) {
                to = d.value;
                found = true;
            }
            known.append(known.empty() ? "" : ", ").append(wire);
        });
        return found || fail("is none of " + known);
    }

    // The first alternative that fits, in the order of their declaration.
    template <class T, std::size_t... Is>
    bool read_variant(const boost::json::value& from, T& to, std::index_sequence<Is...>) {
        const bool fits = ([&] {
            std::variant_alternative_t<Is, T> candidate{};
            json_reader trial(strict_);
            return trial.read(from, candidate) ? (to.template emplace<Is>(std::move(candidate)), true) : false;
        }() || ...);
        return fits || fail("fits none of the types that it may have");
    }

    template <class T>
    bool read_map(const boost::json::value& from, T& to) {
        if (!from.is_object()) {
            return expected("an object", from);
        }
        static_assert(!std::is_trivially_copyable_v<typename T::key_type>,
                      "stentor: from_json needs maps whose keys own their text: use std::string.");
        to.clear();
        for (const auto& [key, value] : from.get_object()) {
            typename T::mapped_type element{};
            if (!read(value, element)) {
                return inside({key.data(), key.size()});
            }
            to.insert_or_assign(typename T::key_type(key.data(), key.size()), std::move(element));
        }
        return true;
    }

    template <class T>
    bool read_array(const boost::json::value& from, T& to) {
        if (!from.is_array()) {
            return expected("an array", from);
        }
        to.clear();
        std::size_t index = 0;
        for (const boost::json::value& value : from.get_array()) {
            typename T::value_type element{};
            if (!read(value, element)) {
                return inside(std::to_string(index));
            }
            to.insert(to.end(), std::move(element));
            ++index;
        }
        return true;
    }

    template <class T>
    bool read_fixed(const boost::json::value& from, T& to) {
        if (!from.is_array() || from.get_array().size() != std::size(to)) {
            return expected("an array of " + std::to_string(std::size(to)), from);
        }
        for (std::size_t i = 0; i < std::size(to); ++i) {
            if (!read(from.get_array()[i], to[i])) {
                return inside(std::to_string(i));
            }
        }
        return true;
    }

    template <class T, std::size_t... Is>
    bool read_tuple(const boost::json::value& from, T& to, std::index_sequence<Is...>) {
        if (!from.is_array() || from.get_array().size() != sizeof...(Is)) {
            return expected("an array of " + std::to_string(sizeof...(Is)), from);
        }
        return ((read(from.get_array()[Is], std::get<Is>(to)) || inside(std::to_string(Is))) && ...);
    }

    template <class T>
    bool read_struct(const boost::json::value& from, T& to) {
        if (!from.is_object()) {
            return expected("an object", from);
        }
        const boost::json::object& object = from.get_object();
        bool fine = true;
        std::size_t known = 0;
        boost::mp11::mp_for_each<members_of<T>>([&](auto d) {
            if (!fine) {
                return;
            }
            constexpr std::string_view name = member_name<decltype(d), How>::bare;
            auto& member = to.*d.pointer;
            const boost::json::value* const value = object.if_contains(boost::json::string_view(name.data(), name.size()));
            if (value == nullptr) {
                if constexpr (is_optional<std::decay_t<decltype(member)>>) {
                    member.reset();
                } else {
                    fine = fail("is missing") || inside(name);
                }
                return;
            }
            ++known;
            fine = read(*value, member) || inside(name);
        });
        return fine && (!strict_ || known == object.size() || unknown_member<T>(object));
    }

    template <class T>
    bool unknown_member(const boost::json::object& object) {
        for (const auto& field : object) {
            const std::string_view name(field.key().data(), field.key().size());
            bool known = false;
            boost::mp11::mp_for_each<members_of<T>>([&](auto d) { known = known || member_name<decltype(d), How>::bare == name; });
            if (!known) {
                return fail("is not known") || inside(name);
            }
        }
        return true;
    }

    bool strict_;
    std::string pointer_{};
    std::string reason_{};
};

}  // namespace stentor::inline v0::detail
