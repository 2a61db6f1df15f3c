#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string_view>

#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// What goes on the wire, and where it landed.

namespace stentor::inline v0 {

/// One header of a record. Names may repeat, values are bytes. Views: whoever makes one owns the bytes.
struct header {
    std::string_view name{};   ///< not unique
    std::string_view value{};  ///< bytes; may be empty or null
    /// Both views point at static storage (string literals): they are never copied, and a recycled header list skips them.
    bool fixed = false;
};

/// A view of some headers, made from a braced list, an array or a pair of pointers. Owns nothing: a braced list lives until the
/// end of the full expression, so pass it directly in the call.
class header_view {
public:
    constexpr header_view() noexcept = default;
    /// `count` headers from `first` on.
    constexpr header_view(const header* first, std::size_t count) noexcept : first_(first), count_(count) {}
    /// `p.publish(m, {.headers = {{"name", "value"}}})`: the list must outlive the view.
    // Assigned in the body on purpose: a member initialiser trips -Winit-list-lifetime although the list outlives the call.
    constexpr header_view(std::initializer_list<header> list) noexcept {
        first_ = list.begin();
        count_ = list.size();
    }
    /// Of an array of `header`, which must outlive the view.
    template <std::size_t Size>
    constexpr header_view(const header (&array)[Size]) noexcept : first_(array), count_(Size) {}
    /// Of any contiguous range of `header`, which must outlive the view.
    template <class Range>
        requires requires(const Range& r) {
            { r.data() } -> std::convertible_to<const header*>;
            { r.size() } -> std::convertible_to<std::size_t>;
        }
    constexpr header_view(const Range& range) noexcept : first_(range.data()), count_(range.size()) {}

    /// As of any contiguous range. An index is not checked.
    /// @{
    [[nodiscard]] constexpr const header* begin() const noexcept { return first_; }
    [[nodiscard]] constexpr const header* end() const noexcept { return first_ + count_; }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] constexpr const header& operator[](std::size_t i) const noexcept { return first_[i]; }
    /// @}

    /// The value of the first header of that name, or a null view.
    [[nodiscard]] constexpr std::string_view find(std::string_view name) const noexcept {
        for (const header& h : *this) {
            if (h.name == name) {
                return h.value;
            }
        }
        return {};
    }

private:
    const header* first_ = nullptr;
    std::size_t count_ = 0;
};

/// What goes on the wire. All views; they live for the one `submit` they are passed to.
/// A null key or value (`data() == nullptr`) is not an empty one: a null value is a tombstone, a null key has no lane.
struct record {
    std::string_view topic{};     ///< interned by the publisher: `topic.data()` identifies it for the life of the process
    std::string_view key{};       ///< null: no key
    std::string_view value{};     ///< null: a tombstone
    header_view headers{};        ///< in the order in which they are sent
    timestamp time{};             ///< never the epoch when the publisher submits it
    std::int32_t partition = -1;  ///< -1: by the key's hash
};

/// Where a persisted record landed.
struct receipt {
    std::string_view topic{};     ///< an interned name: valid as long as the process
    std::int32_t partition = -1;  ///< -1: not told
    std::int64_t offset = -1;     ///< -1: the broker did not say
    timestamp time{};             ///< as it is in the log
    std::uint32_t attempts = 1;   ///< tries, the first one included
};

/// Writes "topic[partition]@offset": for test frameworks and logs that print a `result<receipt>`. Needs `<ostream>` where it is
/// used.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const receipt& r) {
    return out << r.topic << '[' << r.partition << "]@" << r.offset;
}

}  // namespace stentor::inline v0
