#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// How the demo writes numbers and texts for people.
namespace demo {

/// 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t n);
/// The same, at the right end of that many columns.
[[nodiscard]] std::string grouped(std::uint64_t n, std::size_t width);
/// "0.42 ms", "12.3 ms" or "1.25 s".
[[nodiscard]] std::string duration_text(std::chrono::microseconds d);
/// Control characters and what breaks the line made visible, and cut to about that many characters.
[[nodiscard]] std::string shown(std::string_view text, std::size_t width);
/// The text in lines of at most that many bytes, broken at blanks where there are any.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);
/// The text with blanks behind it (`left`) or before it, to that many columns.
[[nodiscard]] std::string left(std::string_view text, std::size_t width);
[[nodiscard]] std::string right(std::string_view text, std::size_t width);

}  // namespace demo
