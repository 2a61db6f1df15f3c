#pragma once

#include <cstddef>
#include <utility>

#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// The owner of one object on the heap: std::unique_ptr with less of it. g++ 12 spends 10 ms on each type that it is used with,
// which came to a tenth of a second of every user's compile time.
template <class T>
class box {
public:
    constexpr box() noexcept = default;
    constexpr box(std::nullptr_t) noexcept {}
    explicit constexpr box(T* owned) noexcept : owned_(owned) {}
    constexpr box(box&& other) noexcept : owned_(std::exchange(other.owned_, nullptr)) {}
    constexpr box& operator=(box&& other) noexcept {
        reset(std::exchange(other.owned_, nullptr));
        return *this;
    }
    box(const box&) = delete;
    box& operator=(const box&) = delete;
    constexpr ~box() { delete owned_; }

    [[nodiscard]] constexpr T* get() const noexcept { return owned_; }
    [[nodiscard]] constexpr T& operator*() const noexcept { return *owned_; }
    [[nodiscard]] constexpr T* operator->() const noexcept { return owned_; }
    [[nodiscard]] friend constexpr bool operator==(const box& b, std::nullptr_t) noexcept { return b.owned_ == nullptr; }

    constexpr void reset(T* owned = nullptr) noexcept { delete std::exchange(owned_, owned); }

private:
    T* owned_ = nullptr;
};

// The same of an array.
template <class T>
class box<T[]> {
public:
    constexpr box() noexcept = default;
    explicit constexpr box(T* owned) noexcept : owned_(owned) {}
    constexpr box(box&& other) noexcept : owned_(std::exchange(other.owned_, nullptr)) {}
    constexpr box& operator=(box&& other) noexcept {
        delete[] std::exchange(owned_, std::exchange(other.owned_, nullptr));
        return *this;
    }
    box(const box&) = delete;
    box& operator=(const box&) = delete;
    constexpr ~box() { delete[] owned_; }

    [[nodiscard]] constexpr T* get() const noexcept { return owned_; }
    [[nodiscard]] constexpr T& operator[](std::size_t i) const noexcept { return owned_[i]; }
    [[nodiscard]] friend constexpr bool operator==(const box& b, std::nullptr_t) noexcept { return b.owned_ == nullptr; }

private:
    T* owned_ = nullptr;
};

}  // namespace stentor::inline v0::detail
