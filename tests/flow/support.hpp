#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/message.hpp>
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

// What the flow tests share: a message whose value is its text, and a publisher of it on a memory broker.

namespace flow {

using namespace std::chrono_literals;

struct note {
    std::string key;
    std::string text;
};

inline const stentor::exponential_backoff three_tries{.attempts = 3, .initial = 100ms};

/// Keys and texts of a topic's log, "k=text".
inline std::vector<std::string> log_of(const stentor::memory_broker& broker, std::string_view topic = "notes") {
    std::vector<std::string> lines;
    for (const stentor::memory_record& r : broker.records(topic)) {
        lines.push_back(std::string(r.key) + "=" + std::string(r.value));
    }
    return lines;
}

/// Writes the text of a note.
struct text_serializer {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const note& n, stentor::buffer& out) const {
        out.append(n.text);
        return {};
    }
};

template <class Retry = stentor::exponential_backoff, class Breaker = stentor::no_breaker, class Tracer = stentor::no_tracer>
using publisher = stentor::basic_publisher<stentor::memory_transport, text_serializer, Retry, Breaker, Tracer>;

/// Outcomes of asynchronous publishes, in the order of their handlers.
struct outcomes {
    struct one {
        std::string text;
        stentor::result<stentor::receipt> result;
    };
    std::vector<one> all;

    auto into(std::string text) {
        return [this, text = std::move(text)](stentor::result<stentor::receipt> r) { all.push_back({text, std::move(r)}); };
    }
    [[nodiscard]] std::size_t persisted() const {
        std::size_t n = 0;
        for (const one& o : all) {
            n += o.result.has_value() ? 1U : 0U;
        }
        return n;
    }
};

inline void check_balanced(const stentor::account& a) {
    CHECK(a.accepted == a.persisted + a.not_persisted + a.unknown + a.in_flight);
    CHECK(a.in_flight == 0);
}

}  // namespace flow

template <>
struct stentor::message_traits<flow::note> {
    static constexpr std::string_view topic = "notes";
    static std::string_view key(const flow::note& n) { return n.key.empty() ? std::string_view{} : std::string_view{n.key}; }
};
