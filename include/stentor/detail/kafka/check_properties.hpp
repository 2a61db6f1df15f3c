#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/detail/ascii.hpp>
#include <stentor/detail/did_you_mean.hpp>
#include <stentor/detail/kafka/broker_list.hpp>
#include <stentor/detail/kafka/conf_names.hpp>
#include <stentor/detail/kafka/property_table.hpp>
#include <stentor/detail/read_value.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

// kafka_config::properties: names and values, as far as the table of librdkafka's settings goes.

namespace stentor::inline v0::detail::kafka {

[[nodiscard]] inline std::string version_text(int version, bool whole) {
    const auto part = [&](unsigned shift) { return std::to_string((static_cast<unsigned>(version) >> shift) & 0xffU); };
    std::string text = part(24).append(".").append(part(16));
    return whole ? text.append(".").append(part(8)) : text;
}

// Nothing may be wrong with it that the table knows: then librdkafka gets it spelled as librdkafka does.
[[nodiscard]] inline std::string canonical(const property& p, std::string_view value) {
    if (p.what == property::kind::boolean) {
        return read_boolean(value).value_or(false) ? "true" : "false";
    }
    if (p.what == property::kind::whole) {
        return std::to_string(read_whole(value).value_or(0));  // 0100 would be 64 to librdkafka
    }
    return std::string(p.what == property::kind::choice ? read_choice(value, p.choices) : value);
}

// "broker,-topic": with commas between them, in any case, each with a sign or without, as librdkafka reads it.
template <class Function>
void for_each_word(std::string_view value, Function&& f) {
    for (bool more = true; more;) {
        const auto comma = value.find(',');
        std::string_view word = trimmed(value.substr(0, comma));
        word.remove_prefix(word.starts_with('+') || word.starts_with('-') ? 1 : 0);
        f(word);
        more = comma != std::string_view::npos;
        value.remove_prefix(more ? comma + 1 : 0);
    }
}

[[nodiscard]] inline bool are_words(std::string_view value, std::string_view choices) {
    bool all = true;
    for_each_word(value, [&](std::string_view word) { all = all && !read_choice(word, choices).empty(); });
    return all;
}

[[nodiscard]] inline std::string why_wrong(const property& p, std::string_view value) {
    switch (p.what) {
        case property::kind::whole:
            if (const auto n = read_whole(value); !n || *n < p.least || *n > p.most) {
                return whole_rule(p.least, p.most);
            }
            break;
        case property::kind::decimal:
            if (!is_decimal(value)) {
                return "must be a number, as in 5 or 0.5";
            }
            break;
        case property::kind::boolean: return read_boolean(value) ? std::string{} : std::string(boolean_rule);
        case property::kind::choice: return read_choice(value, p.choices).empty() ? choice_rule(p.choices) : std::string{};
        case property::kind::words:
            if (!are_words(value, p.choices)) {
                return choice_rule(p.choices).append(", or several of them with commas between them");
            }
            break;
        case property::kind::text: break;
    }
    return {};
}

[[nodiscard]] inline std::string unknown_to(int librdkafka, int since) {
    return std::string("is not known to this librdkafka, ")
        .append(version_text(librdkafka, true))
        .append("; version ")
        .append(version_text(since, false))
        .append(" has it");
}

// `librdkafka` is its version; 0: whichever it will be.
[[nodiscard]] inline std::string why_wrong(std::string_view given, std::string_view value, const kafka_config& c, int librdkafka) {
    const std::string_view name = given.starts_with("topic.") ? given.substr(6) : given;
    if (const std::string_view member = member_of(name); !member.empty()) {
        return std::string("has a member of its own in kafka_config, ").append(member).append(": use that");
    }
    if (const std::string_view why = why_refused(name, value, c.allow_code_running_properties); !why.empty()) {
        return std::string(why);
    }
    if (value.find('\0') != std::string_view::npos) {
        return "contains a NUL character, where librdkafka would cut it";
    }
    const property* const p = property_of(given);
    if (p == nullptr) {
        if (librdkafka >= version_of(2, 15)) {
            return {};  // may be newer than the table: librdkafka itself will say
        }
        const std::string_view meant = nearest(given, [](const auto& found) {
            for (const property& known : properties) {
                found(known.name);
            }
        });
        std::string why = "is no setting of librdkafka";
        return meant.empty() ? why : why.append("; did you mean ").append(meant).append("?");
    }
    if (p->whose == property::use::consumer) {
        return "is a consumer's setting: a client that publishes would ignore it";
    }
    if (librdkafka != 0 && p->since > librdkafka) {
        return unknown_to(librdkafka, p->since);
    }
    std::string why = why_wrong(*p, value);
    // The one word of a list that came later than its list.
    if (constexpr int since = version_of(2, 5); why.empty() && name == "debug" && librdkafka != 0 && librdkafka < since) {
        for_each_word(value, [&](std::string_view word) {
            if (same_ignoring_case(word, "telemetry")) {
                why = "telemetry " + unknown_to(librdkafka, since);
            }
        });
    }
    return why;
}

inline void check_properties(const kafka_config& c, int librdkafka, problems& wrong) {
    for (const auto& [name, value] : c.properties) {
        if (name.empty() || name.find('\0') != std::string::npos) {
            complain(wrong, "properties", name.empty() ? "a name is empty" : "a name contains a NUL character");
            continue;
        }
        if (const std::string why = why_wrong(name, value, c, librdkafka); !why.empty()) {
            complain(wrong, name, why);
        }
        for (const auto& other : c.properties) {
            if (&other.first == &name) {
                break;
            }
            if (other.first == name) {
                complain(wrong, name, "is given twice");
                break;
            }
        }
    }
}

}  // namespace stentor::inline v0::detail::kafka
