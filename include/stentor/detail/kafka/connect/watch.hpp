#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/kafka/connect/diagnosis.hpp>
#include <stentor/detail/kafka/sync.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// One broker that could not be reached, since a broker was last ready.
struct connection_failure {
    std::string broker;     // host:port
    bool bootstrap = true;  // false: its address came from another broker
    diagnosis why;
    std::vector<std::string> tried;  // the addresses that could not be connected to: a name may have several
    bool beyond_connect = false;     // it failed when it was connected already
};

// "ssl://host:port/bootstrap: Connect to ipv4#1.2.3.4:9092 failed: …"
[[nodiscard]] inline connection_failure read_failure(std::string_view words, diagnosis why) {
    connection_failure f;
    std::string_view name = words.substr(0, words.find(": "));
    if (const auto scheme = name.find("://"); scheme != std::string_view::npos) {
        name.remove_prefix(scheme + 3);
    }
    const auto slash = name.rfind('/');
    f.broker = name.substr(0, slash);
    f.bootstrap = slash == std::string_view::npos || name.substr(slash + 1) == "bootstrap";
    constexpr std::string_view connecting = ": Connect to ";
    if (const auto at = words.find(connecting); at != std::string_view::npos) {
        const std::string_view to = words.substr(at + connecting.size());
        f.tried.emplace_back(to.substr(0, to.find(' ')));
    } else {
        f.beyond_connect = true;
    }
    f.why = std::move(why);
    return f;
}

// What the event thread has heard of connecting, for those that wait for it.
class connection_watch {
public:
    struct view {
        std::uint64_t version = 0;
        bool producer_id = false;
        bool dead = false;  // `last` says why
        std::uint64_t deaths = 0;
        std::uint64_t deaths_told = 0;  // up to that one somebody who waited has heard why
        diagnosis last;
        std::vector<connection_failure> failures;
    };

    void failed(connection_failure f) {
        const guard g(lock_);
        const auto same = std::find_if(now_.failures.begin(), now_.failures.end(), [&](const connection_failure& other) {
            return other.broker == f.broker && other.bootstrap == f.bootstrap;
        });
        if (same == now_.failures.end()) {
            now_.failures.push_back(std::move(f));
        } else {
            for (std::string& one : f.tried) {
                if (std::find(same->tried.begin(), same->tried.end(), one) == same->tried.end()) {
                    same->tried.push_back(std::move(one));
                }
            }
            same->beyond_connect = same->beyond_connect || f.beyond_connect;
            // What a broker says counts for more than that another of its addresses does not answer.
            if (f.beyond_connect || !same->beyond_connect) {
                same->why = std::move(f.why);
            }
        }
        announce();
    }
    void has_producer_id() {
        const guard g(lock_);
        now_.producer_id = true;
        announce();
    }
    void died(diagnosis why) {
        const guard g(lock_);
        now_.dead = true;
        ++now_.deaths;
        now_.last = std::move(why);
        announce();
    }
    void death_told(std::uint64_t which) {
        const guard g(lock_);
        now_.deaths_told = std::max(now_.deaths_told, which);
    }
    // A broker is ready, of a client that is alive: what was before does not matter any more.
    void is_ready() {
        const guard g(lock_);
        now_.failures.clear();
        now_.dead = false;
        announce();
    }
    // The next connection may go otherwise than the last ones.
    void forget_failures() {
        const guard g(lock_);
        now_.failures.clear();
        announce();
    }
    // The client is another one now.
    void begins_anew() {
        const guard g(lock_);
        now_.failures.clear();
        now_.dead = false;
        now_.producer_id = false;
        announce();
    }
    void changed() {
        const guard g(lock_);
        announce();
    }

    [[nodiscard]] view look() {
        const guard g(lock_);
        return now_;
    }
    [[nodiscard]] std::uint64_t version() noexcept {
        const guard g(lock_);
        return now_.version;
    }
    // Until something has happened since that look.
    void wait_until(std::uint64_t version, instant until) noexcept {
        const guard g(lock_);
        if (now_.version == version) {
            changed_.wait_until(lock_, until);
        }
    }

private:
    void announce() noexcept {
        ++now_.version;
        changed_.notify_all();
    }

    mutex lock_;
    condition changed_;
    view now_;
};

}  // namespace stentor::inline v0::detail::kafka
