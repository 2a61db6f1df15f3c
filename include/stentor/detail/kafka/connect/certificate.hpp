#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

// What was last found wrong with the certificate of each broker, until its failure is told. Of two brokers each has its own.
class certificate_notes {
public:
    // "ssl://host:port/…: Certificate (…) verification callback failed: …"
    void found(std::string_view words) {
        const std::string_view broker = broker_in(words);
        std::erase_if(notes_, [&](const std::string& other) { return broker_in(other) == broker; });
        if (notes_.size() == most) {
            notes_.erase(notes_.begin());
        }
        notes_.emplace_back(words);
    }
    // Of the broker that these words are of; empty when there is none.
    [[nodiscard]] std::string take(std::string_view words) {
        const std::string_view broker = broker_in(words);
        const auto at = std::find_if(notes_.begin(), notes_.end(), [&](const std::string& n) { return broker_in(n) == broker; });
        if (at == notes_.end()) {
            return {};
        }
        std::string note = std::move(*at);
        notes_.erase(at);
        return note;
    }

private:
    static constexpr std::size_t most = 64;

    [[nodiscard]] static std::string_view broker_in(std::string_view words) noexcept { return words.substr(0, words.find(": ")); }

    std::vector<std::string> notes_;
};

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
