#include "words.hpp"

#include <cctype>
#include <string_view>

namespace doctor {
namespace {

bool is_part_of_a_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

void replace_word(std::string& text, std::string_view word, std::string_view by) {
    std::size_t next = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, next)) {
        const std::size_t end = at + word.size();
        const bool whole = (at == 0 || !is_part_of_a_name(text[at - 1])) && (end == text.size() || !is_part_of_a_name(text[end]));
        if (whole) {
            text.replace(at, word.size(), by);
        }
        next = at + (whole ? by.size() : word.size());
    }
}

}  // namespace

std::string as_variables(std::string hint, const stentor::settings& s) {
    replace_word(hint, "`brokers`", "KAFKA_BROKERS");
    for (const stentor::shown_setting& one : s.show()) {
        const std::string member = one.field.substr(one.field.rfind('.') + 1);
        if (member.find('_') != std::string::npos) {  // others are words of their own right, too
            replace_word(hint, member, one.variable.substr(0, one.variable.find(' ')));
        }
    }
    return hint;
}

}  // namespace doctor
