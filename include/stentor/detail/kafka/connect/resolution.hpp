#pragma once

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stentor/detail/durations.hpp>
#include <stentor/detail/kafka/owned.hpp>
#include <stentor/detail/kafka/sync.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

// A host name looked up within a deadline, which getaddrinfo does not know: it runs on a thread of its own, that is left behind
// when it takes too long.

namespace stentor::inline v0::detail::kafka {

struct address {
    sockaddr_storage where{};
    socklen_t size = 0;
};

class resolution {
public:
    struct answer {
        bool done = false;
        int failed = 0;  // EAI_…
        std::vector<address> addresses{};
    };

    // Starts at once. `host` may be a name or an address, one of IPv6 with or without brackets. `family` is one of AF_….
    resolution(std::string host, std::string port, int family = AF_UNSPEC) : shared_(std::make_shared<state>()) {
        if (host.size() > 2 && host.front() == '[') {
            host = host.substr(1, host.size() - 2);
        }
        shared_->host = std::move(host);
        shared_->port = std::move(port);
        shared_->family = family;
        if (look_up(*shared_, AI_NUMERICHOST).failed == 0) {
            return;
        }
        auto mine = std::make_unique<std::shared_ptr<state>>(shared_);
        pthread_t thread{};
        if (start_thread(thread, &thread_main, mine.get(), "stentor-resolve")) {
            [[maybe_unused]] const auto* const owned_by_the_thread = mine.release();
            ::pthread_detach(thread);
        } else {
            shared_->seen = {true, EAI_MEMORY, {}};
        }
    }

    // What is known by then.
    [[nodiscard]] answer wait_until(instant until) const {
        const guard g(shared_->lock);
        while (!shared_->seen.done && now() < until) {
            shared_->changed.wait_until(shared_->lock, until);
        }
        return shared_->seen;
    }

private:
    struct state {
        std::string host;
        std::string port;
        int family = AF_UNSPEC;
        mutex lock;
        condition changed;
        answer seen;
    };

    [[nodiscard]] static instant now() noexcept {
        std::timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC, &t);
        return instant{std::chrono::seconds(t.tv_sec) + nanoseconds(t.tv_nsec)};
    }

    // With AI_NUMERICHOST nobody is asked.
    static const answer& look_up(state& s, int flags) {
        answer a;
        addrinfo wish{};
        wish.ai_flags = flags;
        wish.ai_family = s.family;
        wish.ai_socktype = SOCK_STREAM;
        addrinfo* list = nullptr;
        a.failed = ::getaddrinfo(s.host.c_str(), s.port.c_str(), &wish, &list);
        const owned<addrinfo, ::freeaddrinfo> holder(list);
        for (const addrinfo* one = list; a.failed == 0 && one != nullptr; one = one->ai_next) {
            if (one->ai_addrlen <= sizeof(sockaddr_storage)) {
                a.addresses.push_back({});
                a.addresses.back().size = one->ai_addrlen;
                std::copy_n(reinterpret_cast<const char*>(one->ai_addr), one->ai_addrlen,
                            reinterpret_cast<char*>(&a.addresses.back().where));
                // /etc/hosts may have one twice.
                if (std::any_of(a.addresses.begin(), a.addresses.end() - 1, [&](const address& other) {
                        return std::memcmp(&other.where, &a.addresses.back().where, sizeof other.where) == 0;
                    })) {
                    a.addresses.pop_back();
                }
            }
        }
        a.done = a.failed == 0 || flags != AI_NUMERICHOST;
        const guard g(s.lock);
        s.seen = std::move(a);
        s.changed.notify_all();
        return s.seen;
    }

    static void* thread_main(void* argument) {
        const std::unique_ptr<std::shared_ptr<state>> mine(static_cast<std::shared_ptr<state>*>(argument));
        state& s = **mine;
        try {
            look_up(s, AI_ADDRCONFIG);
        } catch (const std::bad_alloc&) {
            const guard g(s.lock);
            s.seen = {true, EAI_MEMORY, {}};
            s.changed.notify_all();
        }
        return nullptr;
    }

    std::shared_ptr<state> shared_;
};

}  // namespace stentor::inline v0::detail::kafka
