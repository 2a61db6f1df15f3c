#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <stentor/detail/kafka/conf_names.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// librdkafka's own words, without the secrets of that configuration. No version is known to say one; that the next one does not
// either, nobody promises.
[[nodiscard]] inline std::string scrubbed(std::string text, const kafka_config& c) {
    const auto hide = [&](std::string_view what) {
        // What is shorter would hide half of an innocent text, and with that show itself.
        if (what.size() < 4) {
            return;
        }
        for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 3)) {
            text.replace(at, what.size(), "***");
        }
    };
    hide(c.sasl_password.reveal());
    hide(c.ssl_key_password.reveal());
    hide(c.ssl_key_pem.reveal());
    for (const auto& [name, value] : c.properties) {
        if (is_secret(name)) {
            hide(value);
        }
    }
    return text;
}

}  // namespace stentor::inline v0::detail::kafka
