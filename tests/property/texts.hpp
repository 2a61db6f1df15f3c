#pragma once

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <rapidcheck.h>

// Texts as they come: mostly plain, with all that JSON escapes and all lengths of UTF-8 among them; and plain bytes.

namespace property {

inline void append_utf8(std::string& to, std::uint32_t c) {
    const auto put = [&](std::uint32_t byte) { to.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0 | c >> 6U);
        put(0x80 | (c & 0x3fU));
    } else if (c < 0x10000) {
        put(0xe0 | c >> 12U);
        put(0x80 | (c >> 6U & 0x3fU));
        put(0x80 | (c & 0x3fU));
    } else {
        put(0xf0 | c >> 18U);
        put(0x80 | (c >> 12U & 0x3fU));
        put(0x80 | (c >> 6U & 0x3fU));
        put(0x80 | (c & 0x3fU));
    }
}

[[nodiscard]] inline rc::Gen<std::uint32_t> code_point() {
    using rc::gen::inRange;
    return rc::gen::weightedOneOf<std::uint32_t>({
        {20, inRange<std::uint32_t>(0x20, 0x7f)},
        {2, inRange<std::uint32_t>(0, 0x20)},
        {2, rc::gen::element<std::uint32_t>('"', '\\', '/', 0x7f, 0)},
        {2, inRange<std::uint32_t>(0x80, 0x800)},
        {2, inRange<std::uint32_t>(0x800, 0xd800)},
        {1, inRange<std::uint32_t>(0xe000, 0x10000)},
        {1, inRange<std::uint32_t>(0x10000, 0x110000)},
    });
}

[[nodiscard]] inline rc::Gen<std::string> text() {
    return rc::gen::map(rc::gen::container<std::vector<std::uint32_t>>(code_point()), [](const std::vector<std::uint32_t>& all) {
        std::string made;
        for (const std::uint32_t c : all) {
            append_utf8(made, c);
        }
        return made;
    });
}

[[nodiscard]] inline rc::Gen<char> any_byte() { return rc::gen::cast<char>(rc::gen::inRange(-128, 128)); }
[[nodiscard]] inline rc::Gen<std::string> bytes() { return rc::gen::container<std::string>(any_byte()); }
[[nodiscard]] inline rc::Gen<std::string> bytes(std::size_t many) { return rc::gen::container<std::string>(many, any_byte()); }

// Made of these characters only, and shrinking to the first of them.
[[nodiscard]] inline rc::Gen<std::string> made_of(std::string_view characters) {
    return rc::gen::container<std::string>(rc::gen::elementOf(std::string(characters)));
}
[[nodiscard]] inline rc::Gen<std::string> made_of(std::string_view characters, std::size_t many) {
    return rc::gen::container<std::string>(many, rc::gen::elementOf(std::string(characters)));
}

// 0 to `end` - 1, each as likely as the others from the first try on: inRange() alone begins with the small ones.
[[nodiscard]] inline rc::Gen<std::size_t> below(std::size_t end) {
    return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, end));
}

[[nodiscard]] inline std::string lower(std::string text) {
    for (char& c : text) {
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return text;
}
// Some of its letters as capitals.
[[nodiscard]] inline std::string any_case(std::string text) {
    for (char& c : text) {
        c = *rc::gen::arbitrary<bool>() ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    }
    return text;
}

// One change to a text: a byte more, one less, or another one.
[[nodiscard]] inline std::string spoilt(std::string text) {
    const std::size_t at = *below(text.size() + 1);
    switch (at == text.size() ? 0 : *rc::gen::inRange(0, 3)) {
        case 0: text.insert(at, 1, *any_byte()); break;
        case 1: text.erase(at, 1); break;
        default: text[at] = *any_byte(); break;
    }
    return text;
}

}  // namespace property
