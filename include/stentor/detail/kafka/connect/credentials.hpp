#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/kafka/scrub.hpp>
#include <stentor/detail/kafka/sync.hpp>
#include <stentor/secret.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// What a client logs in with, once that is not its configuration's any more.
class new_credentials {
public:
    // librdkafka's reason to refuse them; empty when they are changed. `give(user, password)` hands them to it and answers that
    // reason; then `logging_in()` lists the brokers that a login is under way at. All of it is one step: of two callers the later
    // one counts, with librdkafka as here.
    template <class Give, class LoggingIn>
    [[nodiscard]] std::string change(const std::string& user, const secret& password, Give&& give, LoggingIn&& logging_in) {
        const guard g(lock_);
        remember(password);
        std::optional<std::pair<std::string, secret>> fresh(std::in_place, user, password);
        std::string why = give(user, password);
        if (why.empty()) {
            // From here on they are librdkafka's: without memory only the list is missing.
            now_.swap(fresh);
            unheard_ = true;
            begun_before_.clear();
            try {
                begun_before_ = logging_in();
            } catch (const std::bad_alloc&) {
                begun_before_.clear();
            }
        }
        return why;
    }

    void put_into(kafka_config& c) {
        const guard g(lock_);
        if (now_) {
            c.sasl_username = now_->first;
            c.sasl_password = now_->second;
        }
    }
    // For a client that may have been made just before they changed.
    void give_to(rd_kafka_t* client) {
        const guard g(lock_);
        if (now_) {
            if (rd_kafka_error_t* const e =
                    ::rd_kafka_sasl_set_credentials(client, now_->first.c_str(), now_->second.reveal().c_str())) {
                ::rd_kafka_error_destroy(e);
            }
        }
    }

    // librdkafka's own words, without the secrets of that configuration and without the passwords since.
    [[nodiscard]] std::string scrubbed(std::string text, const kafka_config& c) {
        std::vector<std::string_view> secrets = secrets_of(c);
        const guard g(lock_);
        for (const secret& one : told_) {
            secrets.push_back(one.reveal());
        }
        return kafka::scrubbed(std::move(text), std::move(secrets));
    }

    // What has been heard of logins so far is about the ones before, until the event thread has forgotten that.
    [[nodiscard]] bool unheard() noexcept {
        const guard g(lock_);
        return unheard_;
    }
    void heard() noexcept {
        const guard g(lock_);
        unheard_ = false;
    }
    // A login at that broker, host:port, has failed: was it one with the credentials before?
    [[nodiscard]] bool failed_before(std::string_view broker) noexcept {
        const guard g(lock_);
        return std::erase(begun_before_, broker) > 0 || unheard_;
    }

private:
    // A login that began some changes ago may still be spoken of, and one that librdkafka refuses, too. One that began before all
    // of these is over.
    void remember(const secret& password) {
        constexpr std::size_t most = 8;
        secret copy(password);  // first: without memory nothing may be forgotten
        told_.reserve(most);
        std::erase(told_, password);
        if (told_.size() == most) {
            told_.erase(told_.begin());
        }
        told_.push_back(std::move(copy));
    }

    mutex lock_;
    std::optional<std::pair<std::string, secret>> now_;
    std::vector<secret> told_;  // to librdkafka, the newest last
    bool unheard_ = false;
    std::vector<std::string> begun_before_;
};

}  // namespace stentor::inline v0::detail::kafka
