#pragma once

#include <string>
#include <string_view>

#include <stentor/version.hpp>

// What is wrong with a broker's certificate: librdkafka itself says no more than that it is not right.

namespace stentor::inline v0::detail::kafka {

// With what was found wrong with the broker's certificate, "…: Certificate (subject=…, issuer=…) verification callback failed: …",
// instead of librdkafka's guess.
[[nodiscard]] inline std::string with_certificate(std::string_view words, std::string_view certificate) {
    std::string text(words);
    constexpr std::string_view mark = "certificate verify failed";
    const auto at = text.find(mark);
    constexpr std::string_view found = " verification callback failed: ";
    const auto why = certificate.find(found);
    if (at == std::string::npos || why == std::string_view::npos) {
        return text;
    }
    const auto after = text.rfind(" (after ");
    const std::string tail = after != std::string::npos && after > at ? text.substr(after) : std::string{};
    const auto subject = certificate.find("(subject=");
    text.resize(at + mark.size());
    if (subject != std::string_view::npos && subject < why) {
        text.append(" ").append(certificate.substr(subject, why - subject));
    }
    text.append(": ").append(certificate.substr(why + found.size())).append(tail);
    return text;
}

// X509_V_ERR_… of OpenSSL, which this library is not linked with.
[[nodiscard]] inline std::string_view certificate_words(int error) noexcept {
    switch (error) {
        case 9: return "it is not valid yet";
        case 10: return "it has expired";
        case 18:
        case 19: return "it is self-signed, or by a CA that is not trusted";
        case 2:
        case 20:
        case 21: return "its CA is not trusted";
        case 23: return "it has been revoked";
        case 62: return "it is for another host name";
        case 64: return "it is for another host name, and not for this address";
        default: return "it is not valid";
    }
}

}  // namespace stentor::inline v0::detail::kafka
