// Made by single_include/generate.py from include/stentor/detail/settings/examine.ipp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/stentor.hpp>
#include <stentor/detail/settings/row.hpp>
#include <stentor/detail/settings/security.hpp>
#include <stentor/detail/settings/table.hpp>
#include <stentor/settings/value.hpp>

// settings from an environment: read the rows, put together what several of them say, check the whole, and tell all at once.

namespace stentor::inline v0 {
namespace detail::env {

class examination {
public:
    examination(const environment& variables, settings defaults) : variables_(variables) { report_.value = std::move(defaults); }

    [[nodiscard]] settings_report done() && {
        for (const row& r : rows) {
            read(r);
        }
        read_topics();
        read_others();
        settle_brokers();
        settle_security({reading_.heard, origins_, report_.value, report_.problems});
        settle_times();
        check_client();
        settle_enabled();
        return std::move(report_);
    }

private:
    [[nodiscard]] settings& s() noexcept { return report_.value; }
    void wrong(std::string_view name, std::string_view rule) { kafka::complain(report_.problems, name, rule); }
    void note(std::string text) { s().notes.push_back(std::move(text)); }

    // What is empty counts as not there: templates of deployments make such variables.
    [[nodiscard]] std::string_view value_of(std::string_view name) {
        const auto found = variables_.find(name);
        if (found && found->empty()) {
            note(std::string(name).append(" is empty, which counts as not set"));
        }
        return found.value_or(std::string_view{});
    }

    void read(const row& r) {
        std::string_view first;
        std::string_view first_value;
        for_each_name(r.names, [&](std::string_view name) {
            const std::string_view value = value_of(name);
            if (value.empty()) {
                return;
            }
            if (!first.empty() && !same(r, first_value, value)) {
                wrong(name, std::string("says something else than ").append(first).append(", which is the same setting"));
                return;
            }
            if (value.find('\0') != std::string_view::npos) {
                wrong(name, "contains a NUL character");
                return;
            }
            first = name;
            first_value = value;
            origins_.push_back({r.field, name, first_name(r)});
            if (!r.read(r, reading_, value)) {
                wrong(name, reading_.rule);
            }
        });
    }
    // As they are read: "a:1, b:2" is "a:1,b:2", and yes is 1.
    [[nodiscard]] static bool same(const row& r, std::string_view a, std::string_view b) {
        settings one;
        settings other;
        reading from_a{one};
        reading from_b{other};
        const bool read = r.read(r, from_a, a) && r.read(r, from_b, b);
        return a == b || (read && from_a.heard == from_b.heard && r.show(one) == r.show(other));
    }

    void read_topics() {
        for (const topic_variable& t : s().topic_variables) {
            const std::string_view value = value_of(t.variable);
            if (value.empty()) {
                continue;
            }
            if (!kafka::is_topic_name(value)) {
                wrong(t.variable, kafka::topic_rule);
                continue;
            }
            std::erase_if(s().publisher.topics, [&](const topic_override& known) { return known.from == t.from; });
            s().publisher.topics.push_back({t.from, std::string(value)});
        }
        if (!s().dead_letter_topic.empty() && !kafka::is_topic_name(s().dead_letter_topic)) {
            wrong("KAFKA_DLQ_TOPIC", kafka::topic_rule);
        }
    }

    [[nodiscard]] bool is_read(std::string_view name) const {
        bool found =
            std::ranges::any_of(report_.value.topic_variables, [&](const topic_variable& t) { return t.variable == name; });
        for (const row& r : rows) {
            for_each_name(r.names, [&](std::string_view known) { found = found || known == name; });
        }
        return found;
    }

    void read_others() {
        for (const environment::variable& v : variables_) {
            if (!v.name.starts_with("KAFKA_") || is_read(v.name)) {
                continue;
            }
            std::string name = property_name(v.name);
            const kafka::property* const p = kafka::find_property(name);
            // Also those that librdkafka itself does not list, because they are refused for a reason.
            const bool known = p != nullptr || !kafka::why_refused(name, {}, false).empty();
            if (!known || v.value.empty()) {
                s().ignored.push_back({std::string(v.name), known ? std::string{} : meant(v.name)});
                continue;
            }
            if (p != nullptr && p->whose == kafka::property::use::consumer) {
                if (const std::string rule = kafka::why_wrong(*p, v.value); !rule.empty()) {
                    wrong(v.name, rule);
                }
                s().consumer.properties.emplace_back(std::move(name), v.value);
                continue;
            }
            std::erase_if(s().client.properties, [&](const auto& one) { return one.first == name; });
            s().client.properties.emplace_back(name, v.value);
            properties_.emplace_back(std::move(name), v.name);
        }
    }
    [[nodiscard]] std::string meant(std::string_view name) const {
        // Without what they all begin with, which would make all of them alike.
        const std::string_view like = nearest(name.substr(6), [&](const auto& found) {
            const auto offer = [&](std::string_view known) {
                if (known.starts_with("KAFKA_")) {
                    found(known.substr(6));
                }
            };
            for (const row& r : rows) {
                for_each_name(r.names, offer);
            }
            for (const topic_variable& t : report_.value.topic_variables) {
                offer(t.variable);
            }
        });
        return like.empty() ? std::string{} : std::string("KAFKA_").append(like);
    }

