#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <stentor/detail/simulation/model.hpp>
#include <stentor/options.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::simulation {

// The options of a call by which the broker knows its messages again: each has its number in a header. Several messages of one call
// have the same options, but each record is made of them in its turn: so the number is written anew for each.
class numbered_options {
public:
    explicit numbered_options(std::string_view filler) noexcept
        : headers_{{{number_header, {digits_.data(), digits_.size()}, false}, {"filler", filler, false}}} {
        options.headers = header_view(headers_.data(), filler.empty() ? 1 : 2);
    }
    numbered_options(const numbered_options&) = delete;
    numbered_options& operator=(const numbered_options&) = delete;

    // As long for each, so that they weigh the same.
    void next_is(std::uint32_t number) noexcept {
        for (std::size_t i = digits_.size(); i-- > 0; number /= 10) {
            digits_[i] = static_cast<char>('0' + number % 10);
        }
    }

    publish_options options{};

private:
    std::array<char, 10> digits_{};
    std::array<header, 2> headers_;
};

}  // namespace stentor::inline v0::detail::simulation
