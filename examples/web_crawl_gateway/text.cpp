#include "text.hpp"

#include <array>
#include <cstdio>

namespace demo {

std::string grouped(std::uint64_t n) {
    std::string text = std::to_string(n);
    for (std::size_t i = text.size(); i > 3;) {
        i -= 3;
        text.insert(i, 1, ',');
    }
    return text;
}

std::string grouped(std::uint64_t n, std::size_t width) { return right(grouped(n), width); }

std::string duration_text(std::chrono::microseconds d) {
    std::array<char, 32> text{};
    const double us = static_cast<double>(d.count());
    if (us < 100'000) {
        std::snprintf(text.data(), text.size(), us < 10'000 ? "%.2f ms" : "%.1f ms", us / 1000);
    } else {
        std::snprintf(text.data(), text.size(), us < 1'000'000 ? "%.0f ms" : "%.2f s", us < 1'000'000 ? us / 1000 : us / 1'000'000);
    }
    return text.data();
}

std::string shown(std::string_view text, std::size_t width) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool begins_character = (byte & 0xC0U) != 0x80U;
        if (begins_character && out.size() >= width) {
            return out + "…";
        }
        if (byte < 0x20 || byte == 0x7F) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned>(byte));
            out += escape.data();
        } else {
            out += c;
        }
    }
    return out;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    while (text.size() > width) {
        std::size_t blank = text.rfind(' ', width);
        blank = blank == std::string_view::npos || blank == 0 ? text.find(' ', width) : blank;
        if (blank == std::string_view::npos) {
            break;
        }
        lines.emplace_back(text.substr(0, blank));
        text.remove_prefix(blank + 1);
    }
    lines.emplace_back(text);
    return lines;
}

std::string left(std::string_view text, std::size_t width) {
    std::string out{text};
    out.resize(out.size() < width ? width : out.size(), ' ');
    return out;
}

std::string right(std::string_view text, std::size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ').append(text) : std::string{text};
}

}  // namespace demo
