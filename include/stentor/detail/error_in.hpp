#pragma once

#include <new>
#include <utility>

#include <stentor/error.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// The error of a result that is one: result::error() may answer a copy, and that takes memory.
template <class Result>
[[nodiscard]] error error_in(Result&& failed) noexcept {
    try {
        return std::forward<Result>(failed).error();
    } catch (const std::bad_alloc&) {
        return error(errc::out_of_memory);
    }
}

}  // namespace stentor::inline v0::detail
