#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/kafka/conf_names.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// The secrets of that configuration, as views into it.
[[nodiscard]] inline std::vector<std::string_view> secrets_of(const kafka_config& c) {
    std::vector<std::string_view> all{c.sasl_password.reveal(), c.ssl_key_password.reveal(), c.ssl_key_pem.reveal()};
    for (const auto& [name, value] : c.properties) {
        if (is_secret(name)) {
            all.push_back(value);
        }
    }
    return all;
}

// librdkafka's own words, and with them a broker's, without those secrets. No version is known to say one; that the next one does
// not either, nobody promises, nor what a broker says when it refuses a login.
[[nodiscard]] inline std::string scrubbed(std::string text, std::vector<std::string_view> secrets) {
    // What is shorter would hide half of an innocent text, and with that show itself.
    std::erase_if(secrets, [](std::string_view one) { return one.size() < 4; });
    // Of a password and the same with something appended the shorter one would leave that behind.
    std::sort(secrets.begin(), secrets.end(), [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
    for (const std::string_view what : secrets) {
        for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 3)) {
            text.replace(at, what.size(), "***");
        }
    }
    return text;
}
[[nodiscard]] inline std::string scrubbed(std::string text, const kafka_config& c) {
    return scrubbed(std::move(text), secrets_of(c));
}

}  // namespace stentor::inline v0::detail::kafka
