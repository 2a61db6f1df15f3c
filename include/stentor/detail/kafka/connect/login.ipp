#pragma once

// What a client logs in with, when that changes while it runs; and its end before its time.

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/kafka/engine.hpp>
#include <stentor/token_source.hpp>

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

// On the helper thread: a source may ask somebody far away.
inline void engine::fetch_token(rd_kafka_t* client) noexcept {
    std::string why;
    try {
        fetching_token_.store(true);
        const result<bearer_token> got = config_.tokens->fetch();
        fetching_token_.store(false);
        if (got) {
            std::vector<const char*> extensions;
            for (const auto& [name, value] : got->extensions) {
                extensions.push_back(name.c_str());
                extensions.push_back(value.c_str());
            }
            char words[512];
            const rd_kafka_resp_err_t refused = ::rd_kafka_oauthbearer_set_token(
                client, got->token.reveal().c_str(), got->expires.time_since_epoch().count(), got->principal.c_str(),
                extensions.empty() ? nullptr : extensions.data(), extensions.size(), words, sizeof words);
            if (refused == RD_KAFKA_RESP_ERR_NO_ERROR) {
                return;
            }
            why = words;
            // librdkafka repeats the name or the value of an extension that it refuses.
            if (why.find("OAUTHBEARER extension") != std::string::npos) {
                why.resize(std::min(why.find(": "), why.size()));
            }
        } else {
            why = got.error().cause.empty() ? got.error().code.message() : got.error().cause;
        }
    } catch (const std::exception& e) {
        fetching_token_.store(false);
        why = e.what();
    } catch (...) {
        fetching_token_.store(false);
        why = "the token_source threw something that is no std::exception";
    }
    ::rd_kafka_oauthbearer_set_token_failure(client, why.empty() ? "no token" : why.c_str());
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
