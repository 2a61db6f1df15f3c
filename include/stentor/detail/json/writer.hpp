#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <iterator>
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
        if constexpr (adapted<T>) {
            return json_adapter<T>::write(value, out_) || fail("its json_adapter could not write it");
        } else if constexpr (std::is_same_v<T, bool>) {
            out_.append(value ? std::string_view{"true"} : std::string_view{"false"});
            return true;
        } else if constexpr (foreign_character<T>) {
            static_assert(!foreign_character<T>,
                          "stentor: JSON text is UTF-8 in char. Convert strings of char8_t, char16_t, char32_t or wchar_t to "
                          "std::string.");
            return false;
        } else if constexpr (std::is_integral_v<T>) {
            write_integer(value, out_);
            return true;
        } else if constexpr (std::is_floating_point_v<T>) {
            return write_float(value, out_) || fail("is not a finite number");
        } else if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::monostate>) {
            out_.append("null");
            return true;
        } else if constexpr (json_text<T>) {
            return write_any_text<1>(value, "\"");
        } else if constexpr (std::is_same_v<T, timestamp>) {
            return write_time<1>(value, "\"");
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
    template <class T>
    static constexpr bool adapted = requires(const T& value, buffer& out) {
        { json_adapter<T>::write(value, out) } -> std::same_as<bool>;
    };

    // Bytes whose number the compiler knows.
    template <std::size_t Size>
    void put(const char* bytes) {
        std::memcpy(out_.reserve(Size), bytes, Size);
        out_.commit(Size);
    }

    bool fail(std::string_view reason) {
        reason_ = reason;
        return false;
    }
    // Puts a level in front of the pointer, escaped as RFC 6901 says.
    bool inside(std::string_view name) {
        pointer_.insert(0, pointer_part(name));
        return false;
    }

    // `lead` ends with the opening quote.
    template <std::size_t Lead, class T>
    bool write_any_text(const T& text, const char* lead) {
        if constexpr (std::is_pointer_v<T>) {
            return text != nullptr ? write_text<Lead>(text, lead) : fail("is a null pointer");
        } else if constexpr (std::is_array_v<T>) {
            // Up to its NUL, if it has one.
            const void* const end = std::memchr(text, 0, sizeof text);
            return write_text<Lead>(
                {text, end != nullptr ? static_cast<std::size_t>(static_cast<const char*>(end) - text) : sizeof text}, lead);
        } else {
            return write_text<Lead>(text, lead);
        }
    }
    template <std::size_t Lead>
    bool write_text(std::string_view text, const char* lead) {
        const std::size_t bad = write_string<Lead>(text, out_, lead);
        return bad == std::string_view::npos || no_utf8(bad);
    }
    [[gnu::noinline, gnu::cold]] bool no_utf8(std::size_t at) { return fail("invalid UTF-8 at byte " + std::to_string(at)); }

    template <std::size_t Lead>
    bool write_time(timestamp t, const char* lead) {
        constexpr timestamp first = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
        constexpr timestamp end = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};
        if (t < first || t >= end) {
            return fail("is no time of the years 0 to 9999");
        }
        char* const to = out_.reserve(Lead + rfc3339::size + 1);
        std::memcpy(to, lead, Lead);
        rfc3339(t).copy_to(to + Lead);
        to[Lead + rfc3339::size] = '"';
        out_.commit(Lead + rfc3339::size + 1);
        return true;
    }

    template <class T>
    bool write_variant(const T& value) {
        return !value.valueless_by_exception() ? std::visit([this](const auto& held) { return this->write(held); }, value)
                                               : fail("is a variant without a value");
    }

    template <class T>
    bool write_enum(T value) {
        static_assert(described_enum<T>, "stentor: JSON writes enums by name. Describe it: BOOST_DESCRIBE_ENUM(T, enumerators…).");
        if constexpr (described_enum<T>) {
            bool found = false;
            boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto d) {
                // A C++ name has nothing to escape. Only the underscore behind a keyword goes; how enumerators are spelled is the
                // message's own.
                using name = member_name<decltype(d), naming::as_written>;
                if (!found && d.value == value) {
                    put<name::quoted.size()>(name::quoted.data());
                    found = true;
                }
            });
            return found || fail("is no enumerator");
        }
        return false;
    }

    template <class T>
    bool write_map(const T& map) {
        char next = '{';
        for (const auto& [key, value] : map) {
            out_.push_back(next);
            next = ',';
            if (!write_any_text<1>(key, "\"")) {
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
            if (!write<typename std::iterator_traits<std::decay_t<decltype(std::begin(array))>>::value_type>(value)) {
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
            fine = write_member<name::with_comma.size()>(member, first ? name::with_brace.data() : name::with_comma.data()) ||
                   inside(name::bare);
            first = false;
        });
        if (fine) {
            out_.append(first ? std::string_view{"{}"} : std::string_view{"}"});
        }
        return fine;
    }
    // `name` is `,"taskId":"`, `Size` its length without the last quote, which only strings use.
    template <std::size_t Size, class T>
    bool write_member(const T& value, const char* name) {
        if constexpr (!adapted<T> && json_text<T>) {
            return write_any_text<Size + 1>(value, name);
        } else if constexpr (!adapted<T> && std::is_same_v<T, timestamp>) {
            return write_time<Size + 1>(value, name);
        } else {
            put<Size>(name);
            return write(value);
        }
    }

    buffer& out_;
    std::string pointer_{};
    std::string reason_{};
};

}  // namespace stentor::inline v0::detail
