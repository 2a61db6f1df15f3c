#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <stentor/context.hpp>
#include <stentor/detail/box.hpp>
#include <stentor/detail/copy.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

/// @file
/// How a C++ type says which topic, key, type and headers it has: `message_traits<T>`, and `header_sink`, which collects headers.

namespace stentor::inline v0 {

/// How member names become names on the wire. A trailing underscore is always dropped (`new_` is "new").
enum class naming : std::uint8_t {
    as_written,  ///< task_id -> "task_id"
    camel_case,  ///< task_id -> "taskId"
};

/// What becomes of an empty `std::optional` member.
enum class optionals : std::uint8_t {
    omitted,  ///< the member is left out
    as_null,  ///< the member is there, as null
};

namespace detail {
template <class>
inline constexpr bool always_false = false;
}  // namespace detail

/// Describes a message type to the library. Specialise it in namespace `stentor`:
/// ```cpp
/// template <>
/// struct stentor::message_traits<app::new_task> {
///     static constexpr std::string_view topic = "task-status";        // or a function: topic(const T&)
///     static constexpr std::string_view type = "web-crawl";           // optional: sent as a header
///     static constexpr std::string_view type_header = "task-type";    // optional: its name; "type" by default, empty: not sent
///     static constexpr auto naming = stentor::naming::camel_case;     // optional: as_written by default
///     static constexpr auto optionals = stentor::optionals::as_null;  // optional: omitted by default
///     // optional: no key by default
///     static std::string_view key(const app::new_task& m) { return m.task_id; }
///     // optional; or headers(m, add, const stentor::publish_context&)
///     static void headers(const app::new_task&, auto&& add) { add("source-service", "gateway"); }
///     // optional: asked before anything else happens
///     static stentor::fault validate(const app::new_task&);
/// };
/// ```
/// Every member may throw; what it throws is `errc::serialization`, before anything was sent. Views need to live until the call
/// returns.
template <class T>
struct message_traits {
    using not_specialised = T;  ///< only the primary template has it
};

/// T has a `message_traits` of its own.
template <class T>
concept message = !requires { typename message_traits<T>::not_specialised; };

/// A string literal, or another constant array of characters with static storage: its bytes are never copied. It can be made at
/// compile time only, so that an array member of a message is not taken for one: pass that as `std::string_view(m.code)`.
class literal {
public:
    /// From a literal, without the NUL at its end.
    template <std::size_t N>
    consteval literal(const char (&text)[N]) noexcept : text_(text, N - 1) {}
    /// The bytes; valid for ever.
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

namespace detail {

// What a header's name or value can be, and is copied. Constant arrays are literals, or an error.
template <class T>
concept header_bytes =
    std::is_convertible_v<const std::remove_reference_t<T>&, std::string_view> &&
    !(std::is_array_v<std::remove_reference_t<T>> && std::is_const_v<std::remove_extent_t<std::remove_reference_t<T>>>);

template <class T>
inline constexpr bool may_be_text =
    std::is_convertible_v<const std::remove_reference_t<T>&, std::string_view> || std::is_convertible_v<T, literal>;

}  // namespace detail

/// Collects the headers of one record. Names and values are copied, but for literals. Valid for the call that it is passed to; one
/// thread.
class header_sink {
public:
    header_sink() noexcept = default;
    ~header_sink() { clear(); }
    header_sink(const header_sink&) = delete;
    header_sink& operator=(const header_sink&) = delete;

    /// Both literals: nothing is copied.
    void operator()(literal name, literal value) { push(name.text(), value.text(), true); }
    /// The value is copied.
    template <detail::header_bytes Value>
    void operator()(literal name, Value&& value) {
        push(name.text(), keep(value), false);
    }
    /// The name is copied.
    template <detail::header_bytes Name>
    void operator()(Name&& name, literal value) {
        push(keep(name), value.text(), false);
    }
    /// Both are copied.
    template <detail::header_bytes Name, detail::header_bytes Value>
    void operator()(Name&& name, Value&& value) {
        push(keep(name), keep(value), false);
    }
    /// What is no text is an error that says so.
    template <class Name, class Value>
        requires(!detail::may_be_text<Name> || !detail::may_be_text<Value>)
    void operator()(Name&& /*name*/, Value&& /*value*/) {
        static_assert(detail::may_be_text<Name> && detail::may_be_text<Value>,
                      "stentor: a header's name and value are text. Write a number as one: add(\"count\", std::to_string(n))");
    }
    /// Takes a header as it is; the caller vouches that its bytes outlive the publish call.
    void view(const header& h) { push(h.name, h.value, h.fixed); }

    /// What was added so far, in order; valid until the next one is added.
    [[nodiscard]] header_view headers() const noexcept { return {list_, count_}; }
    /// Forgets everything and keeps the memory.
    void clear() noexcept {
        count_ = 0;
        used_ = 0;
        while (extra_ != nullptr) {
            extra_ = std::move(extra_->next);
        }
    }

private:
    static constexpr std::size_t block_size = 2048;
    static constexpr std::size_t usual = 16;

    struct extra_block {
        detail::box<char[]> bytes;
        detail::box<extra_block> next;
    };

    // Member by member and inline: a header made on the stack and then copied in wider pieces waits for its own stores, 6 ns each.
    [[gnu::always_inline]] void push(std::string_view name, std::string_view value, bool fixed) {
        if (count_ == capacity_) {
            grow();
        }
        header& to = list_[count_++];
        to.name = name;
        to.value = value;
        to.fixed = fixed;
    }
    [[gnu::noinline, gnu::cold]] void grow() {
        auto larger = detail::box<header[]>(new header[capacity_ * 2]{});
        for (std::size_t i = 0; i < count_; ++i) {
            larger[i] = list_[i];
        }
        many_ = std::move(larger);
        list_ = many_.get();
        capacity_ *= 2;
    }

    // One block serves nearly every message; what does not fit gets a block of its own, so that earlier views stay valid.
    std::string_view keep(std::string_view bytes) {
        if (bytes.empty()) {
            return {"", 0};
        }
        char* to = nullptr;
        if (bytes.size() <= block_size - used_) {
            if (block_ == nullptr) {
                block_ = detail::box<char[]>(new char[block_size]);
            }
            to = block_.get() + used_;
            used_ += bytes.size();
        } else {
            auto extra = detail::box<extra_block>(new extra_block());
            extra->bytes = detail::box<char[]>(new char[bytes.size()]);
            to = extra->bytes.get();
            extra->next = std::move(extra_);
            extra_ = std::move(extra);
        }
        detail::copy_short(to, bytes.data(), bytes.size());
        return {to, bytes.size()};
    }

    // Hardly a record has more headers than fit in place: no check of a vector's three pointers, no first allocation.
    header few_[usual]{};
    detail::box<header[]> many_;
    header* list_ = few_;
    std::size_t count_ = 0;
    std::size_t capacity_ = usual;
    detail::box<char[]> block_;
    std::size_t used_ = 0;
    detail::box<extra_block> extra_;
};

}  // namespace stentor::inline v0