    void settle_brokers() {
        if (!s().client.brokers.empty() || set("client.brokers")) {
            return;
        }
        if (reading_.heard.enabled.value_or(false)) {
            wrong("KAFKA_BROKERS", "must be there when KAFKA_ENABLED is true, as host:port,host:port");
            return;
        }
        s().client.brokers = "localhost:9092";
        if (reading_.heard.enabled.value_or(s().client.enabled)) {
            note("KAFKA_BROKERS is not set: localhost:9092 is used");
        }
    }

    void settle_times() {
        const nanoseconds attempt = s().client.attempt_timeout;
        if (set("client.attempt_timeout")) {
            s().breaker.probe_timeout = attempt + milliseconds(500);
        }
        if (s().retry.initial > s().retry.max && s().retry.attempts > 1) {
            note(std::string("the wait before the first retry, ")
                     .append(show_time(s().retry.initial))
                     .append(", is cut to the longest one, ")
                     .append(show_time(s().retry.max))
                     .append(": KAFKA_RETRY_MAX_BACKOFF sets that"));
        }
        if (s().publisher.deadline < attempt + milliseconds(500) && s().retry.attempts > 1) {
            note(std::string("no publish is tried again: the deadline, ")
                     .append(show_time(s().publisher.deadline))
                     .append(", leaves no time for a second try, ")
                     .append(show_time(attempt)));
        }
    }

    // By the names that the environment knows.
    void check_client() {
        kafka::problems found;
        kafka::check(s().client, 0, found);
        for (problem& p : found) {
            if (const std::string_view name = variable_for(p.key); !name.empty()) {
                p.key = name;
            }
            const bool told = std::ranges::any_of(report_.problems, [&](const problem& known) { return known.key == p.key; });
            if (!told) {
                report_.problems.push_back(std::move(p));
            }
        }
    }
    // The one that set it, or else the one that could have; empty for what no variable sets.
    [[nodiscard]] std::string_view variable_for(std::string_view key) const {
        const std::string field = std::string("client.").append(key);
        if (const auto at = std::ranges::find(origins_, field, &origin::field); at != origins_.end()) {
            return at->variable;
        }
        for (const auto& [property, variable] : properties_) {
            if (property == key) {
                return variable;
            }
        }
        const auto* const at = std::ranges::find(rows, field, &row::field);
        return at != rows.end() ? first_name(*at) : std::string_view{};
    }
    [[nodiscard]] bool set(std::string_view field) const {
        return std::ranges::find(origins_, field, &origin::field) != origins_.end();
    }

    void settle_enabled() {
        s().client.enabled = reading_.heard.enabled.value_or(s().client.enabled);
        s().publisher.enabled = s().publisher.enabled && s().client.enabled;
        if (!s().client.enabled) {
            // A service that runs without Kafka does not stop for what it does not use.
            for (const problem& p : std::exchange(report_.problems, {})) {
                note("Kafka is switched off, so this does not matter now: " + p.key + ": " + p.rule);
            }
        }
    }

    const environment& variables_;
    settings_report report_{};
    reading reading_{report_.value};
    std::vector<origin> origins_{};
    std::vector<std::pair<std::string, std::string_view>> properties_{};  // and the variable of each
};

}  // namespace detail::env

inline settings_report settings::examine(const environment& variables, settings defaults) {
    return detail::env::examination(variables, std::move(defaults)).done();
}
inline settings_report settings::examine(const environment& variables) { return examine(variables, settings{}); }

inline result<settings> settings::from(const environment& variables, settings defaults) {
    settings_report report = examine(variables, std::move(defaults));
    if (!report.problems.empty()) {
        return error_of("environment", report.problems);
    }
    return std::move(report.value);
}
inline result<settings> settings::from(const environment& variables) { return from(variables, settings{}); }
inline result<settings> settings::from_env(settings defaults) { return from(environment::of_process(), std::move(defaults)); }
inline result<settings> settings::from_env() { return from_env(settings{}); }

inline std::vector<shown_setting> settings::show() const {
    std::vector<shown_setting> all;
    for (const detail::env::row& r : detail::env::rows) {
        all.push_back({std::string(r.names), std::string(r.field), std::string(r.property), r.show(*this), std::string(r.source)});
    }
    for (const topic_variable& t : topic_variables) {
        const auto at = std::ranges::find(publisher.topics, t.from, &topic_override::from);
        const std::string_view source = t.variable == "KAFKA_EVENTS_TOPIC" ? detail::env::event_bus
                                        : t.variable == "TASK_STATUS_TOPIC" || t.variable == "WEB_CRAWL_REQUEST_TOPIC"
                                            ? detail::env::task_manager
                                            : "the service";
        all.push_back({t.variable, "publisher.topics", {}, at == publisher.topics.end() ? t.from : at->to, std::string(source)});
    }
    for (const auto& [name, value] : client.properties) {
        const bool may_be_shown = detail::kafka::property_of(name) != nullptr && !detail::kafka::is_secret(name);
        all.push_back({detail::env::variable_name(name), "client.properties", name, may_be_shown ? value : "***", "librdkafka"});
    }
    return all;
}

}  // namespace stentor::inline v0
