#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/error.hpp>
#include <stentor/version.hpp>

// The list of bootstrap brokers, checked by us: librdkafka takes port 99999, any scheme and a broker named twice without a word.

namespace stentor::inline v0::detail::kafka {

inline constexpr std::array<std::string_view, 4> protocols{"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};

[[noreturn]] inline void refuse(std::string_view what, std::string_view why) {
    // librdkafka's own words may end with a line of their own.
    while (!why.empty() && (why.back() == '\n' || why.back() == ' ')) {
        why.remove_suffix(1);
    }
    throw publish_failure(error(errc::invalid_config, std::string("kafka_config: ").append(what).append(": ").append(why)));
}

[[nodiscard]] constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

[[nodiscard]] inline bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

// One of "host:port", "[::1]:port" or "host", perhaps with "protocol://" before it. Answers it as host:port.
[[nodiscard]] inline std::string check_broker(std::string_view one, std::string_view protocol) {
    const std::string quoted = std::string("'").append(one).append("'");
    if (const auto scheme = one.find("://"); scheme != std::string_view::npos) {
        if (!same_ignoring_case(one.substr(0, scheme), protocol)) {
            refuse("brokers", quoted + " names another protocol than security_protocol, which is " + std::string(protocol) +
                                  "; give host:port only");
        }
        one.remove_prefix(scheme + 3);
    }
    std::string_view host;
    std::string_view rest;
    if (!one.empty() && one.front() == '[') {
        const auto close = one.find(']');
        if (close == std::string_view::npos || close == 1 || one.find_first_of(" \t\r\n/\"'") < close) {
            refuse("brokers", quoted + " has no valid [address]");
        }
        host = one.substr(0, close + 1);
        rest = one.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') {
            refuse("brokers", quoted + " has something else than :port after its [address]");
        }
    } else {
        const auto colon = one.find(':');
        host = one.substr(0, colon);
        rest = colon != std::string_view::npos ? one.substr(colon) : std::string_view{};
        if (rest.find(':', 1) != std::string_view::npos) {
            refuse("brokers", quoted + " has several colons; write an IPv6 address as [::1]:9092");
        }
        if (host.empty() || host.find_first_of(" \t\r\n/\"'") != std::string_view::npos) {
            refuse("brokers", quoted + " has no valid host name");
        }
    }
    if (rest.empty()) {
        return std::string(host).append(":9092");
    }
    const std::string_view port = rest.substr(1);
    unsigned number = 0;
    const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (failed != std::errc{} || end != port.data() + port.size() || number == 0 || number > 65535) {
        refuse("brokers", quoted + " needs a port from 1 to 65535");
    }
    return std::string(host).append(":").append(std::to_string(number));
}

// Checks the list, for that security protocol, and says how many different ones there are.
[[nodiscard]] inline std::size_t check_brokers(std::string_view list, std::string_view protocol) {
    if (list.empty()) {
        refuse("brokers", "is empty; give \"host:port\", several with commas between them");
    }
    if (list.find('\0') != std::string_view::npos) {
        refuse("brokers", "contains a NUL character");
    }
    // Of the whole list and before any of it is quoted: a password may have a comma in it.
    if (list.find('@') != std::string_view::npos) {
        refuse("brokers",
               "contains an '@'; give host:port only, it must not contain user or password: those are sasl_username and "
               "sasl_password");
    }
    std::vector<std::string> known;
    for (;;) {
        const auto comma = list.find(',');
        std::string one = check_broker(list.substr(0, comma), protocol);
        bool again = false;
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
