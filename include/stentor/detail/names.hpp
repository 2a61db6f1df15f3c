#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <stentor/message.hpp>
#include <stentor/version.hpp>

// Member names as they are on the wire, worked out at compile time.

namespace stentor::inline v0::detail {

// The converted name; `to` must have room for `from.size()` characters. Answers how many it used.
[[nodiscard]] constexpr std::size_t convert_name(std::string_view from, naming how, char* to) noexcept {
    // new_ is written with an underscore only because `new` is a keyword.
    if (from.size() > 1 && from.back() == '_') {
        from.remove_suffix(1);
    }
    std::size_t n = 0;
    bool upper = false;
    for (const char c : from) {
        // A leading underscore separates nothing.
        if (how == naming::camel_case && c == '_' && n != 0) {
            upper = true;
            continue;
        }
        to[n++] = upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        upper = false;
    }
    return n;
}

// `,"taskId":"` for a descriptor of Boost.Describe, with a comma or an opening brace in front; who writes no string leaves the last
// quote out, and the bare name is inside.
template <class Descriptor, naming How>
class member_name {
    static constexpr std::string_view source = Descriptor::name;
    static constexpr std::size_t length = [] {
        std::array<char, source.size() + 1> name{};
        return convert_name(source, How, name.data());
    }();
    static constexpr auto made = [](char lead) {
        std::array<char, length + 5> text{};
        text[0] = lead;
        text[1] = '"';
        std::array<char, source.size() + 1> name{};
        (void)convert_name(source, How, name.data());
        for (std::size_t i = 0; i < length; ++i) {
            text[i + 2] = name[i];
        }
        text[length + 2] = '"';
        text[length + 3] = ':';
        text[length + 4] = '"';
        return text;
    };
    static constexpr auto following = made(',');
    static constexpr auto leading = made('{');

public:
    // The last quote is behind these views.
    static constexpr std::string_view with_comma{following.data(), length + 4};
    static constexpr std::string_view with_brace{leading.data(), length + 4};
    static constexpr std::string_view without_comma{following.data() + 1, length + 3};
    static constexpr std::string_view bare{following.data() + 2, length};
    static constexpr std::string_view quoted{following.data() + 1, length + 2};
};

}  // namespace stentor::inline v0::detail
