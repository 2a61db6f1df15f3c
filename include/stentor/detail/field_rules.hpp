#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <stentor/detail/url.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

// The few rules that ready-made formats check before anything is sent. A broken rule is told by the field's JSON pointer and the
// rule alone: the value may be personal data, so it is never part of the text.

namespace stentor::inline v0::detail {

[[nodiscard]] inline fault broken_rule(std::string_view field, std::string_view rule) {
    fault f;
    f.code = errc::invalid_message;
    f.cause.reserve(field.size() + 2 + rule.size());
    f.cause.append(field).append(": ").append(rule);
    return f;
}

[[nodiscard]] inline fault check_not_empty(std::string_view field, std::string_view value) {
    if (value.empty()) {
        return broken_rule(field, "must not be empty");
    }
    return std::all_of(value.begin(), value.end(), is_blank) ? broken_rule(field, "must not be blank") : fault{};
}

// Only what no mail system accepts is refused: the address itself is the mail system's business. A quoted space is legal in RFC
// 5321 and met nowhere; what is met is text around an address, which would be sent to nobody.
[[nodiscard]] inline fault check_email(std::string_view field, std::string_view value) {
    const std::size_t at = value.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == value.size()) {
        return broken_rule(field, "must be an e-mail address, with text on both sides of an @");
    }
    if (std::any_of(value.begin(), value.end(), is_blank)) {
        return broken_rule(field, "must be an e-mail address, without spaces or control characters");
    }
    return {};
}

[[nodiscard]] inline fault check_url(std::string_view field, std::string_view value) {
    return is_url(value) ? fault{} : broken_rule(field, "must be a URL with scheme and host, as in https://example.com/");
}

}  // namespace stentor::inline v0::detail
