#pragma once

// What a client logs in with, when that changes while it runs; and its end before its time.

#include <string>
#include <utility>
#include <vector>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/kafka/engine.hpp>
#include <stentor/detail/kafka/owned.hpp>
#include <stentor/detail/words.hpp>

namespace stentor::inline v0::detail::kafka {

// librdkafka's own error, and its end.
[[nodiscard]] inline std::string take_words(rd_kafka_error_t* e) {
    const owned<rd_kafka_error_t, ::rd_kafka_error_destroy> holder(e);
    return ::rd_kafka_error_string(e);
}

inline result<void> engine::set_credentials(const std::string& user, const secret& password) {
    if (forked() || disconnected()) {
        return error(errc::closed, "this client is not to be used any more");
    }
    if (user.empty() || password.empty() || user.find('\0') != std::string::npos ||
        password.reveal().find('\0') != std::string::npos) {
        return error(errc::invalid_config, "set_credentials: user and password must be given, and hold no NUL character");
    }
    if (!security_.sasl || (security_.mechanism != "PLAIN" && !security_.mechanism.starts_with("SCRAM"))) {
        return error(errc::invalid_config,
                     "set_credentials: this client logs in with no password; that takes the mechanism PLAIN or SCRAM");
    }
    const auto give = [this](const std::string& name, const secret& word) -> std::string {
        const helper::loan lent(helper_);
        if (lent.client() == nullptr) {
            return {};  // the next one gets them
        }
        rd_kafka_error_t* const refused = ::rd_kafka_sasl_set_credentials(lent.client(), name.c_str(), word.reveal().c_str());
        return refused != nullptr ? take_words(refused) : std::string{};
    };
    const auto logging_in = [this] {
        std::vector<std::string> names;
        for (broker_states::broker& b : brokers_.all()) {
            if (b.state.starts_with("AUTH")) {
                names.push_back(std::move(b.address));
            }
        }
        return names;
    };
    if (const std::string why = credentials_.change(user, password, give, logging_in); !why.empty()) {
        return error(errc::invalid_config, "set_credentials: " + why);
    }
    bell_.ring(bell::new_credentials);
    return {};
}

// Nothing that was heard of logins so far is of these.
inline void engine::begin_with_new_credentials() {
    refusers_.clear();
    refused_ = errc::none;
    fault_ = errc::none;
    unheard_.clear();
    watch_.forget_failures();
    credentials_.heard();
    watch_.changed();
}

// For a client that takes the place of another.
inline kafka_config engine::current_config() {
    kafka_config c = config_;
    credentials_.put_into(c);
    return c;
}

inline result<void> engine::disconnect(instant until) {
    if (forked()) {
        return error(errc::closed, "a forked child cannot use its parent's client");
    }
    if (on_event_thread()) {
        return error(errc::would_deadlock, "disconnect");
    }
    gate_.shut(gate::closed);
    std::int64_t by = disconnect_by_.load();
    const std::int64_t mine = until.time_since_epoch().count();
    while (mine < by && !disconnect_by_.compare_exchange_weak(by, mine)) {
    }
    bell_.ring(bell::resume | bell::ports_changed);
    const instant last = until + milliseconds(200);
    for (;;) {
        const std::uint64_t seen = watch_.version();
        if (gone_.load(std::memory_order_acquire) || monotonic_now() >= last) {
            break;
        }
        watch_.wait_until(seen, last);
    }
    if (!gone_.load(std::memory_order_acquire) || cut_off_.load()) {
        return error(errc::deadline_exceeded, words("disconnect: not everything was answered in time"));
    }
    return {};
}

}  // namespace stentor::inline v0::detail::kafka
