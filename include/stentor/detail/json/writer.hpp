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
#include <stentor/detail/json/output.hpp>
#include <stentor/detail/json/text.hpp>
#include <stentor/detail/names.hpp>
#include <stentor/detail/rfc3339.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// Writes one value straight from its members.
template <naming How, optionals Empty>
class json_writer : public json_output {
public:
    using json_output::json_output;

    template <class T>
    [[nodiscard]] bool write(const T& value) {
        constexpr json_kind kind = json_kind_of<T>();
        if constexpr (kind == json_kind::adapted) {
            return json_adapter<T>::write(value, out_) || fail("its json_adapter could not write it");
        } else if constexpr (kind == json_kind::boolean) {
            out_.append(value ? std::string_view{"true"} : std::string_view{"false"});
            return true;
        } else if constexpr (kind == json_kind::integer) {
            write_integer(value, out_);
            return true;
        } else if constexpr (kind == json_kind::floating) {
            return write_float(value, out_) || fail("is not a finite number");
        } else if constexpr (kind == json_kind::null) {
            out_.append("null");
            return true;
        } else if constexpr (kind == json_kind::text) {
            return write_any_text(value);
        } else if constexpr (kind == json_kind::time) {
            return write_time(value);
        } else if constexpr (kind == json_kind::optional) {
            return value ? write(*value) : write(nullptr);
        } else if constexpr (kind == json_kind::variant) {
            return write_variant(value);
        } else if constexpr (kind == json_kind::enumerator) {
            return write_enum(value);
        } else if constexpr (kind == json_kind::map) {
            return write_map(value);
        } else if constexpr (kind == json_kind::array) {
            return write_array(value);
        } else if constexpr (kind == json_kind::tuple) {
            return write_tuple(value, std::make_index_sequence<std::tuple_size_v<T>>{});
        } else {
            return write_struct(value);  // what is none has been refused before, with all that is in it (wrong_content.hpp)
        }
    }

private:
    template <class T, class Descriptor>
    using member_of = std::remove_cvref_t<decltype(std::declval<const T&>().*Descriptor::pointer)>;
    // Written without asking for room: their size is known beforehand.
    template <class T>
    static constexpr bool placed =
        json_kind_of<T>() == json_kind::time || (json_kind_of<T>() == json_kind::text && standard_text<T>);

    template <class T>
    bool write_variant(const T& value) {
        return !value.valueless_by_exception() ? std::visit([this](const auto& held) { return this->write(held); }, value)
                                               : fail("is a variant without a value");
    }

    template <class T>
    bool write_enum(T value) {
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

    template <class T>
    bool write_map(const T& map) {
        char next = '{';
        for (const auto& [key, value] : map) {
            out_.push_back(next);
            next = ',';
            if (!write_any_text(key)) {
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

    // How much room a member takes whose size is known beforehand, the quotes included; 0: who knows.
    template <class T>
    [[nodiscard]] static constexpr std::size_t room_for(const T& member) noexcept {
        if constexpr (placed<T> && std::is_same_v<T, timestamp>) {
            return rfc3339::size + 2;
        } else if constexpr (placed<T>) {
            return std::string_view(member).size() + 18;  // the last piece of a string is copied as 16 bytes
        } else {
            return 0;
        }
    }

    template <class T>
    bool write_struct(const T& value) {
        // One look at the buffer's capacity for all of these, and then again only behind what is not one of them. Inlined, so that
        // none of what they share goes through memory.
        std::size_t room = 2;
        each_member(members_of<T>{}, [&](auto d) __attribute__((always_inline)) {
            room += member_name<decltype(d), How>::with_comma.size() + room_for<member_of<T, decltype(d)>>(value.*d.pointer);
        });
        char* from = out_.reserve(room);
        char* to = from;
        bool first = true;
        bool fine = true;
        each_member(members_of<T>{}, [&](auto d) __attribute__((always_inline)) {
            if (!fine) {
                return;
            }
            using name = member_name<decltype(d), How>;
            using member_type = member_of<T, decltype(d)>;
            constexpr std::size_t size = name::with_comma.size();
            const auto& member = value.*d.pointer;
            if constexpr (Empty == optionals::omitted && is_optional<member_type>) {
                if (!member) {
                    return;
                }
            }
            // With the quote behind it, which only strings use.
            std::memcpy(to, first ? name::with_brace.data() : name::with_comma.data(), size + 1);
            first = false;
            if constexpr (placed<member_type> && std::is_same_v<member_type, timestamp>) {
                if (is_writable(member)) {
                    rfc3339(member).copy_to(to + size + 1);
                    to += size + 1 + rfc3339::size;
                    *to++ = '"';
                    return;
                }
                fine = write(member) || inside(name::bare);
            } else if constexpr (placed<member_type>) {
                const std::string_view text = member;
                const std::size_t plain = copy_plain(text.data(), text.size(), to + size + 1);
                to += size + 1 + plain;
                if (plain == text.size()) [[likely]] {
                    *to++ = '"';
                    return;
                }
                out_.commit(static_cast<std::size_t>(to - from));
                const std::size_t bad = write_rest(text, plain, out_);
                fine = bad == std::string_view::npos || no_utf8(bad) || inside(name::bare);
            } else {
                out_.commit(static_cast<std::size_t>(to + size - from));
                fine = write(member) || inside(name::bare);
            }
            from = to = out_.reserve(room);
        });
        if (first) {
            *to++ = '{';
        }
        *to++ = '}';
        out_.commit(static_cast<std::size_t>(to - from));
        return fine;
    }
};

}  // namespace stentor::inline v0::detail
