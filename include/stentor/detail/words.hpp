#pragma once

#include <new>
#include <string>
#include <string_view>

#include <stentor/version.hpp>

// The words of an error. Without memory there are none: an error that cannot be explained is better than one that cannot be told.

namespace stentor::inline v0::detail {

[[nodiscard]] inline std::string words(std::string_view text, std::string_view more = {}) noexcept {
    try {
        std::string all;
        all.reserve(text.size() + more.size());
        return all.append(text).append(more);
    } catch (const std::bad_alloc&) {
        return {};
    }
}

// What `compose()` puts together. It may ask a breaker of the user's, which may throw what it likes.
template <class Compose>
[[nodiscard]] std::string words_of(Compose&& compose) noexcept {
    try {
        return compose();
    } catch (...) {
        return {};
    }
}

inline void add_words(std::string& to, std::string_view more) noexcept {
    try {
        to.append(more);
    } catch (const std::bad_alloc&) {
        return;
    }
}

}  // namespace stentor::inline v0::detail
