#pragma once

// How a caller waits until a client is connected, and what it is told when it is not.

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/durations.hpp>
#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/kafka/connect/port_look.hpp>
#include <stentor/detail/kafka/connect/probe.hpp>
#include <stentor/detail/kafka/connect/resolution.hpp>
#include <stentor/detail/kafka/connect/topic_check.hpp>
#include <stentor/detail/kafka/connect/watch.hpp>
#include <stentor/detail/kafka/engine.hpp>

namespace stentor::inline v0::detail::kafka {

// The caller's side of one wait.
class connection_wait {
public:
    connection_wait(const security& s, std::size_t bootstrap, bool first, instant until)
        : security_(s), bootstrap_(bootstrap), first_(first), until_(until) {}

    // An error as soon as it is certain that no broker can be reached. Those whose address came from another broker count, once
    // there are any; until then the ones that were given.
    [[nodiscard]] std::optional<error> verdict(const std::vector<connection_failure>& failures,
                                               const std::vector<broker_states::broker>& brokers) {
        const auto learned =
            static_cast<std::size_t>(std::count_if(brokers.begin(), brokers.end(), [](const auto& b) { return b.id >= 0; }));
        std::size_t failed = 0;
        const connection_failure* worst = nullptr;
        for (const connection_failure& f : failures) {
            if (f.bootstrap == (learned == 0) && is_final(f)) {
                ++failed;
                worst = worst == nullptr || weight(f.why) > weight(worst->why) ? &f : worst;
            }
        }
        if (worst == nullptr || failed < (learned == 0 ? bootstrap_ : learned)) {
            return std::nullopt;
        }
        diagnosis d = worst->why;
        if (d.open != diagnosis::doubt::none) {
            // As long as the caller has time; beyond that, what a peer on the same machine or next to it needs.
            const instant now = monotonic_now();
            const instant until =
                std::min<instant>(std::max<instant>(until_, now + milliseconds(150)), now + std::chrono::seconds(2));
            settle(d, look_at_port(addresses(worst->broker, until).addresses, until), security_);
        }
        if (learned > 0 && first_) {
            blame_advertised(d);
        } else if (failed > 1) {
            d.cause +=
                learned > 0 ? "; no other broker could be reached either" : "; no other bootstrap broker could be reached either";
        }
        return as_error(std::move(d));
    }

    // Nothing was decisive by the deadline: what is known of how far it came.
    [[nodiscard]] error timed_out(const std::vector<connection_failure>& failures,
                                  const std::vector<broker_states::broker>& brokers, bool no_token) {
        diagnosis d;
        d.code = errc::deadline_exceeded;
        if (no_token) {
            // Nothing is connected to before there is one.
            d.cause = "the token_source has not answered";
            d.hint = "Look at where it gets its tokens; its fetch() should give up in time.";
            return as_error(std::move(d));
        }
        // From 2.13 on a bootstrap connection is closed once it has told of the others.
        const bool learned = std::any_of(brokers.begin(), brokers.end(), [](const auto& b) { return b.id >= 0; });
        for (const auto& b : brokers) {
            if (learned && b.id < 0) {
                continue;
            }
            const bool heard = std::any_of(failures.begin(), failures.end(), [&](const auto& f) { return f.broker == b.address; });
            if (!b.up && !heard && !b.state.empty()) {
                silent(d, b);
                if (first_ && b.id >= 0) {
                    blame_advertised(d);
                }
                break;
            }
        }
        if (d.cause.empty() && !failures.empty()) {
            d = failures.back().why;
        }
        if (d.cause.empty()) {
            d.cause = "no broker has answered";
            d.hint = hint_for(d.code);
        }
        return as_error(std::move(d));
    }

    [[nodiscard]] static error as_error(diagnosis d) {
        error e(d.code, std::move(d.cause));
        e.hint = std::move(d.hint);
        return e;
    }

