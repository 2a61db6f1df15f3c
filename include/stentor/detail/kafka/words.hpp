#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <stentor/version.hpp>

// librdkafka's words about a connection, for people who read them at night: without what changes each time and names no cause, and
// with what its guesses leave out.

namespace stentor::inline v0::detail::kafka {

// What a stranger's first four bytes say of it, when they are read as the size of a Kafka response; empty when they say nothing.
[[nodiscard]] inline std::string stranger(std::uint32_t size) {
    const char bytes[] = {static_cast<char>(size >> 24U), static_cast<char>(size >> 16U), static_cast<char>(size >> 8U),
                          static_cast<char>(size)};
    if (size >> 16U == 0x1503) {
        return "a TLS alert came back: this port expects TLS, set security_protocol to ssl or sasl_ssl";
    }
    for (const char c : bytes) {
        if (c < ' ' || c > '~') {
            return {};
        }
    }
    return "no Kafka broker listens there, its answer begins with \"" + std::string(bytes, sizeof bytes) + "\"";
}

// "../ssl/record/rec_layer_s3.c:318:ssl3_read_n error:0A000126:SSL routines::unexpected eof": the last of it is OpenSSL's text.
inline void leave_out_openssl_places(std::string& text) {
    constexpr std::string_view mark = ":SSL routines:";
    const auto at = text.find(mark);
    if (at == std::string::npos) {
        return;
    }
    const auto end = text.find(':', at + mark.size());  // after the function's name, which is empty in newer versions
    const auto begin = text.rfind(": ", at);
    if (end != std::string::npos && begin != std::string::npos) {
        text.erase(begin + 2, end + 1 - begin - 2);
    }
}

// "127.0.0.1:9092/2: …": "127.0.0.1:9092: …". A broker has its number only once librdkafka has met it, and is the same one before.
[[nodiscard]] inline std::string without_number(std::string_view words) {
    std::string text(words);
    const auto end = words.find(": ");
    const auto slash = words.substr(0, end).rfind('/');
    if (end != std::string_view::npos && slash != std::string_view::npos && slash + 1 < end &&
        words.substr(slash + 1, end - slash - 1).find_first_not_of("0123456789") == std::string_view::npos) {
        text.erase(slash, end - slash);
    }
    return text;
}

// "127.0.0.1:9092/bootstrap: Connect to … failed: … (after 0ms in state CONNECT)": what there is of it that matters.
[[nodiscard]] inline std::string plain_words(std::string_view words) {
    if (const auto after = words.rfind(" (after "); after != std::string_view::npos && words.ends_with(')')) {
        words = words.substr(0, after);
    }
    std::string text(words);
    constexpr std::string_view bootstrap = "/bootstrap: ";
    if (const auto at = text.find(bootstrap); at != std::string::npos) {
        text.replace(at, bootstrap.size(), ": ");
    }
    if (const auto guess = text.find(": might be caused by incorrect security.protocol"); guess != std::string::npos) {
        text.resize(guess);
        text += "; does this port expect TLS or SASL, or is it no Kafka broker?";
    }
    constexpr std::string_view no_mechanisms = ": broker's supported mechanisms: ";
    if (text.ends_with(no_mechanisms)) {
        text.resize(text.size() - no_mechanisms.size());
    }
    leave_out_openssl_places(text);
    constexpr std::string_view wrong_size = "Invalid response size ";
    if (const auto at = text.find(wrong_size); at != std::string::npos) {
        std::uint64_t size = 0;
        std::size_t end = at + wrong_size.size();
        for (; end < text.size() && text[end] >= '0' && text[end] <= '9' && size <= 0xffffffffU; ++end) {
            size = size * 10 + static_cast<unsigned>(text[end] - '0');
        }
        if (const std::string who = stranger(static_cast<std::uint32_t>(size)); !who.empty()) {
            text.resize(end);
            text.append(": ").append(who);
        }
    }
    return text;
}

}  // namespace stentor::inline v0::detail::kafka
