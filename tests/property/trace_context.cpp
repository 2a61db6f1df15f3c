// traceparent and tracestate, against the grammar of the specification as a regular expression and its rules taken literally.

#include <array>
#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/tracer/trace_context.hpp>

#include "property/holds.hpp"
#include "property/texts.hpp"

namespace {

using property::holds;

constexpr std::string_view hex = "0123456789abcdef";

bool is_traceparent(const std::string& text) {
    static const std::regex grammar(R"(([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^]*)?)");
    std::smatch part;
    return std::regex_match(text, part, grammar) && part[1] != "ff" && part[2] != std::string(32, '0') &&
           part[3] != std::string(16, '0') && (part[1] != "00" || part[5].length() == 0);
}

// Nearly always right, so that what is wrong is wrong by one thing.
std::string any_traceparent() {
    std::string version = *rc::gen::weightedOneOf<std::string>(
        {{4, rc::gen::just<std::string>("00")}, {1, rc::gen::just<std::string>("ff")}, {2, property::made_of(hex, 2)}});
    const auto id = [](std::size_t digits) {
        return *rc::gen::weightedOneOf<std::string>(
            {{9, property::made_of(hex, digits)}, {1, rc::gen::just(std::string(digits, '0'))}});
    };
    std::string text = version + "-" + id(32) + "-" + id(16) + "-" + *property::made_of(hex, 2);
    if (*rc::gen::weightedElement<bool>({{3, false}, {1, true}})) {
        text += "-" + *property::bytes();
    }
    switch (*rc::gen::weightedElement<int>({{1, 0}, {1, 1}, {3, 2}})) {
        case 0: return property::spoilt(std::move(text));
        case 1:
            // What lies beside the digits, which a random byte hardly is.
            text[*property::below(text.size())] = *rc::gen::elementOf(std::string("/:@AFG`g"));
            return text;
        default: return text;
    }
}

std::string any_member() {
    const std::string key =
        *rc::gen::map(rc::gen::pair(rc::gen::elementOf(std::string("az09")), property::made_of("abyz0189_-*/@")),
                      [](const auto& p) { return p.first + p.second; });
    const std::string value =
        *rc::gen::map(rc::gen::pair(property::made_of(" !\"#+-<>Az~"), rc::gen::elementOf(std::string("!~x"))),
                      [](const auto& p) { return p.first + p.second; });
    return key + "=" + value;
}

std::string joined(const std::vector<std::string>& members, std::string_view between = ",") {
    std::string text;
    for (const std::string& m : members) {
        text.append(text.empty() ? "" : between).append(m);
    }
    return text;
}

std::string forwarded(const std::string& given) {
    std::array<char, stentor::tracestate_limit> room;
    return std::string(stentor::forwardable_tracestate(given, room));
}

}  // namespace

TEST_CASE("property: a traceparent is read if it keeps to the grammar") {
    holds("grammar", [] {
        const std::string text = any_traceparent();
        const auto read = stentor::parse_traceparent(text);
        RC_ASSERT(read.has_value() == is_traceparent(text));
        if (read) {
            RC_ASSERT(read->trace_id == text.substr(3, 32));
            RC_ASSERT(read->parent_id == text.substr(36, 16));
            const int flags = std::stoi(text.substr(53, 2), nullptr, 16);
            RC_ASSERT(read->sampled() == ((flags & 1) != 0));
            RC_ASSERT(read->flags == (flags & (text.starts_with("00") ? 3 : 1)));
        }
    });
}

TEST_CASE("property: a traceparent that is read and written is of version 00, and the same when it is read again") {
    holds("there and back", [] {
        const std::string text = any_traceparent();
        const auto read = stentor::parse_traceparent(text);
        RC_PRE(read.has_value());
        std::array<char, stentor::traceparent_size> to;
        stentor::write_traceparent(*read, to);
        const std::string written(to.data(), to.size());
        RC_ASSERT(is_traceparent(written));
        RC_ASSERT(written.starts_with("00-"));
        const auto again = stentor::parse_traceparent(written);
        RC_ASSERT(again.has_value());
        RC_ASSERT(again->trace_id == read->trace_id);
        RC_ASSERT(again->parent_id == read->parent_id);
        RC_ASSERT(again->flags == read->flags);
    });
}

TEST_CASE("property: a new traceparent is a valid one, sampled, and another for another random number") {
    holds("new", [] {
        const auto random = *rc::gen::arbitrary<std::uint64_t>();
        std::array<char, stentor::traceparent_size> one;
        std::array<char, stentor::traceparent_size> other;
        stentor::new_traceparent(random, one);
        stentor::new_traceparent(random + 1, other);
        RC_ASSERT(is_traceparent({one.data(), one.size()}));
        RC_ASSERT(one[54] == '1');
        RC_ASSERT(one != other);
        stentor::new_traceparent(random, other);
        RC_ASSERT(one == other);
    });
}

TEST_CASE("property: a valid tracestate of up to 512 characters is forwarded as it is, blanks and empty members, too") {
    holds("as it is", [] {
        std::vector<std::string> members;
        for (int n = *rc::gen::inRange(1, 33); n > 0; --n) {
            members.push_back(any_member());
        }
        const std::string between = *rc::gen::element<std::string>(",", " , ", ",\t", ",,");
        std::string text = joined(members, between);
        while (text.size() > stentor::tracestate_limit) {
            members.pop_back();
            text = joined(members, between);
        }
        RC_PRE(!members.empty());
        RC_ASSERT(forwarded(text) == text);
    });
}

TEST_CASE("property: of a longer tracestate whole members are left out, the last one of over 128 characters first") {
    holds("too long", [] {
        std::vector<std::string> members;
        for (int n = *rc::gen::inRange(1, 33); n > 0; --n) {
            std::string m = any_member();
            const std::size_t most = *rc::gen::element<std::size_t>(20, 127, 128, 129, 250);
            m.resize(std::max(m.size(), most), 'x');
            m.resize(std::min(m.size(), m.find('=') + 257));
            members.push_back(m);
        }
        const std::string given = joined(members);
        RC_PRE(given.size() > stentor::tracestate_limit);
        while (joined(members).size() > stentor::tracestate_limit) {
            std::size_t last = members.size();
            for (std::size_t i = 0; i < members.size(); ++i) {
                last = members[i].size() > 128 ? i : last;
            }
            members.erase(members.begin() + static_cast<std::ptrdiff_t>(last == members.size() ? last - 1 : last));
        }
        RC_ASSERT(forwarded(given) == joined(members));
    });
}

TEST_CASE("property: a tracestate with one wrong member is not forwarded") {
    holds("wrong member", [] {
        std::vector<std::string> members;
        for (int n = *rc::gen::inRange(1, 20); n > 0; --n) {
            members.push_back(any_member());
        }
        const auto at = *property::below(members.size());
        members[at] =
            *rc::gen::element<std::string>("a", "=", "=a", "a=", "A=b", "_a=b", "a=b=c", "a b=c", "a=\x7f", "a=\xc3\xa9", "a=b\nc");
        RC_ASSERT(forwarded(joined(members)).empty());
    });
    holds("too many members", [] {
        const std::string one = any_member();
        RC_ASSERT(forwarded(joined(std::vector<std::string>(33, one))).empty());
    });
}
