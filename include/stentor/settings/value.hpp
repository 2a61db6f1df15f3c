#pragma once

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include <stentor/circuit.hpp>
#include <stentor/environment.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/options.hpp>
#include <stentor/problem.hpp>
#include <stentor/retry.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

/// @file
/// What `settings` holds. Include `stentor/settings.hpp`, which can read it, too.

namespace stentor::inline v0 {

/// What a consumer of this service would be made with. Publishers use nothing of it.
struct consumer_settings {
    std::string group_id{};                                         ///< empty: none
    nanoseconds session_timeout = std::chrono::seconds(30);         ///< a member that is silent for this long is out
    nanoseconds heartbeat_interval = std::chrono::seconds(3);       ///< how often it says that it is there
    std::vector<std::pair<std::string, std::string>> properties{};  ///< other settings of librdkafka's that only consumers heed
};

/// A variable that gives a topic another name.
struct topic_variable {
    std::string variable{};  ///< "TASK_STATUS_TOPIC"
    std::string from{};      ///< the message type's `type`, or its topic, as `topic_override::from`
};

/// A `KAFKA_…` variable that nothing here reads. Kubernetes and container images set many.
struct ignored_variable {
    std::string name{};   ///< "KAFKA_BROKRS"
    std::string meant{};  ///< a name like it that is read; empty if none is
};

/// One setting as it is, for people: secrets are `***`.
struct shown_setting {
    std::string variable{};  ///< the variable, its other names behind it with blanks between them
    std::string field{};     ///< the member of `settings`
    std::string property{};  ///< librdkafka's own name of it; empty if it has none
    std::string value{};     ///< as it is now; empty: nothing
    std::string source{};    ///< which document or tool the name comes from
};

struct settings_report;

/// Everything that a service's environment can say about Kafka. docs/settings.md has the variables.
/// ```cpp
/// const stentor::settings s = stentor::settings::from_env().value();
/// stentor::publisher p{stentor::kafka_transport{s.client}, s.retry, stentor::failure_breaker{s.breaker}, s.publisher};
/// ```
/// With `KAFKA_ENABLED=false` that publisher never connects, accepts nothing, and answers `errc::disabled`.
struct settings {
    kafka_config client{};                          ///< for `kafka_transport`, `kafka_client`
    publisher_options publisher{};                  ///< deadline, topics, whether to publish at all
    exponential_backoff retry = default_retry();    ///< three retries, so four tries
    failure_breaker_options breaker{};              ///< for `failure_breaker`
    std::string dead_letter_topic = "dead-letter";  ///< for `dead_letter`
    consumer_settings consumer{};                   ///< kept for a consumer
    std::size_t outbox_batch = 100;                 ///< entries that an outbox takes at once
    bool validate_on_startup = false;               ///< the service should connect before it says that it is ready
    bool health = false;                            ///< the service's health should include Kafka's
    /// Variables that rename topics; a service adds its own to the defaults that it gives.
    std::vector<topic_variable> topic_variables{{"TASK_STATUS_TOPIC", "task-status"},
                                                {"WEB_CRAWL_REQUEST_TOPIC", "requests-web-crawl"},
                                                {"KAFKA_EVENTS_TOPIC", "holdwall-events"}};
    std::vector<std::string> notes{};         ///< what was inferred or left out, for a log: one sentence each, never with a secret
    std::vector<ignored_variable> ignored{};  ///< other `KAFKA_…` variables: never an error

    /// From the process's environment. `errc::invalid_config` names every variable that is wrong, and the rule, at once.
    [[nodiscard]] static result<settings> from_env();
    /// The same, over defaults of the service's own.
    [[nodiscard]] static result<settings> from_env(settings defaults);
    /// From any environment.
    [[nodiscard]] static result<settings> from(const environment& variables);
    /// The same, over defaults of the service's own.
    [[nodiscard]] static result<settings> from(const environment& variables, settings defaults);
    /// What can be read, and each problem by itself: for programs that show them.
    [[nodiscard]] static settings_report examine(const environment& variables);
    /// The same, over defaults of the service's own.
    [[nodiscard]] static settings_report examine(const environment& variables, settings defaults);

    /// All settings as they are, in the order of the table in docs/settings.md, the client's other properties behind them.
    [[nodiscard]] std::vector<shown_setting> show() const;

private:
    [[nodiscard]] static constexpr exponential_backoff default_retry() noexcept {
        exponential_backoff policy;
        policy.attempts = 4;
        return policy;
    }
};

/// Writes them one a line, as "KAFKA_BROKERS = localhost:9092", with `***` for secrets. Needs `<ostream>` where it is used.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const settings& s) {
    for (const shown_setting& one : s.show()) {
        out << one.variable.substr(0, one.variable.find(' ')) << " = " << one.value << '\n';
    }
    return out;
}

/// What `settings::examine` found.
struct settings_report {
    settings value{};                 ///< as far as it could be read
    std::vector<problem> problems{};  ///< by variable; empty: `value` can be used
};

}  // namespace stentor::inline v0
