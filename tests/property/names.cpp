// Names on the wire, against a converter that is as plain as the rule.

#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/names.hpp>

#include "property/holds.hpp"
#include "property/texts.hpp"

namespace {

std::string converted(const std::string& name, stentor::naming how) {
    std::string to(name.size(), '\0');
    to.resize(stentor::detail::convert_name(name, how, to.data()));
    return to;
}

rc::Gen<std::string> identifier() {
    return rc::gen::map(rc::gen::pair(rc::gen::elementOf(std::string("abcXYZ_")), property::made_of("abcxyzABC019___")),
                        [](const std::pair<char, std::string>& parts) { return parts.first + parts.second; });
}

// Words with underscores between them; leading underscores belong to the first word.
std::string plainly(std::string name) {
    if (name.size() > 1 && name.back() == '_') {
        name.pop_back();
    }
    std::string made;
    std::size_t at = 0;
    while (at < name.size() && name[at] == '_' && at == 0) {
        made.push_back(name[at++]);
    }
    for (; at < name.size(); ++at) {
        if (name[at] == '_') {
            continue;
        }
        const bool begins = at > 0 && name[at - 1] == '_' && at != 1;
        made.push_back(begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(name[at]))) : name[at]);
    }
    return made;
}

}  // namespace

TEST_CASE("property: a name is converted as its trait says") {
    property::holds("as written", [] {
        const std::string name = *identifier();
        const bool keyword = name.size() > 1 && name.back() == '_';
        RC_ASSERT(converted(name, stentor::naming::as_written) == (keyword ? name.substr(0, name.size() - 1) : name));
    });
    property::holds("camel case", [] {
        const std::string name = *identifier();
        RC_ASSERT(converted(name, stentor::naming::camel_case) == plainly(name));
    });
}

TEST_CASE("property: snake case comes back from camel case") {
    property::holds("there and back", [] {
        const auto words = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(
            rc::gen::map(property::made_of("abcxyz"), [](const std::string& w) { return "a" + w; })));
        std::string snake;
        for (const std::string& w : words) {
            snake += (snake.empty() ? "" : "_") + w;
        }
        std::string back;
        for (const char c : converted(snake, stentor::naming::camel_case)) {
            const bool upper = c >= 'A' && c <= 'Z';
            back += upper ? std::string("_") + static_cast<char>(c - 'A' + 'a') : std::string(1, c);
        }
        RC_ASSERT(back == snake);
    });
}
