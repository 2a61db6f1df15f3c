#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/ascii.hpp>
#include <stentor/detail/read_value.hpp>
#include <stentor/problem.hpp>
#include <stentor/version.hpp>

// The list of bootstrap brokers, checked by us: librdkafka takes port 99999, any scheme and a broker named twice without a word.

namespace stentor::inline v0::detail::kafka {

inline constexpr std::array<std::string_view, 4> protocols{"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};

using problems = std::vector<problem>;

inline void complain(problems& to, std::string_view key, std::string_view rule) {
    // librdkafka's own words may end with a line of their own.
    while (!rule.empty() && (rule.back() == '\n' || rule.back() == ' ')) {
        rule.remove_suffix(1);
    }
    to.push_back({std::string(key), std::string(rule)});
}

[[nodiscard]] constexpr bool is_host_name(std::string_view host) noexcept {
    for (const char c : host) {
        const bool letter = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
        // Of bytes over 0x7F the resolver may know what they are.
        if (!letter && c != '.' && c != '-' && c != '_' && static_cast<unsigned char>(c) <= 0x7f) {
            return false;
        }
    }
    return !host.empty();
}

// One of "host:port", "[::1]:port" or "host", perhaps with "protocol://" before it. Answers it as host:port; empty after a
// complaint.
[[nodiscard]] inline std::string check_broker(std::string_view one, std::string_view protocol, problems& wrong) {
    const auto refused = [&, given = one](std::string_view why) {
        complain(wrong, "brokers", std::string("'").append(given).append("' ").append(why));
        return std::string{};
    };
    if (const auto scheme = one.find("://"); scheme != std::string_view::npos) {
        if (!same_ignoring_case(one.substr(0, scheme), protocol)) {
            return refused(std::string("names another protocol than security_protocol, which is ")
                               .append(protocol)
                               .append("; give host:port only"));
        }
        one.remove_prefix(scheme + 3);
    }
    std::string_view host;
    std::string_view rest;
    if (!one.empty() && one.front() == '[') {
        const auto close = one.find(']');
        if (close == std::string_view::npos || close == 1 || one.find_first_of(" \t\r\n/\"'") < close) {
            return refused("has no valid [address]");
        }
        host = one.substr(0, close + 1);
        rest = one.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') {
            return refused("has something else than :port after its [address]");
        }
    } else {
        const auto colon = one.find(':');
        host = one.substr(0, colon);
        rest = colon != std::string_view::npos ? one.substr(colon) : std::string_view{};
        if (rest.find(':', 1) != std::string_view::npos) {
            return refused("has several colons; write an IPv6 address as [::1]:9092");
        }
        if (!is_host_name(host)) {
            return refused("has no valid host name");
        }
    }
    if (rest.empty()) {
        return std::string(host).append(":9092");
    }
    const auto port = read_whole(rest.substr(1));
    if (!port || *port < 1 || *port > 65535) {
        return refused("needs a port from 1 to 65535");
    }
    return std::string(host).append(":").append(std::to_string(*port));
}

// Checks the list, for that security protocol, and says how many different ones there are.
inline std::size_t check_brokers(std::string_view list, std::string_view protocol, problems& wrong) {
    if (list.empty()) {
        complain(wrong, "brokers", "is empty; give \"host:port\", several with commas between them");
        return 0;
    }
    if (list.find('\0') != std::string_view::npos) {
        complain(wrong, "brokers", "contains a NUL character");
        return 0;
    }
    // Of the whole list and before any of it is quoted: a password may have a comma in it.
    if (list.find('@') != std::string_view::npos) {
        complain(wrong, "brokers",
                 "contains an '@'; give host:port only, it must not contain user or password: those are sasl_username and "
                 "sasl_password");
        return 0;
    }
    std::vector<std::string> known;
    for (;;) {
        const auto comma = list.find(',');
        std::string one = check_broker(list.substr(0, comma), protocol, wrong);
        bool again = one.empty();
        for (const std::string& k : known) {
            again = again || same_ignoring_case(k, one);
        }
        if (!again) {
            known.push_back(std::move(one));
        }
        if (comma == std::string_view::npos) {
            return known.size();
        }
        list.remove_prefix(comma + 1);
    }
}

}  // namespace stentor::inline v0::detail::kafka
