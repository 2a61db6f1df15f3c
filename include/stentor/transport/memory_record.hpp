#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include <stentor/record.hpp>
#include <stentor/version.hpp>

/// @file
/// What a `memory_broker` has in its log.

namespace stentor::inline v0 {

/// One record as it lies in the log. The broker owns all bytes: they live until `memory_broker::clear`, or as long as the broker.
struct memory_record {
    std::string_view topic{};      ///< an interned name: valid as long as the process
    std::string_view key{};        ///< null (`data() == nullptr`) when the record had no key
    std::string_view value{};      ///< null when it is a tombstone
    header_view headers{};         ///< in the order in which they were sent
    timestamp time{};              ///< as it was sent, or when the broker wrote it
    std::int32_t partition = -1;   ///< counts from 0
    std::int64_t offset = -1;      ///< counts from 0 in each partition
    std::uint32_t publisher = 0;   ///< which transport sent it: 1, 2, … in the order of their `attach`
    std::uint64_t submission = 0;  ///< which `submit` of the broker it was: 1, 2, …

    /// False for a null key; true for an empty one.
    [[nodiscard]] bool has_key() const noexcept { return key.data() != nullptr; }
    /// The value is null.
    [[nodiscard]] bool is_tombstone() const noexcept { return value.data() == nullptr; }
};

/// The records of one topic in the order in which the broker wrote them, all partitions together. References to its elements stay
/// valid until `memory_broker::clear`.
class memory_log {
public:
    /// Goes through the records in order, at random.
    class const_iterator {
    public:
        /// What the standard library asks of a random access iterator.
        /// @{
        using iterator_category = std::random_access_iterator_tag;
        using value_type = memory_record;
        using difference_type = std::ptrdiff_t;
        using pointer = const memory_record*;
        using reference = const memory_record&;

        const_iterator() noexcept = default;
        explicit const_iterator(const memory_record* const* at) noexcept : at_(at) {}
        reference operator*() const noexcept { return **at_; }
        pointer operator->() const noexcept { return *at_; }
        reference operator[](difference_type n) const noexcept { return *at_[n]; }
        const_iterator& operator++() noexcept { return *this += 1; }
        const_iterator& operator--() noexcept { return *this += -1; }
        const_iterator operator++(int) noexcept { return const_iterator(at_++); }
        const_iterator operator--(int) noexcept { return const_iterator(at_--); }
        const_iterator& operator+=(difference_type n) noexcept {
            at_ += n;
            return *this;
        }
        const_iterator& operator-=(difference_type n) noexcept { return *this += -n; }
        friend const_iterator operator+(const_iterator i, difference_type n) noexcept { return i += n; }
        friend const_iterator operator+(difference_type n, const_iterator i) noexcept { return i += n; }
        friend const_iterator operator-(const_iterator i, difference_type n) noexcept { return i -= n; }
        friend difference_type operator-(const_iterator a, const_iterator b) noexcept { return a.at_ - b.at_; }
        friend auto operator<=>(const const_iterator&, const const_iterator&) noexcept = default;
        /// @}

    private:
        const memory_record* const* at_ = nullptr;
    };
    using iterator = const_iterator;   ///< as containers have it
    using value_type = memory_record;  ///< as containers have it

    /// As of a container. `operator[]`, `front` and `back` check nothing.
    /// @{
    [[nodiscard]] std::size_t size() const noexcept { return list_.size(); }
    [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
    [[nodiscard]] const memory_record& operator[](std::size_t i) const noexcept { return *list_[i]; }
    /// @}
    /// Throws `std::out_of_range`.
    [[nodiscard]] const memory_record& at(std::size_t i) const { return *list_.at(i); }
    /// As of a container.
    /// @{
    [[nodiscard]] const memory_record& front() const noexcept { return *list_.front(); }
    [[nodiscard]] const memory_record& back() const noexcept { return *list_.back(); }
    [[nodiscard]] const_iterator begin() const noexcept { return const_iterator(list_.data()); }
    [[nodiscard]] const_iterator end() const noexcept { return const_iterator(list_.data() + list_.size()); }
    /// @}

    /// For the broker: takes one more; `r` must stay where it is.
    void add(const memory_record& r) { list_.push_back(&r); }
    /// For the broker: forgets all.
    void clear() noexcept { list_.clear(); }

private:
    std::vector<const memory_record*> list_;
};

}  // namespace stentor::inline v0
