#pragma once

// What a client logs in with, when that changes while it runs; and its end before its time.

#include <memory>
#include <string>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/kafka/engine.hpp>

namespace stentor::inline v0::detail::kafka {

// librdkafka's own error, and its end.
[[nodiscard]] inline std::string take_words(rd_kafka_error_t* e) {
    std::string words = ::rd_kafka_error_string(e);
    ::rd_kafka_error_destroy(e);
    return words;
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
    {
        const guard g(credentials_lock_);
        credentials_.emplace(user, password);
    }
    if (rd_kafka_t* const client = helper_.borrow()) {
        rd_kafka_error_t* const refused = ::rd_kafka_sasl_set_credentials(client, user.c_str(), password.reveal().c_str());
        helper_.give_back();
        if (refused != nullptr) {
            return error(errc::invalid_config, "set_credentials: " + take_words(refused));
        }
    }
    watch_.forget_failures();
    return {};
}

// For a client that takes the place of another.
inline kafka_config engine::current_config() {
    kafka_config c = config_;
    const guard g(credentials_lock_);
    if (credentials_) {
        c.sasl_username = credentials_->first;
        c.sasl_password = credentials_->second;
    }
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
    for (connection_watch::view seen = watch_.look(); !gone_.load(std::memory_order_acquire) && monotonic_now() < last;
         seen = watch_.look()) {
        if (!gone_.load(std::memory_order_acquire)) {
            watch_.wait_until(seen.version, last);
        }
    }
    if (!gone_.load(std::memory_order_acquire) || cut_off_.load()) {
        return error(errc::deadline_exceeded, "disconnect: not everything was answered in time");
    }
    return {};
}

}  // namespace stentor::inline v0::detail::kafka
