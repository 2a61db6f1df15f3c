#include "command_line.hpp"

#include <charconv>
#include <string_view>

namespace demo {
namespace {

constexpr std::size_t most = 1000;

// Reads the number behind an option; says so in `mistake` when it is none.
std::size_t number(std::string_view option, std::string_view text, std::size_t least, std::string& mistake) {
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size() || n < least || n > most) {
        mistake = std::string{option} + " needs a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    }
    return n;
}

}  // namespace

command_line parse_command_line(int count, const char* const* words) {
    command_line c;
    for (int i = 1; i < count && c.mistake.empty(); ++i) {
        const std::string_view word = words[i];
        const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string_view::npos;
        const std::string_view option = word.substr(0, equals);
        const bool has_value = equals != std::string_view::npos;
        // "--repeat=3" and "--repeat 3" are the same.
        const auto value = [&] { return has_value ? word.substr(equals + 1) : ++i < count ? words[i] : std::string_view{}; };
        if (option == "--repeat") {
            c.repeat = number(option, value(), 1, c.mistake);
        } else if (option == "--seconds") {
            c.seconds = number(option, value(), 0, c.mistake);
            c.seconds_given = true;
        } else if (word == "--calm") {
            c.calm = true;
        } else if (word == "--help" || word == "-h") {
            c.help = true;
        } else if (has_value && (option == "--calm" || option == "--help")) {
            c.mistake = std::string{option} + " takes no value";
        } else if (word.size() > 1 && word.front() == '-') {
            c.mistake = "there is no option " + std::string{word};
        } else if (!c.file.empty()) {
            c.mistake = "one file at most";
        } else {
            c.file = word;
        }
    }
    return c;
}

const char* help_text() noexcept {
    return
#include "help.txt"
        ;
}

}  // namespace demo
