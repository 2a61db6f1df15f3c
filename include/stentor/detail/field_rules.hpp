#pragma once

#include <cstddef>
#include <string>
#include <string_view>

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
    return value.empty() ? broken_rule(field, "must not be empty") : fault{};
}

// Only what no mail system accepts is refused: the address itself is the mail system's business.
[[nodiscard]] inline fault check_email(std::string_view field, std::string_view value) {
    const std::size_t at = value.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == value.size()) {
        return broken_rule(field, "must be an e-mail address, with text on both sides of an @");
    }
    return {};
}

[[nodiscard]] constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
[[nodiscard]] constexpr bool is_scheme_tail(char c) noexcept {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

// scheme "://" [user "@"] host [":" port] …, RFC 3986. Bytes over 0x7F pass: browsers hand over addresses with them.
[[nodiscard]] constexpr bool is_url(std::string_view url) noexcept {
    const std::size_t colon = url.find("://");
    if (colon == std::string_view::npos || colon == 0 || !is_letter(url[0])) {
        return false;
    }
    for (std::size_t i = 1; i < colon; ++i) {
        if (!is_scheme_tail(url[i])) {
            return false;
        }
    }
    for (const char c : url) {
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) {
            return false;
        }
    }
    std::string_view host = url.substr(colon + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    if (const std::size_t user = host.rfind('@'); user != std::string_view::npos) {
        host.remove_prefix(user + 1);
    }
    if (!host.empty() && host.front() == '[') {
        return host.find(']') > 1 && host.find(']') != std::string_view::npos;
    }
    return !host.substr(0, host.find(':')).empty();
}

[[nodiscard]] inline fault check_url(std::string_view field, std::string_view value) {
    return is_url(value) ? fault{} : broken_rule(field, "must be a URL with scheme and host, as in https://example.com/");
}

}  // namespace stentor::inline v0::detail
