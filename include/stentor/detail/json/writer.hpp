#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/mp11/algorithm.hpp>

#include <stentor/detail/json/kinds.hpp>
#include <stentor/detail/json/number.hpp>
#include <stentor/detail/json/text.hpp>
#include <stentor/detail/names.hpp>
#include <stentor/detail/rfc3339.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0 {

/// Teaches `json_serializer` a type that it does not know: specialise it with
/// `static bool write(const T&, buffer&)`, which appends one JSON value, or answers false when it cannot.
template <class T>
struct json_adapter;

}  // namespace stentor::inline v0

namespace stentor::inline v0::detail {

// Writes one value straight from its members. Every function answers false at the first thing that JSON cannot say; on the way back
// each level puts its part in front of the pointer (RFC 6901), so that a good path costs nothing for it.
template <naming How, optionals Empty>
class json_writer {
public:
    explicit json_writer(buffer& to) noexcept : out_(to) {}

    // After a false: "/user_email: invalid UTF-8 at byte 3".
    [[nodiscard]] std::string cause() const { return pointer_ + ": " + reason_; }

    template <class T>
    [[nodiscard]] bool write(const T& value) {
        if constexpr (requires {
                          { json_adapter<T>::write(value, out_) } -> std::same_as<bool>;
                      }) {
            return json_adapter<T>::write(value, out_) || fail("its json_adapter could not write it");
        } else if constexpr (std::is_same_v<T, bool>) {
            out_.append(value ? std::string_view{"true"} : std::string_view{"false"});
            return true;
        } else if constexpr (std::is_integral_v<T>) {
            write_integer(value, out_);
            return true;
        } else if constexpr (std::is_floating_point_v<T>) {
            return write_float(value, out_) || fail("is not a finite number");
        } else if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::monostate>) {
            out_.append("null");
            return true;
        } else if constexpr (json_text<T>) {
            return write_text(value);
        } else if constexpr (std::is_same_v<T, timestamp>) {
            return write_time(value);
        } else if constexpr (is_optional<T>) {
            return value ? write(*value) : write(nullptr);
        } else if constexpr (is_variant<T>) {
            return write_variant(value);
        } else if constexpr (std::is_enum_v<T>) {
            return write_enum(value);
        } else if constexpr (json_map<T>) {
            return write_map(value);
        } else if constexpr (json_array<T>) {
            return write_array(value);
        } else if constexpr (json_tuple<T>) {
            return write_tuple(value, std::make_index_sequence<std::tuple_size_v<T>>{});
        } else if constexpr (described_struct<T>) {
            return write_struct(value);
        } else {
            static_assert(!std::is_class_v<T>,
                          "stentor: JSON does not know this type. Describe it: BOOST_DESCRIBE_STRUCT(T, (bases), "
                          "(members)); or specialise stentor::json_adapter<T>.");
            static_assert(std::is_class_v<T>,
                          "stentor: JSON cannot carry this type (pointers, functions, …). It can carry numbers, bool, "
                          "strings, std::optional, enums, described structs, arrays, maps with string keys, "
                          "std::variant and stentor::timestamp.");
            return false;
        }
    }

private:
    bool fail(std::string_view reason) {
        reason_ = reason;
        return false;
    }
    // Puts a level in front of the pointer, escaped as RFC 6901 says.
    bool inside(std::string_view name) {
        pointer_.insert(0, pointer_part(name));
        return false;
    }

    bool write_text(std::string_view text) {
        const std::size_t bad = write_string(text, out_);
        return bad == std::string_view::npos || fail("invalid UTF-8 at byte " + std::to_string(bad));
    }

    bool write_time(timestamp t) {
        constexpr timestamp first = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
        constexpr timestamp end = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};
        if (t < first || t >= end) {
            return fail("is no time of the years 0 to 9999");
        }
        out_.push_back('"');
        out_.append(rfc3339(t).view());
        out_.push_back('"');
        return true;
    }

    template <class T>
    bool write_variant(const T& value) {
        return !value.valueless_by_exception() ? std::visit([this](const auto& held) { return write(held); }, value)
                                               : fail("is a variant without a value");
    }

    template <class T>
    bool write_enum(T value) {
        static_assert(described_enum<T>, "stentor: JSON writes enums by name. Describe it: BOOST_DESCRIBE_ENUM(T, enumerators…).");
        if constexpr (described_enum<T>) {
            std::string_view name{};
            boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto d) {
                if (d.value == value) {
                    name = enum_name<decltype(d)>;
                }
            });
            return name.empty() ? fail("is no enumerator") : write_text(name);
        }
        return false;
    }
    // Only the underscore behind a keyword goes; how enumerators are spelled is the message's own.
    template <class Descriptor>
    static constexpr std::string_view enum_name = member_name<Descriptor, naming::as_written>::bare;

    template <class T>
    bool write_map(const T& map) {
        char next = '{';
        for (const auto& [key, value] : map) {
            out_.push_back(next);
            next = ',';
            if (!write_text(key)) {
                return inside("(key)");
            }
            out_.push_back(':');
            if (!write(value)) {
                return inside(key);
            }
        }
        if (next == '{') {
            out_.push_back('{');
        }
        out_.push_back('}');
        return true;
    }

    template <class T>
    bool write_array(const T& array) {
        char next = '[';
        std::size_t index = 0;
        for (const auto& value : array) {
            out_.push_back(next);
            next = ',';
            // vector<bool> hands out proxies
            if (!write<std::ranges::range_value_t<const T>>(value)) {
                return inside(std::to_string(index));
            }
            ++index;
        }
        if (next == '[') {
            out_.push_back('[');
        }
        out_.push_back(']');
        return true;
    }

    template <class T, std::size_t... Is>
    bool write_tuple(const T& tuple, std::index_sequence<Is...>) {
        out_.push_back('[');
        const bool fine = (write_element<Is>(std::get<Is>(tuple)) && ...);
        if (fine) {
            out_.push_back(']');
        }
        return fine;
    }
    template <std::size_t Index, class T>
    bool write_element(const T& value) {
        if constexpr (Index != 0) {
            out_.push_back(',');
        }
        return write(value) || inside(std::to_string(Index));
    }

    template <class T>
    bool write_struct(const T& value) {
        bool first = true;
        bool fine = true;
        out_.push_back('{');
        boost::mp11::mp_for_each<members_of<T>>([&](auto d) {
            if (!fine) {
                return;
            }
            using name = member_name<decltype(d), How>;
            const auto& member = value.*d.pointer;
            if constexpr (Empty == optionals::omitted && is_optional<std::decay_t<decltype(member)>>) {
                if (!member) {
                    return;
                }
            }
            out_.append(first ? name::without_comma : name::with_comma);
            first = false;
            fine = write(member) || inside(name::bare);
        });
        if (fine) {
            out_.push_back('}');
        }
        return fine;
    }

    buffer& out_;
    std::string pointer_{};
    std::string reason_{};
};

}  // namespace stentor::inline v0::detail
