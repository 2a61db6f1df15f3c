#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/metrics/json_walk.hpp>
#include <stentor/detail/metrics/rdkafka_table.hpp>
#include <stentor/metrics/rdkafka_statistics.hpp>

namespace stentor::inline v0 {

namespace detail::metrics {

class statistics_reader {
public:
    statistics_reader(metric_sink& to, const std::string& client, std::size_t most) noexcept
        : to_(to), client_(client), most_(most) {}

    void operator()(std::span<const std::string_view> path, const json_scalar& seen) {
        if (path.size() == 1 && seen.is_number) {
            add(find(client_statistics, path[0]), seen.number, {});
        } else if (path.size() >= 3 && path[0] == "brokers") {
            broker(path.subspan(1), seen);
        } else if (path.size() >= 3 && path[0] == "topics") {
            topic(path.subspan(1), seen);
        }
    }
    void finish() {
        end_of_topic();
        to_.add_gauge("kafka_rdkafka_left_out", "Brokers and topics beyond the limit, which are not here.",
                      static_cast<double>(left_out_), {{"client", client_}});
    }

private:
    void add(const statistic* s, double value, std::vector<metric_label> labels) {
        if (s == nullptr) {
            return;
        }
        labels.insert(labels.begin(), {"client", client_});
        metric_point p;
        p.labels = std::move(labels);
        p.value = value * s->scale;
        to_.add(s->name, s->help, s->type, std::move(p));
    }
    // Something begins that has a name: is there room for it?
    [[nodiscard]] bool room(std::string_view name, std::string& current, bool& shown, std::size_t& count) {
        if (name != current || count == 0) {
            current = name;
            shown = count++ < most_;
            left_out_ += shown ? 0 : 1;
        }
        return shown;
    }

    void broker(std::span<const std::string_view> path, const json_scalar& seen) {
        // librdkafka's pseudo broker, and those that only stand for others.
        if (path[0].starts_with(":0/") || path[0].ends_with("/internal") || path[0] == "GroupCoordinator" ||
            !room(path[0], broker_, broker_shown_, brokers_)) {
            return;
        }
        const metric_label label{"broker", broker_};
        if (path.size() == 2 && seen.is_number) {
            add(find(broker_statistics, path[1]), seen.number, {label});
        } else if (path.size() == 2 && path[1] == "state") {
            static constexpr statistic up{"state", metric_type::gauge, 1, "kafka_rdkafka_broker_up",
                                          "1: it is connected and ready."};
            add(&up, seen.text == "UP" ? 1 : 0, {label});
        } else if (path.size() == 3 && seen.is_number) {
            window(find(broker_windows, path[1]), path[2], seen.number, label);
        }
    }
    void topic(std::span<const std::string_view> path, const json_scalar& seen) {
        if (path[0] != topic_ || topics_ == 0) {
            end_of_topic();
        }
        if (!room(path[0], topic_, topic_shown_, topics_)) {
            return;
        }
        if (path.size() == 4 && path[1] == "partitions" && seen.is_number) {
            if (const statistic* const s = find(partition_statistics, path[3])) {
                sums_[static_cast<std::size_t>(s - partition_statistics.data())] += seen.number;
            }
        } else if (path.size() == 3 && seen.is_number) {
            window(find(topic_windows, path[1]), path[2], seen.number, {"topic", topic_});
        }
    }
    void end_of_topic() {
        if (topics_ != 0 && topic_shown_) {
            for (std::size_t i = 0; i < sums_.size(); ++i) {
                add(&partition_statistics[i], sums_[i], {{"topic", topic_}});
            }
        }
        sums_.fill(0);
    }
    void window(const statistic* s, std::string_view figure, double value, const metric_label& of) {
        if (std::find(window_figures.begin(), window_figures.end(), figure) != window_figures.end()) {
            add(s, value, {of, {"stat", std::string(figure)}});
        }
    }

    metric_sink& to_;
    const std::string& client_;
    std::size_t most_;
    std::size_t left_out_ = 0;
    std::size_t brokers_ = 0;
    std::size_t topics_ = 0;
    std::string broker_{};
    std::string topic_{};
    bool broker_shown_ = false;
    bool topic_shown_ = false;
    std::array<double, partition_statistics.size()> sums_{};
};

}  // namespace detail::metrics

inline bool add_statistics(metric_sink& to, std::string_view json, const std::string& client, std::size_t most) {
    detail::metrics::statistics_reader reader(to, client, most);
    const bool whole = detail::metrics::json_walk(json).run(reader);
    reader.finish();
    return whole;
}

}  // namespace stentor::inline v0
