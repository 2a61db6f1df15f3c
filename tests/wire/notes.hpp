#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/publisher.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/testing/topic_reader.hpp>
#include <stentor/transport/kafka.hpp>

// What the publisher's wire tests share: a message whose value is its text, and how to wait for the real clock.

namespace wire {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

struct note {
    std::string key;
    std::string text;
};

struct text_serializer {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const note& n, stentor::buffer& out) const {
        out.append(n.text);
        return {};
    }
};

/// The default stack over a mock cluster, but for the text.
template <class... Policies>
auto publisher(const stentor::kafka_config& config, Policies... policies) {
    return stentor::basic_publisher{stentor::kafka_transport{config}, text_serializer{}, std::move(policies)...};
}

/// Waits for a condition of the real world, at most so long.
template <class Condition>
bool eventually(Condition&& holds, std::chrono::milliseconds at_most = 5s) {
    const auto until = clock_type::now() + at_most;
    while (!holds()) {
        if (clock_type::now() > until) {
            return false;
        }
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

inline std::vector<std::string> texts(const std::vector<stentor::read_record>& records) {
    std::vector<std::string> all;
    for (const auto& r : records) {
        all.push_back(r.value.value_or("(null)"));
    }
    return all;
}

inline void check_balanced(const stentor::account& a) {
    CHECK(a.accepted == a.persisted + a.not_persisted + a.unknown + a.in_flight);
    CHECK(a.in_flight == 0);
}

}  // namespace wire

template <>
struct stentor::message_traits<wire::note> {
    static constexpr std::string_view topic = "notes";
    static std::string_view key(const wire::note& n) { return n.key.empty() ? std::string_view{} : std::string_view{n.key}; }
};
