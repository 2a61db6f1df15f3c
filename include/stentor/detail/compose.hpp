#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <stentor/context.hpp>
#include <stentor/detail/admission.hpp>
#include <stentor/detail/departure.hpp>
#include <stentor/detail/murmur2.hpp>
#include <stentor/detail/scratch.hpp>
#include <stentor/detail/topic_names.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/options.hpp>
#include <stentor/serializer.hpp>
#include <stentor/tracer/trace_scope.hpp>
#include <stentor/version.hpp>

// From a message to a record: what message_traits, the serializer and the call's options say, put together.

namespace stentor::inline v0::detail {

template <class T>
[[nodiscard]] std::string_view type_of() noexcept {
    if constexpr (requires { std::string_view(message_traits<T>::type); }) {
        return message_traits<T>::type;
    } else {
        return {};
    }
}

// The topic as traits and settings have it. `message` is null for a tombstone, whose topic must not depend on the message.
template <class T>
[[nodiscard]] std::string_view topic_of(const T* message, const publisher_options& options) {
    using traits = message_traits<T>;
    std::string_view topic{};
    if constexpr (requires { std::string_view(traits::topic); }) {
        topic = traits::topic;
    } else if (message != nullptr) {
        topic = traits::topic(*message);
    }
    for (const topic_override& o : options.topics) {
        if (!o.from.empty() && (o.from == type_of<T>() || o.from == topic)) {
            return o.to;
        }
    }
    return topic;
}

template <class T>
[[nodiscard]] std::string_view key_of(const T& message) {
    using traits = message_traits<T>;
    if constexpr (requires { traits::key(message); }) {
        return traits::key(message);
    } else {
        return {};
    }
}

template <class T, class Serializer>
void add_headers(const T* message, const Serializer& serializer, const publish_options& o, const publish_context& context,
                 header_sink& add) {
    using traits = message_traits<T>;
    if constexpr (requires { std::string_view(traits::type); }) {
        if constexpr (requires { std::string_view(traits::type_header); }) {
            if constexpr (!std::string_view(traits::type_header).empty()) {
                add.view({traits::type_header, traits::type, true});
            }
        } else {
            add.view({"type", traits::type, true});
        }
    }
    if (message != nullptr) {
        if constexpr (requires { traits::headers(*message, add, context); }) {
            traits::headers(*message, add, context);
        } else if constexpr (requires { traits::headers(*message, add); }) {
            traits::headers(*message, add);
        }
        if constexpr (requires { serializer.headers(*message, add); }) {
            serializer.headers(*message, add);
        }
    }
    for (const header& h : o.headers) {
        add.view({h.name, h.value, false});
    }
}

// A random UUID (RFC 9562, version 4) from fresh bits and the publisher's own.
class message_id {
public:
    message_id(std::uint64_t fresh, std::uint64_t own) noexcept {
        std::uint64_t high = fresh;
        std::uint64_t low = own ^ (fresh * 0x9e3779b97f4a7c15ULL);
        high = (high & ~0xf000ULL) | 0x4000ULL;
        low = (low & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
        constexpr const char* digits = "0123456789abcdef";
        std::size_t to = 0;
        for (std::size_t i = 0; i < 32; ++i) {
            if (i == 8 || i == 12 || i == 16 || i == 20) {
                text_[to++] = '-';
            }
            const std::uint64_t half = i < 16 ? high : low;
            text_[to++] = digits[half >> (60U - 4U * (i % 16)) & 15U];
        }
    }
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

private:
    std::array<char, 36> text_{};
};

// The topic of T when it is a constant: the name in the table, once that was looked up.
template <class T>
inline constinit std::atomic<const topic_name*> constant_topic{nullptr};

template <class T>
[[nodiscard]] const topic_name& interned(std::string_view topic) {
    using traits = message_traits<T>;
    if constexpr (requires { typename std::bool_constant<std::string_view(traits::topic).empty()>; }) {
        constexpr std::string_view constant = traits::topic;
        // The same bytes, not just equal ones: then no override has changed it, and nothing need be compared.
        if (topic.data() == constant.data() && topic.size() == constant.size()) {
            const topic_name* known = constant_topic<T>.load(std::memory_order_acquire);
            if (known == nullptr) {
                known = &topic_names::intern(topic);
                constant_topic<T>.store(known, std::memory_order_release);
            }
            return *known;
        }
    }
    return topic_names::intern(topic);
}

// Hashed long before it is needed: a chain of multiplications, which the processor works off while it writes the value.
inline void set_key(departure& d, std::string_view key) noexcept {
    d.what.key = key;
    d.key_hash = key.data() != nullptr ? murmur2(key) : 0;
}

// Fills the departure, which has begun; views into `into` and the message. Empty fault: ready. May throw what users' code throws.
template <class T, class Serializer>
[[nodiscard]] fault compose(const T* message, const Serializer& serializer, const publish_options& o,
                            const publisher_options& options, scratch& into, departure& d) {
    using traits = message_traits<T>;
    if (message != nullptr) {
        if constexpr (requires {
                          { traits::validate(*message) } -> std::same_as<fault>;
                      }) {
            if (fault f = traits::validate(*message)) {
                return f;
            }
        }
    }
    const std::string_view topic = o.topic.empty() ? topic_of<T>(message, options) : o.topic;
    if (topic.empty() || o.partition < -1) {
        fault wrong;
        wrong.code = errc::invalid_message;
        wrong.name = topic.empty() ? "topic: is empty" : "partition: is negative";
        return wrong;
    }
    d.topic = &interned<T>(topic);
    d.what.topic = d.topic->text;
    d.what.partition = o.partition;
    d.what.time = o.timestamp == timestamp{} ? d.context.at.wall : o.timestamp;
    d.context.parent = o.trace;
    if (const trace_context* const scope = trace_scope::current()) {
        complete(d.context.parent, *scope);
    }
    d.deadline = o.deadline > nanoseconds::zero() ? o.deadline : options.deadline;
    if (message == nullptr) {
        set_key(d, o.key.value_or(std::string_view{}));
        return {};
    }
    set_key(d, o.key ? *o.key : key_of(*message));
    if (fault f = serializer.serialize(*message, into.value)) {
        if (f.code == errc::none) {
            f.code = errc::serialization;
        }
        return f;
    }
    d.what.value = into.value.view();
    if (d.what.value.data() == nullptr) {
        d.what.value = std::string_view("", 0);  // an empty value is not a tombstone
    }
    return {};
}

}  // namespace stentor::inline v0::detail
