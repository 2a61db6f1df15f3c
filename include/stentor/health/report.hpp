#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <stentor/breaker.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/options.hpp>
#include <stentor/serializer/json.hpp>
#include <stentor/version.hpp>

/// @file
/// What a health check says, as values and as JSON. No text in it holds a secret.

namespace stentor::inline v0 {

/// The words of the IETF's draft on health checks (draft-inadarei-api-health-check).
enum class health_status : std::uint8_t {
    pass,  ///< all is well
    warn,  ///< it works, and somebody should look at it
    fail,  ///< it does not do its work
};
BOOST_DESCRIBE_ENUM(health_status, pass, warn, fail)

/// The newest failure of a publisher's messages, or the newest bad news of its client.
struct health_failure {
    timestamp time{};                      ///< when
    std::string error{};                   ///< the condition: `to_string(errc)`
    std::string cause{};                   ///< the broker's or the client's own words
    std::optional<std::string> topic{};    ///< where to; none: it is the client's
    std::optional<std::string> outcome{};  ///< `not_persisted` or `unknown`; none: it is the client's

    BOOST_DESCRIBE_CLASS(health_failure, (), (time, error, cause, topic, outcome), (), ())
};

/// Where a publisher's messages are; `account`, as JSON sees it.
struct health_account {
    std::uint64_t accepted = 0;       ///< all of these are `account`'s
    std::uint64_t persisted = 0;      ///< as there
    std::uint64_t not_persisted = 0;  ///< as there
    std::uint64_t unknown = 0;        ///< as there
    std::uint64_t in_flight = 0;      ///< as there
    std::uint64_t refused = 0;        ///< as there

    BOOST_DESCRIBE_CLASS(health_account, (), (accepted, persisted, not_persisted, unknown, in_flight, refused), (), ())
};

/// One publisher.
struct publisher_health {
    std::string name{};                            ///< as it was given to `health_monitor::watch`
    health_status status = health_status::pass;    ///< of readiness: should this service be sent work that it must publish?
    health_status liveness = health_status::pass;  ///< would a restart help?
    std::vector<std::string> reasons{};            ///< one sentence each, for what is not `pass`
    bool enabled = true;                           ///< false: made to accept nothing, which is well
    std::string circuit{};                         ///< `closed`, `open` or `half_open`
    std::optional<std::uint64_t> brokers_up{};     ///< none: the transport cannot tell, or it takes no messages
    health_account messages{};                     ///< since the publisher was made
    double slots_used = 0;                         ///< of 1
    double bytes_used = 0;                         ///< of 1; one message may be larger than all room
    std::int64_t oldest_in_flight_ms = 0;          ///< 0: there is none
    std::uint64_t late_outcomes = 0;               ///< reports that came after their operation had ended
    std::optional<timestamp> last_success{};       ///< needs a `health_tracer`, as do the next two
    std::optional<health_failure> last_failure{};  ///< of a message
    std::optional<health_failure>
        last_client_fault{};  ///< of the client; none: all is well since (a broker came up, or a message was persisted)

    BOOST_DESCRIBE_CLASS(publisher_health, (),
                         (name, status, liveness, reasons, enabled, circuit, brokers_up, messages, slots_used, bytes_used,
                          oldest_in_flight_ms, late_outcomes, last_success, last_failure, last_client_fault),
                         (), ())
};

/// What a probe found; see `health_monitor::probe`.
struct health_probe {
    health_status status = health_status::pass;  ///< pass or fail
    std::optional<std::string> cause{};          ///< why it failed, and what to do about it

    BOOST_DESCRIBE_CLASS(health_probe, (), (status, cause), (), ())
};

/// All publishers.
struct kafka_health {
    health_status status = health_status::pass;  ///< the worst of what is below
    std::vector<publisher_health> publishers{};  ///< in the order of their `watch`
    std::optional<health_probe> probe{};         ///< when one was asked for, and no other was under way

    BOOST_DESCRIBE_CLASS(kafka_health, (), (status, publishers, probe), (), ())
};

/// The parts of a report.
struct health_checks {
    std::optional<kafka_health> kafka{};  ///< none: it was not asked for

    BOOST_DESCRIBE_CLASS(health_checks, (), (kafka), (), ())
};

/// What a health endpoint answers.
struct health_report {
    health_status status = health_status::pass;  ///< the worst of all parts
    health_checks checks{};                      ///< the parts

    BOOST_DESCRIBE_CLASS(health_report, (), (status, checks), (), ())

    /// `{"status":"pass","checks":{"kafka":{…}}}`, names in camelCase. Throws `std::bad_alloc`.
    [[nodiscard]] std::string to_json() const {
        buffer out;
        // No text in it is anything but UTF-8, and no number infinite: there is nothing that JSON cannot say.
        (void)stentor::to_json<naming::camel_case>(*this, out);
        return std::string(out.view());
    }
};

}  // namespace stentor::inline v0