    // A name server has not answered yet: it does not wake who waits.
    [[nodiscard]] bool resolving() const {
        return std::any_of(names_.begin(), names_.end(), [](const auto& one) { return !one.second.wait_until(instant{}).done; });
    }
    void resolve(const std::string& broker) {
        if (const auto colon = broker.rfind(':'); colon != std::string::npos && !names_.contains(broker)) {
            names_.emplace(broker, resolution(broker.substr(0, colon), broker.substr(colon + 1), security_.family));
        }
    }

private:
    // A name may have several addresses, of which librdkafka tries one at a time.
    [[nodiscard]] bool is_final(const connection_failure& f) {
        if (f.beyond_connect) {
            return true;
        }
        const resolution::answer known = addresses(f.broker, instant{});
        return known.done && f.tried.size() >= known.addresses.size();
    }
    [[nodiscard]] resolution::answer addresses(const std::string& broker, instant until) {
        resolve(broker);
        const auto found = names_.find(broker);
        return found != names_.end() ? found->second.wait_until(until) : resolution::answer{true, 0, {}};
    }
    // The one that says most of what to do is told; what a broker has said itself before what has to be looked for.
    [[nodiscard]] static int weight(const diagnosis& d) noexcept {
        if (d.open != diagnosis::doubt::none) {
            return 2;
        }
        switch (d.code) {
            case errc::authentication: return 5;
            case errc::authorization: return 4;
            case errc::tls: return 3;
            case errc::dns: return 1;
            default: return 0;
        }
    }
    static void blame_advertised(diagnosis& d) {
        if (d.code != errc::authentication && d.code != errc::authorization) {
            d.hint =
                "That address came from the broker itself, its advertised.listeners: it must be one that this machine reaches. " +
                d.hint;
        }
    }
    void silent(diagnosis& d, const broker_states::broker& b) {
        d.cause = b.address;
        if (b.state.starts_with("AUTH")) {
            d.cause += ": connected, but the login was not answered";
            d.hint = "Look at the broker's log: it or what checks its passwords hangs.";
        } else if (b.state == "SSL_HANDSHAKE") {
            d.cause += ": connected, but the TLS handshake was not answered";
            d.hint = "Check that this port is a TLS listener, and that the broker does not hang.";
        } else if (b.state == "CONNECT" || b.state == "TRY_CONNECT" || b.state == "INIT") {
            if (const auto found = names_.find(b.address); found != names_.end() && !found->second.wait_until(instant{}).done) {
                d.code = errc::dns;
                d.cause += ": the name server has not answered";
                d.hint = hint_for(errc::dns);
            } else {
                d.cause += ": no answer to the attempt to connect";
                d.hint = "Check the address, and that no firewall on the way drops packets to this port.";
            }
        } else {
            d.cause += ": connected, but no request was answered";
            d.hint = "Check that a Kafka broker listens there, with this security_protocol, and that it does not hang.";
        }
    }

    const security& security_;
    std::size_t bootstrap_;
    bool first_;  // none was ever ready
    instant until_;
    std::map<std::string, resolution> names_;
};

inline result<void> engine::await_connection(instant until) {
    if (forked()) {
        return error(errc::closed, "a forked child cannot use its parent's client");
    }
    if (on_event_thread()) {
        return error(errc::would_deadlock, "waiting for a connection");
    }
    connection_wait wait(security_, bootstrap_, !brokers_.ever_ready(), until);
    constexpr auto patience = std::chrono::seconds(1);  // for what a producer can do without
    instant ready_since = instant::max();
    const std::uint64_t told = watch_.look().deaths_told;
    for (;;) {
        const bool of_before = credentials_.unheard();
        const connection_watch::view seen = watch_.look();
        const auto brokers = brokers_.all();
        const instant now = monotonic_now();
        if (disconnected()) {
            return error(errc::closed, "disconnect() was called");
        }
        if (seen.dead) {
            ready_since = instant::max();
            // Who asks again after it was told waits for what comes next.
            if (seen.deaths > told || now >= until) {
                error why = connection_wait::as_error(seen.last);
                watch_.death_told(seen.deaths);
                return why;
            }
        } else if (brokers_.ready()) {
            ready_since = std::min(ready_since, now);
            if (!config_.idempotence || seen.producer_id || now >= ready_since + patience || now >= until) {
                return {};
            }
        } else {
            ready_since = instant::max();
            for (const auto& b : brokers) {
                wait.resolve(b.address);
            }
            if (auto e = of_before ? std::nullopt : wait.verdict(seen.failures, brokers)) {
                if (brokers_.ready()) {
                    continue;  // while somebody looked
                }
                return std::move(*e);
            }
            if (now >= until) {
                return wait.timed_out(seen.failures, brokers, tokens_.under_way());
            }
        }
        instant next = ready_since == instant::max() ? until : std::min(until, ready_since + patience);
        if (wait.resolving()) {
            next = std::min<instant>(next, now + milliseconds(20));
        }
        watch_.wait_until(seen.version, next);
    }
}

inline result<void> engine::check_topics(const std::vector<topic_settings>& topics, bool create, instant until) {
    if (auto connected = await_connection(until); !connected) {
        return connected;
    }
    topic_check check(topics, until);
    bool asked_for = !create;
    while (!check.done() && check.left_ms() > 0) {
        if (!asked_for) {
            if (const helper::loan lent(helper_); lent.client() != nullptr) {
                asked_for = check.create(lent.client());
            }
        }
        // Given back after each: whoever replaces or closes the client waits for no more than one.
        for (std::size_t i = 0; i < check.size(); ++i) {
            if (disconnected()) {
                return error(errc::closed, "disconnect() was called");
            }
            if (const helper::loan lent(helper_); lent.client() != nullptr) {
                check.ask(lent.client(), i, create);
            }
        }
        if (!check.done()) {
            const connection_watch::view now = watch_.look();
            watch_.wait_until(now.version, std::min<instant>(until, monotonic_now() + milliseconds(20)));
        }
    }
    return check.answer();
}

}  // namespace stentor::inline v0::detail::kafka
