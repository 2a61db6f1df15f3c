#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/transport.hpp>
#include <stentor/version.hpp>

// librdkafka's own log: how bad its lines are, and what they tell of.

namespace stentor::inline v0::detail::kafka {

// The level that a line deserves, in syslog's numbers. What librdkafka calls an error may be daily business, or be told as an event
// already, with a diagnosis.
[[nodiscard]] inline int sobered(int level, std::string_view facility, std::string_view text) noexcept {
    constexpr int information = 6;
    constexpr int debugging = 7;
    const auto has = [text](std::string_view what) { return text.find(what) != std::string_view::npos; };
    const auto at_least = [level](int least) { return level > least ? level : least; };
    if (facility == "FAIL") {
        // The same once more; or a connection that was idle, which brokers end after ten minutes.
        const bool daily = has("identical error(s) suppressed") || (has("Disconnected") && has("in state UP)"));
        return at_least(daily ? debugging : information);
    }
    // Each connection that is replaced, and each question that its end leaves open.
    if (facility == "GETSUBSCRIPTIONS" || facility == "PUSHTELEMETRY" || has("Timed out 0 in-flight")) {
        return at_least(debugging);
    }
    return level;
}

// The condition that a line tells of; `none` for most.
[[nodiscard]] inline errc class_of_line(std::string_view facility, std::string_view text) noexcept {
    struct row {
        std::string_view facility;  // empty: any
        std::string_view words;     // empty: any
        errc code;
    };
    constexpr row rows[] = {
        {"FATAL", {}, errc::fatal},
        {"CONFWARN", {}, errc::invalid_config},
        {{}, "Failed to resolve", errc::dns},
        {{}, "SASL authentication error", errc::authentication},
        {{}, "mechanism handshake failed", errc::authentication},
        {{}, "OAUTHBEARER token", errc::authentication},
        {"SSLCERTVRFY", "failed", errc::tls},
        {{}, "SSL handshake failed", errc::tls},
        {{}, "certificate verify failed", errc::tls},
        {{}, "authorization failed", errc::authorization},
        {{}, "Unknown topic", errc::unknown_topic},
        {"REQTMOUT", {}, errc::broker_unavailable},
        {"FAIL", {}, errc::broker_unavailable},
        {"ERROR", "brokers are down", errc::broker_unavailable},
    };
    for (const row& r : rows) {
        if ((r.facility.empty() || r.facility == facility) && text.find(r.words) != std::string_view::npos) {
            return r.code;
        }
    }
    return errc::none;
}

// What was logged before the first publisher came, who is told of it then: a warning about the configuration comes so early. Not
// all of it, if none comes for long.
class early_log {
public:
    static constexpr std::size_t most = 16;

    // Up to which level it takes lines.
    [[nodiscard]] int wanted() const noexcept { return over_ || lines_.size() == most ? -1 : 6; }
    void keep(const client_log& line, const moment& at) {
        if (line.level <= wanted()) {
            lines_.push_back({line.level, std::string(line.facility), line.code, std::string(line.text), at});
        }
    }
    void tell(events& core) const noexcept {
        for (const one& l : lines_) {
            if (l.level <= core.client_log_level()) {
                core.client_logged({l.level, l.facility, l.code, l.text}, l.at);
            }
        }
    }
    void end() noexcept {
        over_ = true;
        lines_ = {};
    }

private:
    struct one {
        int level;
        std::string facility;
        errc code;
        std::string text;
        moment at;
    };
    std::vector<one> lines_{};
    bool over_ = false;
};

}  // namespace stentor::inline v0::detail::kafka
