#pragma once

// The texts and the category of error.hpp, apart so that the interface reads in one go.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <stentor/error.hpp>

namespace stentor::inline v0 {
namespace detail {

struct errc_text {
    std::string_view name;
    std::string_view meaning;
    std::string_view hint;
};

inline constexpr std::array<errc_text, errc_count> errc_texts{{
    {"none", "no error", ""},
    {"queue_full", "too many messages in flight",
     "Slow the producer down, or raise publisher_options::slots or ::bytes; publish() waits instead of failing."},
    {"circuit_open", "the circuit breaker is open",
     "The cause says what opened it. Mend that, or wait: the breaker probes by itself."},
    {"deadline_exceeded", "no outcome before the deadline",
     "Check that the brokers answer; give a slow cluster a longer deadline."},
    {"authentication", "the broker refused the credentials",
     "Check sasl_username, sasl_password and sasl_mechanism of this client against the cluster."},
    {"authorization", "not allowed", "Grant this user WRITE (and DESCRIBE) on the topic, for example with kafka-acls."},
    {"tls", "the TLS handshake failed",
     "Check the CA, the host name in the broker's certificate, and that the port is a TLS listener."},
    {"dns", "the broker's host name could not be resolved", "Check the host names in `brokers` and the resolver of this machine."},
    {"broker_unavailable", "no broker acknowledged the message",
     "Check that the brokers at `brokers` are up and that enough replicas are in sync."},
    {"unknown_topic", "the topic does not exist",
     "Create it (kafka_config::create_topics does), or correct its name in message_traits or publisher_options::topics."},
    {"message_too_large", "the message is larger than allowed",
     "Send less, or raise all three limits: message.max.bytes of this client and of the broker, max.message.bytes of the topic."},
    {"rejected", "the broker rejected the message", "The cause names the rule: mend the record, a retry cannot help."},
    {"serialization", "the message could not be written", "The cause names the member: mend its value."},
    {"invalid_message", "the message is not valid", "The cause names the field and the rule it breaks."},
    {"invalid_config", "the configuration is not valid", "The cause names the setting and the rule it breaks."},
    {"closed", "the publisher is closed", "Publish before close(); afterwards, or in a forked child, make a new publisher."},
    {"disabled", "publishing is disabled", "Set publisher_options::enabled, or KAFKA_ENABLED, to publish."},
    {"fatal", "the producer met a fatal error",
     "The client is replaced by itself; check the log for another producer with this identity."},
    {"would_deadlock", "a waiting call from the event thread would wait for itself", "Use async_publish inside handlers."},
    {"out_of_memory", "no memory", "Lower publisher_options::bytes, or give the process more memory."},
}};

constexpr const errc_text& text_of(errc code) noexcept {
    const auto i = static_cast<std::size_t>(code);
    return errc_texts[i < errc_count ? i : 0];
}

// Boost's base class has no virtual destructor on purpose: categories are never deleted through it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class category final : public boost::system::error_category {
public:
    constexpr category() noexcept : boost::system::error_category(0x73746e74726f7231ULL) {}
    const char* name() const noexcept override { return "stentor"; }
    std::string message(int value) const override { return std::string(text_of(static_cast<errc>(value)).meaning); }
};
#pragma GCC diagnostic pop

inline constexpr category the_category{};

}  // namespace detail

inline std::string_view to_string(errc code) noexcept { return detail::text_of(code).name; }
inline std::string_view hint_for(errc code) noexcept { return detail::text_of(code).hint; }
inline const boost::system::error_category& error_category() noexcept { return detail::the_category; }
inline boost::system::error_code make_error_code(errc code) noexcept { return {static_cast<int>(code), detail::the_category}; }

inline std::string error::message() const {
    std::string text(to_string(condition()));
    text.append(" (").append(to_string(outcome)).append(")");
    if (!topic.empty()) {
        text.append(" for topic ").append(topic);
    }
    text.append(": ").append(code.message());
    if (!cause.empty()) {
        text.append(": ").append(cause);
    }
    if (attempts > 1) {
        text.append(", after ").append(std::to_string(attempts)).append(" attempts");
    }
    switch (dead_letter.what) {
        case dead_letter_result::state::none: break;
        case dead_letter_result::state::written:
            text.append("; dead letter at ").append(dead_letter.where.topic);
            text.append("[").append(std::to_string(dead_letter.where.partition)).append("]@");
            text.append(std::to_string(dead_letter.where.offset));
            break;
        case dead_letter_result::state::failed: text.append("; its dead letter failed, too"); break;
        case dead_letter_result::state::unknown: text.append("; its dead letter may or may not be written"); break;
    }
    if (!hint.empty()) {
        text.append(". ").append(hint);
    }
    return text;
}

inline bool is_connection_error(const error& e) noexcept {
    switch (e.condition()) {
        case errc::broker_unavailable:
        case errc::dns:
        case errc::tls:
        case errc::authentication:
        case errc::deadline_exceeded: return true;
        default: return false;
    }
}

inline bool is_transient(const error& e) noexcept {
    switch (e.condition()) {
        case errc::broker_unavailable:
        case errc::dns:
        case errc::deadline_exceeded:
        case errc::queue_full:
        case errc::circuit_open: return true;
        default: return false;
    }
}

}  // namespace stentor::inline v0
