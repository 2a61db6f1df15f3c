#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include <stentor/detail/box.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

/// @file
/// The serializer concept, its buffer, and `raw_serializer`. The default, `json_serializer`, is in serializer/json.hpp.

namespace stentor::inline v0 {

/// Where a serializer writes the value of a record. It grows as needed and is reused from message to message, so a warm one never
/// allocates. One thread at a time. Throws `std::bad_alloc` when it cannot grow.
class buffer {
public:
    /// Room for `n` more bytes at the returned pointer; nothing is written until `commit`. Valid until the next call.
    [[nodiscard]] char* reserve(std::size_t n) {
        if (capacity_ - size_ < n) {
            grow(n);
        }
        return data_.get() + size_;
    }
    /// Declares `n` bytes behind `reserve` as written; `n` is at most what was reserved.
    void commit(std::size_t n) noexcept { size_ += n; }
    /// Appends these bytes.
    void append(std::string_view bytes) {
        if (!bytes.empty()) {
            std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
            commit(bytes.size());
        }
    }
    /// Appends one byte.
    void push_back(char c) {
        *reserve(1) = c;
        commit(1);
    }
    /// Forgets the content and keeps the memory.
    void clear() noexcept { size_ = 0; }
    /// Drops what was written after the first `n` bytes.
    void truncate(std::size_t n) noexcept { size_ = n < size_ ? n : size_; }
    /// What was written; valid until more is.
    [[nodiscard]] std::string_view view() const noexcept { return {data_.get(), size_}; }
    /// Bytes written.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Bytes there is room for without allocating.
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

private:
    [[gnu::noinline, gnu::cold]] void grow(std::size_t n) {
        std::size_t wanted = capacity_ < 512 ? 1024 : capacity_ * 2;
        while (wanted - size_ < n) {
            wanted *= 2;
        }
        auto bigger = detail::box<char[]>(new char[wanted]);
        if (size_ != 0) {
            std::memcpy(bigger.get(), data_.get(), size_);
        }
        data_ = std::move(bigger);
        capacity_ = wanted;
    }

    detail::box<char[]> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

/// **serializer**: turns a message into the bytes of a record's value.
/// 1. Decides: the bytes, and their content type.
/// 2. Called: once a publish, before anything is sent; never again for a retry.
/// 3. On: the thread that calls `publish`, several at once: it must be callable concurrently.
/// 4. Fails by: a `fault` with `errc::serialization` or `errc::invalid_message` and a cause that names the member. It may throw:
///    that becomes `errc::serialization` with what the exception said.
/// 5. Bytes: appended to the buffer, which the publisher owns.
/// 6. Minimal:
/// ```cpp
/// struct shout {
///     static constexpr std::string_view content_type = "text/plain";
///     stentor::fault serialize(const std::string& message, stentor::buffer& out) const {
///         out.append(message);
///         out.push_back('!');
///         return {};
///     }
/// };
/// ```
/// Optional: `void headers(const T&, header_sink& add)` adds headers of its own (a schema id, say).
template <class S, class T>
concept serializer_for = requires(const S& s, const T& message, buffer& out) {
    { s.serialize(message, out) } -> std::same_as<fault>;
};

/// What can be said of a serializer without a message type: it has a `content_type`. `serializer_for<S, T>` is checked in
/// `publish<T>`.
template <class S>
concept serializer = requires {
    { S::content_type } -> std::convertible_to<std::string_view>;
};

/// Sends bytes as they are: for `std::string`, `std::string_view`, `std::vector<std::byte>` and whatever else is contiguous bytes.
/// Never fails.
struct raw_serializer {
    static constexpr std::string_view content_type = "application/octet-stream";  ///< bytes, and nothing is said about them

    /// Appends the bytes of the message.
    template <class T>
        requires std::convertible_to<const T&, std::string_view> || std::convertible_to<const T&, std::span<const std::byte>> ||
                 std::convertible_to<const T&, std::span<const unsigned char>>
    fault serialize(const T& message, buffer& out) const {
        if constexpr (std::convertible_to<const T&, std::string_view>) {
            out.append(message);
        } else if constexpr (std::convertible_to<const T&, std::span<const std::byte>>) {
            const std::span<const std::byte> bytes = message;
            out.append({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        } else {
            const std::span<const unsigned char> bytes = message;
            out.append({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        }
        return {};
    }
};

}  // namespace stentor::inline v0
