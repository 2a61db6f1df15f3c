#pragma once

#include <cstddef>
#include <cstring>
#include <iosfwd>
#include <string>
#include <string_view>

#include <stentor/version.hpp>

/// @file
/// `secret`: a text that must not be seen.

namespace stentor::inline v0 {

/// A password, a private key or a token. It is made from text without ceremony and given back only by name (`reveal`), so that none
/// gets into a log by accident: a stream prints `***`. Its memory is wiped when it goes or changes.
class secret {
public:
    /// Empty: not given.
    secret() noexcept = default;
    /// Takes a copy; the caller's own text is the caller's to wipe.
    secret(std::string_view text) : text_(text) {}
    /// The same; null is empty.
    secret(const char* text) : text_(text != nullptr ? text : "") {}
    /// The same. Moving a string in would leave a copy behind where it is short.
    secret(const std::string& text) : text_(text) {}
    /// Another copy, wiped in its own time.
    secret(const secret&) = default;
    /// The source is wiped and empty.
    secret(secret&& other) noexcept {
        text_.swap(other.text_);
        other.wipe();
    }
    /// What was held before is wiped.
    secret& operator=(const secret& other) {
        if (this != &other) {
            std::string fresh(other.text_);
            wipe();
            text_.swap(fresh);
        }
        return *this;
    }
    /// What was held before is wiped, and the source with it.
    secret& operator=(secret&& other) noexcept {
        if (this != &other) {
            wipe();
            text_.swap(other.text_);
            other.wipe();
        }
        return *this;
    }
    ~secret() { wipe(); }

    /// The text itself, for whoever must send it; until this is changed or gone.
    [[nodiscard]] const std::string& reveal() const noexcept { return text_; }
    /// Nothing was given.
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    /// Takes as long for any two texts of the same length.
    [[nodiscard]] friend bool operator==(const secret& a, const secret& b) noexcept {
        if (a.text_.size() != b.text_.size()) {
            return false;
        }
        unsigned char different = 0;
        for (std::size_t i = 0; i < a.text_.size(); ++i) {
            different = static_cast<unsigned char>(different | (a.text_[i] ^ b.text_[i]));
        }
        return different == 0;
    }

private:
    void wipe() noexcept {
        // Not a plain memset: what nobody reads afterwards, a compiler leaves out. The capacity and not the size, because a string
        // that got shorter still has its tail.
        text_.resize(text_.capacity());
        ::explicit_bzero(text_.data(), text_.size());
        text_.clear();
    }

    std::string text_{};
};

/// Writes `***`, or nothing for an empty one. Needs `<ostream>` where it is used.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const secret& s) {
    return out << (s.empty() ? "" : "***");
}

}  // namespace stentor::inline v0
