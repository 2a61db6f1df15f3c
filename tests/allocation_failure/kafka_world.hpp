#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/error_in.hpp>
#include <stentor/publisher.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/transport/kafka.hpp>

#include "task.hpp"

// A cluster, and what is seen of a publisher on it, for the tests in which memory runs out.

namespace failing {

using namespace std::chrono_literals;
using publisher = stentor::basic_publisher<stentor::kafka_transport>;

inline const stentor::publisher_options small{.deadline = 20s, .slots = 8};
inline const std::string topic(stentor::message_traits<task>::topic);

template <class Condition>
bool comes_true(Condition&& condition) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

// Those that are not at their end: one that was joined may still be listed for a moment.
inline int listed_threads() {
    constexpr unsigned exiting = 4;  // PF_EXITING, set before whoever joins it goes on
    int count = 0;
    for (const auto& one : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string line;
        std::getline(std::ifstream(one.path() / "stat"), line);
        std::istringstream behind_name(line.substr(line.find_last_of(')') + 1));  // may be empty: it has gone just now
        std::string skipped;
        for (int i = 0; i < 6; ++i) {
            behind_name >> skipped;
        }
        unsigned flags = exiting;
        behind_name >> flags;
        count += (flags & exiting) == 0 ? 1 : 0;
    }
    return count;
}

// The list may leave one out while another one ends: what it says three times in a row is right.
inline int threads() {
    int count = listed_threads();
    for (int same = 1; same < 3;) {
        const int again = listed_threads();
        same = again == count ? same + 1 : 1;
        count = again;
    }
    return count;
}

// The event thread takes a client down behind its last user, and goes itself.
struct clients_gone {
    int before = threads();
    bool operator()() const {
        return comes_true([this] { return threads() == before; });
    }
};

// A topic of one partition: the place of the newest record says how many went before it.
struct world {
    stentor::mock_cluster cluster;
    stentor::kafka_config config{.brokers = cluster.bootstrap(),
                                 .client_id = "a-client-with-a-long-name",
                                 .properties = {{"topic.metadata.refresh.interval.ms", "60000"}}};
    std::int64_t next_offset = 0;

    world() { cluster.create_topic(topic, 1); }

    void begin_to_count() {
        const clients_gone left_nothing;
        {
            publisher p(stentor::kafka_transport{config}, small);
            (void)count_after_one_more(p);
        }
        REQUIRE(left_nothing());
    }
    // Publishes once more. How many records there are since the last time; -1: it did not succeed.
    std::int64_t count_after_one_more(publisher& p) {
        const auto r = p.publish(task{});
        if (!r) {
            return -1;
        }
        const std::int64_t n = r->offset - next_offset;
        next_offset = r->offset + 1;
        return n;
    }
};

// To take one down takes a second.
inline world& shared_world() {
    static world w;
    return w;
}

// Null: it is not.
inline std::shared_ptr<stentor::kafka_client> connected(const world& w) {
    auto client = std::make_shared<stentor::kafka_client>(w.config);
    return client->wait_until_connected(10s) ? client : nullptr;
}

struct seen {
    bool thrown = false;
    bool accepted = false;
    int outcomes = 0;
    int persisted = 0;
    stentor::errc code = stentor::errc::none;
    stentor::outcome what = stentor::outcome::not_persisted;
    std::int64_t in_log = -1;
    stentor::account books{};
    bool closed = false;
    bool left_nothing = false;

    // `result::error` copies, which takes memory.
    void take(const stentor::result<stentor::receipt>& r) noexcept {
        ++outcomes;
        persisted += r.has_value() ? 1 : 0;
        if (!r) {
            code = stentor::detail::error_in(r).condition();
            what = stentor::detail::error_in(r).outcome;
        }
    }
};

}  // namespace failing
