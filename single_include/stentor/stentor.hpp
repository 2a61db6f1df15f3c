// stentor: publishes typed messages to Apache Kafka. The library in one header; what needs Boost.JSON and what only
// tests need are beside it. Use this folder or include/, never both.
// Made by single_include/generate.py from include/: change the files there.
//
// MIT License
//
// Copyright (c) 2026 The stentor authors
//
// Permission is hereby granted, free of charge, to any person obtaining a copy
// of this software and associated documentation files (the "Software"), to deal
// in the Software without restriction, including without limitation the rights
// to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
// copies of the Software, and to permit persons to whom the Software is
// furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all
// copies or substantial portions of the Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
// IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
// FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
// AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
// LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
// OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
// SOFTWARE.

#pragma once

// ---- stentor/stentor.hpp

/// @file
/// The whole library, but for what needs Boost.JSON (`serializer/boost_json.hpp`, `serializer/from_json.hpp`), what only `main`
/// needs (`settings.hpp`), what operators need (`metrics.hpp`, `health.hpp`, `log.hpp`, `http/`) and what only tests need
/// (`testing/`). The order is the reading order: vocabulary, the five policies, the publisher, the in-memory world, ready-made
/// message formats, what a Kafka client is made with, and, where librdkafka's header is installed, Kafka.

// ---- stentor/version.hpp

/// @file
/// The one place that knows the version. Everything lives in `stentor::v0`, an inline namespace, so that two
/// incompatible versions in one process are two sets of symbols and not one silent clash.

#if __cplusplus < 202002L
#error "stentor needs C++20: compile with -std=c++20 or newer."
#endif
#ifndef __cpp_exceptions
#error "stentor needs exceptions: it turns what is thrown, std::bad_alloc too, into errors. Compile without -fno-exceptions."
#endif
#if !defined(__linux__)
#error "stentor is for Linux only: it waits with futexes, eventfd and CLOCK_MONOTONIC. Elsewhere run it in a Linux container."
#endif

/// The version as a number that `#if` can compare: major * 10000 + minor * 100 + patch.
#define STENTOR_VERSION 100

namespace stentor::inline v0 {

/// The version as text, for logs and for the `client.software.version` that brokers are told.
inline constexpr const char* version = "0.1.0";

}  // namespace stentor::inline v0
// ---- stentor/moment.hpp

#include <cstdint>

// ---- stentor/detail/durations.hpp

// std::chrono's durations, time points and clocks, without its calendar. In libstdc++ <chrono> drags in <sstream> from C++20 on,
// which costs every user 0.08 s of compile time; <mutex>, which Boost.System includes anyway, has all that the core needs.

#ifdef __GLIBCXX__
#include <mutex>
#else
#include <chrono>
#endif

/// @file
/// Time, as the library sees it. Policies never read a clock: they are handed a `moment`.

namespace stentor::inline v0 {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// The clock behind `instant`. It has no `now()`: only a transport tells the time, so that a test can.
struct monotonic_clock {
    /// What `std::chrono` asks of a clock.
    /// @{
    using rep = nanoseconds::rep;
    using period = nanoseconds::period;
    using duration = nanoseconds;
    using time_point = std::chrono::time_point<monotonic_clock>;
    static constexpr bool is_steady = true;
    /// @}
};

/// A point on the transport's monotonic clock. Comparable only with instants of the same transport.
using instant = monotonic_clock::time_point;

/// Wall time with millisecond resolution, UTC, as Kafka stores it. The epoch value means "not given".
using timestamp = std::chrono::sys_time<milliseconds>;

/// All that a policy learns of time and chance (DESIGN: determinism). One read of the transport makes one moment.
struct moment {
    instant now{};            ///< monotonic: for deadlines, back-off, breaker windows
    std::uint64_t random{0};  ///< 64 uniformly distributed bits, fresh in each moment
    timestamp wall{};         ///< wall time, for timestamps in messages; it may jump
};

namespace detail {

// `base` plus `d`, whatever a caller gave as `d`: a century is for ever, and leaves room for what is added later.
[[nodiscard]] constexpr instant later(instant base, nanoseconds d) noexcept {
    constexpr nanoseconds century = std::chrono::hours(24) * 36525;
    return base + (d > century ? century : d < -century ? -century : d);
}

}  // namespace detail

}  // namespace stentor::inline v0
// ---- stentor/record.hpp

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <string_view>

/// @file
/// What goes on the wire, and where it landed.

namespace stentor::inline v0 {

/// One header of a record. Names may repeat, values are bytes. Views: whoever makes one owns the bytes.
struct header {
    std::string_view name{};   ///< not unique
    std::string_view value{};  ///< bytes; may be empty or null
    /// Both views point at static storage (string literals): they are never copied, and a recycled header list skips them.
    bool fixed = false;
};

/// A view of some headers, made from a braced list, an array or a pair of pointers. Owns nothing: a braced list lives until the
/// end of the full expression, so pass it directly in the call.
class header_view {
public:
    constexpr header_view() noexcept = default;
    /// `count` headers from `first` on.
    constexpr header_view(const header* first, std::size_t count) noexcept : first_(first), count_(count) {}
    /// `p.publish(m, {.headers = {{"name", "value"}}})`: the list must outlive the view.
    // Assigned in the body on purpose: a member initialiser trips -Winit-list-lifetime although the list outlives the call.
    constexpr header_view(std::initializer_list<header> list) noexcept {
        first_ = list.begin();
        count_ = list.size();
    }
    /// Of an array of `header`, which must outlive the view.
    template <std::size_t Size>
    constexpr header_view(const header (&array)[Size]) noexcept : first_(array), count_(Size) {}
    /// Of any contiguous range of `header`, which must outlive the view.
    template <class Range>
        requires requires(const Range& r) {
            { r.data() } -> std::convertible_to<const header*>;
            { r.size() } -> std::convertible_to<std::size_t>;
        }
    constexpr header_view(const Range& range) noexcept : first_(range.data()), count_(range.size()) {}

    /// As of any contiguous range. An index is not checked.
    /// @{
    [[nodiscard]] constexpr const header* begin() const noexcept { return first_; }
    [[nodiscard]] constexpr const header* end() const noexcept { return first_ + count_; }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] constexpr const header& operator[](std::size_t i) const noexcept { return first_[i]; }
    /// @}

    /// The value of the first header of that name, or a null view.
    [[nodiscard]] constexpr std::string_view find(std::string_view name) const noexcept {
        for (const header& h : *this) {
            if (h.name == name) {
                return h.value;
            }
        }
        return {};
    }

private:
    const header* first_ = nullptr;
    std::size_t count_ = 0;
};

/// What goes on the wire. All views; they live for the one `submit` they are passed to.
/// A null key or value (`data() == nullptr`) is not an empty one: a null value is a tombstone, a null key has no lane.
struct record {
    std::string_view topic{};     ///< interned by the publisher: `topic.data()` identifies it for the life of the process
    std::string_view key{};       ///< null: no key
    std::string_view value{};     ///< null: a tombstone
    header_view headers{};        ///< in the order in which they are sent
    timestamp time{};             ///< never the epoch when the publisher submits it
    std::int32_t partition = -1;  ///< -1: by the key's hash
};

/// Where a persisted record landed.
struct receipt {
    std::string_view topic{};     ///< an interned name: valid as long as the process
    std::int32_t partition = -1;  ///< -1: not told
    std::int64_t offset = -1;     ///< -1: the broker did not say
    timestamp time{};             ///< as it is in the log
    std::uint32_t attempts = 1;   ///< tries, the first one included
};

/// Writes "topic[partition]@offset": for test frameworks and logs that print a `result<receipt>`. Needs `<ostream>` where it is
/// used.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const receipt& r) {
    return out << r.topic << '[' << r.partition << "]@" << r.offset;
}

}  // namespace stentor::inline v0
// ---- stentor/error.hpp

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/assert/source_location.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

// ---- stentor/detail/words.hpp

#include <new>

// The words of an error. Without memory there are none: an error that cannot be explained is better than one that cannot be told.

namespace stentor::inline v0::detail {

[[nodiscard]] inline std::string words(std::string_view text, std::string_view more = {}) noexcept {
    try {
        std::string all;
        all.reserve(text.size() + more.size());
        return all.append(text).append(more);
    } catch (const std::bad_alloc&) {
        return {};
    }
}

// What `compose()` puts together. It may ask a breaker of the user's, which may throw what it likes.
template <class Compose>
[[nodiscard]] std::string words_of(Compose&& compose) noexcept {
    try {
        return compose();
    } catch (...) {
        return {};
    }
}

inline void add_words(std::string& to, std::string_view more) noexcept {
    try {
        to.append(more);
    } catch (const std::bad_alloc&) {
        return;
    }
}

}  // namespace stentor::inline v0::detail

/// @file
/// What can go wrong, and how it is told: `errc`, `error`, `result<T>`; `fault` is what policies answer with.

namespace stentor::inline v0 {

/// What happened to a message, as far as anybody can know.
enum class outcome : std::uint8_t {
    persisted,      ///< it is in the log, acknowledged as configured
    not_persisted,  ///< it is not in the log and never will be
    unknown,        ///< it may or may not be in the log: never dressed up as one of the others
};

/// "persisted", "not_persisted" or "unknown".
[[nodiscard]] constexpr std::string_view to_string(outcome o) noexcept {
    switch (o) {
        case outcome::persisted: return "persisted";
        case outcome::not_persisted: return "not_persisted";
        case outcome::unknown: break;
    }
    return "unknown";
}

/// The conditions that users tell apart. `error::cause` has the broker's own, finer name.
enum class errc : std::uint8_t {
    none = 0,            ///< no error; never inside an `error`
    queue_full,          ///< no slot, no bytes or no room in the lane, and the call may not wait
    circuit_open,        ///< the breaker allowed no try
    deadline_exceeded,   ///< no answer by the deadline; the outcome says whether it may be in the log
    authentication,      ///< the broker refused the credentials
    authorization,       ///< this user may not write to the topic
    tls,                 ///< the TLS handshake failed
    dns,                 ///< a broker's host name could not be resolved
    broker_unavailable,  ///< no broker took it, or not enough replicas are in sync
    unknown_topic,       ///< there is no such topic or partition
    message_too_large,   ///< larger than client, topic or broker allow
    rejected,            ///< the broker refused this very record
    serialization,       ///< the serializer failed, or a member of `message_traits` threw
    invalid_message,     ///< `message_traits<T>::validate` refused it, or its topic is empty, or its partition negative
    invalid_config,      ///< a setting breaks a rule
    closed,              ///< after `close`, moved from, or in a forked child
    disabled,            ///< `publisher_options::enabled` is false
    fatal,               ///< the producer is dead and is being replaced
    would_deadlock,      ///< a call that waits, on an event thread
    out_of_memory,       ///< `std::bad_alloc` on the way
};

/// How many conditions there are, `none` included: for tables indexed by `errc`.
inline constexpr std::size_t errc_count = 20;

/// The name of the condition as it is spelled in code: "queue_full".
[[nodiscard]] std::string_view to_string(errc code) noexcept;
/// Writes the name: for test frameworks and logs. Needs `<ostream>` where it is used.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, outcome o) {
    return out << to_string(o);
}
/// Writes the name: for test frameworks and logs. Needs `<ostream>` where it is used.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, errc code) {
    return out << to_string(code);
}
/// What to do about the condition, in one sentence; empty for `none`.
[[nodiscard]] std::string_view hint_for(errc code) noexcept;
/// The category of `errc`: its name is "stentor".
[[nodiscard]] const boost::system::error_category& error_category() noexcept;
/// Lets `errc` become a `boost::system::error_code` by itself.
[[nodiscard]] boost::system::error_code make_error_code(errc code) noexcept;

/// What the refusal of one step looks like from inside: the answer of serializers and transports. Cheap when all is well: no
/// allocation, no text. `if (fault f = …)` is true when something went wrong.
struct fault {
    errc code = errc::none;      ///< the condition; `none`: all is well, unless `again`
    bool again = false;          ///< not an error: "not now"; only a transport's `submit` answers it
    std::int32_t native = 0;     ///< the broker's or client's own number, for the failure class table
    const char* name = nullptr;  ///< a static name of the cause ("_QUEUE_FULL"); needs no allocation
    std::string cause{};         ///< a cause that had to be made up ("/user_email: invalid UTF-8"); wins over `name`

    /// Something went wrong, or must wait.
    [[nodiscard]] explicit operator bool() const noexcept { return again || code != errc::none; }
    /// The cause as text: `cause`, else `name`, else nothing.
    [[nodiscard]] std::string_view text() const noexcept {
        return !cause.empty() ? std::string_view{cause} : (name != nullptr ? std::string_view{name} : std::string_view{});
    }
    /// The answer "park this record until `resumed`"; `why` must live as long as the transport.
    [[nodiscard]] static fault not_now(const char* why, std::int32_t native = 0) noexcept {
        fault f;
        f.again = true;
        f.name = why;
        f.native = native;
        return f;
    }
};

/// What became of the dead letter of a failed message.
struct dead_letter_result {
    /// Whether it was written, as far as anybody can know.
    enum class state : std::uint8_t {
        none,     ///< there was none to write
        written,  ///< it is in the log
        failed,   ///< it is not in the log
        unknown,  ///< it may or may not be in the log
    };
    state what = state::none;  ///< what became of it
    receipt where{};           ///< where it landed, when written
};

/// A failure as the caller gets it: what failed, where, the cause's own name, and what to do about it. Never holds a secret.
struct error {
    boost::system::error_code code{};                            ///< the condition as a standard code
    stentor::outcome outcome = stentor::outcome::not_persisted;  ///< of the message: whether it may be in the log
    std::string cause{};                                         ///< the cause's own name and words; empty: nothing to add
    std::string hint{};                                          ///< what to do about it, in one sentence
    std::string_view topic{};          ///< where the message was to go; lives as long as the process; empty when not known yet
    std::uint32_t attempts = 0;        ///< tries made, the first included; 0: never handed to the transport
    dead_letter_result dead_letter{};  ///< what became of the dead letter, if the retry policy asked for one

    error() = default;
    /// A failure of that condition with its standard hint. `cause` must hold no secret.
    explicit error(errc condition, std::string why = {}, stentor::outcome what = stentor::outcome::not_persisted)
        : code(make_error_code(condition)), outcome(what), cause(std::move(why)), hint(detail::words(hint_for(condition))) {}

    /// The condition, for `switch`; `errc::none` when the code is of another category.
    [[nodiscard]] errc condition() const noexcept {
        return code.category() == error_category() ? static_cast<errc>(code.value()) : errc::none;
    }
    /// One line for people: condition, outcome, topic, cause, attempts, dead letter, hint.
    [[nodiscard]] std::string message() const;

    [[nodiscard]] friend bool operator==(const error& e, errc condition) noexcept { return e.condition() == condition; }
};

/// Writes `message()`: for test frameworks and logs that print a `result`. Needs `<ostream>` where it is used.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const error& e) {
    return out << e.message();
}

/// What `result<T>::value()` throws. Holds the whole `error`.
class publish_failure : public std::runtime_error {
public:
    /// Its `what()` is the error's message.
    explicit publish_failure(stentor::error e) : std::runtime_error(e.message()), error_(std::move(e)) {}
    /// The whole error; lives as long as the exception.
    [[nodiscard]] const stentor::error& error() const noexcept { return error_; }

private:
    stentor::error error_;
};

/// Found by ADL from `boost::system::result<T, error>::value()`.
[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location& /*where*/) {
    throw publish_failure(e);
}

/// A value or an `error`. `.value()` throws `publish_failure`, `.error()` explains; test it with `if (r)`.
template <class T>
using result = boost::system::result<T, error>;

/// The network, the name service or the broker did not answer: somebody should look at the infrastructure, not at the message.
[[nodiscard]] bool is_connection_error(const error& e) noexcept;
/// The same message may well succeed later, unchanged.
[[nodiscard]] bool is_transient(const error& e) noexcept;

}  // namespace stentor::inline v0

namespace boost::system {
template <>
struct is_error_code_enum<stentor::errc> : std::true_type {};
}  // namespace boost::system

// ---- stentor/detail/error.ipp

// The texts and the category of error.hpp, apart so that the interface reads in one go.

#include <array>

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
// ---- stentor/context.hpp

/// @file
/// What surrounds one publish: when it happens, and in which trace.

namespace stentor::inline v0 {

/// A W3C trace context (https://www.w3.org/TR/trace-context/) as it came in, and what comes with one. Views: they live as long as
/// the call they are passed to. Anything may be in here; whoever uses it validates it.
struct trace_context {
    std::string_view traceparent{};  ///< empty: none came in
    std::string_view tracestate{};   ///< empty: none came in
    std::string_view baggage{};      ///< W3C Baggage (https://www.w3.org/TR/baggage/); empty: none came in
    /// What names the request for people and logs; empty: nothing does. Sent only where a tracer is told in which header.
    std::string_view correlation_id{};
};

/// One publish, as tracers and `message_traits<T>::headers` see it. Lives for the call.
struct publish_context {
    moment at{};             ///< the one clock read of this publish
    trace_context parent{};  ///< what the caller gave, unchecked
    /// The `traceparent` that this message carries, once a tracer has settled it: 55 characters, or a NUL first when nothing
    /// traces.
    std::array<char, 56> traceparent{};

    /// A tracer has settled the trace.
    [[nodiscard]] bool traced() const noexcept { return traceparent[0] != '\0'; }
    /// 32 hexadecimal digits, or an empty view when nothing traces.
    [[nodiscard]] std::string_view trace_id() const noexcept { return part(3, 32); }
    /// 16 hexadecimal digits, or an empty view when nothing traces.
    [[nodiscard]] std::string_view span_id() const noexcept { return part(36, 16); }

private:
    [[nodiscard]] std::string_view part(std::size_t from, std::size_t length) const noexcept {
        return traced() ? std::string_view{traceparent.data() + from, length} : std::string_view{};
    }
};

}  // namespace stentor::inline v0
// ---- stentor/message.hpp

// ---- stentor/detail/box.hpp

namespace stentor::inline v0::detail {

// The owner of one object on the heap: std::unique_ptr with less of it. g++ 12 spends 10 ms on each type that it is used with,
// which came to a tenth of a second of every user's compile time.
template <class T>
class box {
public:
    constexpr box() noexcept = default;
    constexpr box(std::nullptr_t) noexcept {}
    explicit constexpr box(T* owned) noexcept : owned_(owned) {}
    constexpr box(box&& other) noexcept : owned_(std::exchange(other.owned_, nullptr)) {}
    constexpr box& operator=(box&& other) noexcept {
        reset(std::exchange(other.owned_, nullptr));
        return *this;
    }
    box(const box&) = delete;
    box& operator=(const box&) = delete;
    constexpr ~box() { delete owned_; }

    [[nodiscard]] constexpr T* get() const noexcept { return owned_; }
    [[nodiscard]] constexpr T& operator*() const noexcept { return *owned_; }
    [[nodiscard]] constexpr T* operator->() const noexcept { return owned_; }
    [[nodiscard]] friend constexpr bool operator==(const box& b, std::nullptr_t) noexcept { return b.owned_ == nullptr; }

    constexpr void reset(T* owned = nullptr) noexcept { delete std::exchange(owned_, owned); }

private:
    T* owned_ = nullptr;
};

// The same of an array.
template <class T>
class box<T[]> {
public:
    constexpr box() noexcept = default;
    explicit constexpr box(T* owned) noexcept : owned_(owned) {}
    constexpr box(box&& other) noexcept : owned_(std::exchange(other.owned_, nullptr)) {}
    constexpr box& operator=(box&& other) noexcept {
        delete[] std::exchange(owned_, std::exchange(other.owned_, nullptr));
        return *this;
    }
    box(const box&) = delete;
    box& operator=(const box&) = delete;
    constexpr ~box() { delete[] owned_; }

    [[nodiscard]] constexpr T* get() const noexcept { return owned_; }
    [[nodiscard]] constexpr T& operator[](std::size_t i) const noexcept { return owned_[i]; }
    [[nodiscard]] friend constexpr bool operator==(const box& b, std::nullptr_t) noexcept { return b.owned_ == nullptr; }

private:
    T* owned_ = nullptr;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/copy.hpp

#include <cstring>

namespace stentor::inline v0::detail {

// Copies like memmove. Header values and keys are short: one or two pairs of overlapping words are quicker than a call. All loads
// come before the stores, so that the two places may overlap.
template <std::size_t Size>
inline void copy_ends(char* to, const char* from, std::size_t n) noexcept {
    std::array<char, Size> head;
    std::array<char, Size> tail;
    std::memcpy(head.data(), from, Size);
    std::memcpy(tail.data(), from + n - Size, Size);
    std::memcpy(to, head.data(), Size);
    std::memcpy(to + n - Size, tail.data(), Size);
}

[[gnu::always_inline]] inline void copy_short(char* to, const char* from, std::size_t n) noexcept {
    if (n >= 32 && n <= 64) {
        copy_ends<32>(to, from, n);
    } else if (n >= 16 && n < 32) {
        copy_ends<16>(to, from, n);
    } else if (n >= 8 && n < 16) {
        copy_ends<8>(to, from, n);
    } else if (n != 0) {
        std::memmove(to, from, n);
    }
}

}  // namespace stentor::inline v0::detail

/// @file
/// How a C++ type says which topic, key, type and headers it has: `message_traits<T>`, and `header_sink`, which collects headers.

namespace stentor::inline v0 {

/// How member names become names on the wire. A trailing underscore is always dropped (`new_` is "new").
enum class naming : std::uint8_t {
    as_written,  ///< task_id -> "task_id"
    camel_case,  ///< task_id -> "taskId"
};

/// What becomes of an empty `std::optional` member.
enum class optionals : std::uint8_t {
    omitted,  ///< the member is left out
    as_null,  ///< the member is there, as null
};

namespace detail {
template <class>
inline constexpr bool always_false = false;
}  // namespace detail

/// Describes a message type to the library. Specialise it in namespace `stentor`:
/// ```cpp
/// template <>
/// struct stentor::message_traits<app::new_task> {
///     static constexpr std::string_view topic = "task-status";        // or a function: topic(const T&)
///     static constexpr std::string_view type = "web-crawl";           // optional: sent as a header
///     static constexpr std::string_view type_header = "task-type";    // optional: its name; "type" by default, empty: not sent
///     static constexpr auto naming = stentor::naming::camel_case;     // optional: as_written by default
///     static constexpr auto optionals = stentor::optionals::as_null;  // optional: omitted by default
///     // optional: no key by default
///     static std::string_view key(const app::new_task& m) { return m.task_id; }
///     // optional; or headers(m, add, const stentor::publish_context&)
///     static void headers(const app::new_task&, auto&& add) { add("source-service", "gateway"); }
///     // optional: asked before anything else happens
///     static stentor::fault validate(const app::new_task&);
/// };
/// ```
/// Every member may throw; what it throws is `errc::serialization`, before anything was sent. Views need to live until the call
/// returns.
template <class T>
struct message_traits {
    using not_specialised = T;  ///< only the primary template has it
};

/// T has a `message_traits` of its own.
template <class T>
concept message = !requires { typename message_traits<T>::not_specialised; };

/// A string literal, or another constant array of characters with static storage: its bytes are never copied. It can be made at
/// compile time only, so that an array member of a message is not taken for one: pass that as `std::string_view(m.code)`.
class literal {
public:
    /// From a literal, without the NUL at its end.
    template <std::size_t N>
    consteval literal(const char (&text)[N]) noexcept : text_(text, N - 1) {}
    /// The bytes; valid for ever.
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

namespace detail {

// What a header's name or value can be, and is copied. Constant arrays are literals, or an error.
template <class T>
concept header_bytes =
    std::is_convertible_v<const std::remove_reference_t<T>&, std::string_view> &&
    !(std::is_array_v<std::remove_reference_t<T>> && std::is_const_v<std::remove_extent_t<std::remove_reference_t<T>>>);

template <class T>
inline constexpr bool may_be_text =
    std::is_convertible_v<const std::remove_reference_t<T>&, std::string_view> || std::is_convertible_v<T, literal>;

}  // namespace detail

/// Collects the headers of one record. Names and values are copied, but for literals. Valid for the call that it is passed to; one
/// thread.
class header_sink {
public:
    header_sink() noexcept = default;
    ~header_sink() { clear(); }
    header_sink(const header_sink&) = delete;
    header_sink& operator=(const header_sink&) = delete;

    /// Both literals: nothing is copied.
    void operator()(literal name, literal value) { push(name.text(), value.text(), true); }
    /// The value is copied.
    template <detail::header_bytes Value>
    void operator()(literal name, Value&& value) {
        push(name.text(), keep(value), false);
    }
    /// The name is copied.
    template <detail::header_bytes Name>
    void operator()(Name&& name, literal value) {
        push(keep(name), value.text(), false);
    }
    /// Both are copied.
    template <detail::header_bytes Name, detail::header_bytes Value>
    void operator()(Name&& name, Value&& value) {
        push(keep(name), keep(value), false);
    }
    /// What is no text is an error that says so.
    template <class Name, class Value>
        requires(!detail::may_be_text<Name> || !detail::may_be_text<Value>)
    void operator()(Name&& /*name*/, Value&& /*value*/) {
        static_assert(detail::may_be_text<Name> && detail::may_be_text<Value>,
                      "stentor: a header's name and value are text. Write a number as one: add(\"count\", std::to_string(n))");
    }
    /// Takes a header as it is; the caller vouches that its bytes outlive the publish call.
    void view(const header& h) { push(h.name, h.value, h.fixed); }

    /// What was added so far, in order; valid until the next one is added.
    [[nodiscard]] header_view headers() const noexcept { return {list_, count_}; }
    /// Forgets everything and keeps the memory.
    void clear() noexcept {
        count_ = 0;
        used_ = 0;
        while (extra_ != nullptr) {
            extra_ = std::move(extra_->next);
        }
    }

private:
    static constexpr std::size_t block_size = 2048;
    static constexpr std::size_t usual = 16;

    struct extra_block {
        detail::box<char[]> bytes;
        detail::box<extra_block> next;
    };

    // Member by member and inline: a header made on the stack and then copied in wider pieces waits for its own stores, 6 ns each.
    [[gnu::always_inline]] void push(std::string_view name, std::string_view value, bool fixed) {
        if (count_ == capacity_) {
            grow();
        }
        header& to = list_[count_++];
        to.name = name;
        to.value = value;
        to.fixed = fixed;
    }
    [[gnu::noinline, gnu::cold]] void grow() {
        auto larger = detail::box<header[]>(new header[capacity_ * 2]{});
        for (std::size_t i = 0; i < count_; ++i) {
            larger[i] = list_[i];
        }
        many_ = std::move(larger);
        list_ = many_.get();
        capacity_ *= 2;
    }

    // One block serves nearly every message; what does not fit gets a block of its own, so that earlier views stay valid.
    std::string_view keep(std::string_view bytes) {
        if (bytes.empty()) {
            return {"", 0};
        }
        char* to = nullptr;
        if (bytes.size() <= block_size - used_) {
            if (block_ == nullptr) {
                block_ = detail::box<char[]>(new char[block_size]);
            }
            to = block_.get() + used_;
            used_ += bytes.size();
        } else {
            auto extra = detail::box<extra_block>(new extra_block());
            extra->bytes = detail::box<char[]>(new char[bytes.size()]);
            to = extra->bytes.get();
            extra->next = std::move(extra_);
            extra_ = std::move(extra);
        }
        detail::copy_short(to, bytes.data(), bytes.size());
        return {to, bytes.size()};
    }

    // Hardly a record has more headers than fit in place: no check of a vector's three pointers, no first allocation.
    header few_[usual]{};
    detail::box<header[]> many_;
    header* list_ = few_;
    std::size_t count_ = 0;
    std::size_t capacity_ = usual;
    detail::box<char[]> block_;
    std::size_t used_ = 0;
    detail::box<extra_block> extra_;
};

}  // namespace stentor::inline v0
// ---- stentor/options.hpp

#include <functional>
#include <optional>
#include <vector>

/// @file
/// What can be said of one publish, and of a publisher.

namespace stentor::inline v0 {

/// What one call says; it wins over traits and settings. All members have defaults and views live for the call.
struct publish_options {
    std::string_view topic{};               ///< empty: by `message_traits` and `publisher_options::topics`
    std::optional<std::string_view> key{};  ///< not given: by `message_traits`; a null view (`std::string_view{}`): no key
    trace_context trace{};           ///< the trace that this publish belongs to; empty: that of a `trace_scope`, or a new one
    nanoseconds deadline{};          ///< zero: the publisher's
    header_view headers{};           ///< further headers
    std::int32_t partition = -1;     ///< -1: by the key
    stentor::timestamp timestamp{};  ///< of the record, its retries and its dead letter; the epoch: now
};

/// A report that came after its operation had ended: the wire's last word on a message whose caller was told `unknown`.
struct late_report {
    std::string_view topic{};  ///< the topic of the record; for the call, like all views here
    std::string_view key{};    ///< null when the report did not hand the record back
    stentor::outcome outcome =
        outcome::unknown;      ///< the last word: `persisted` or `not_persisted`; `unknown` if the wire does not know either
    receipt where{};           ///< when persisted
    std::string_view cause{};  ///< when not
};

/// A topic that goes by another name here. `from` is what `message_traits` says: a message type's `type`, or its topic.
struct topic_override {
    std::string from{};  ///< `type` or topic, as `message_traits` says
    std::string to{};    ///< the topic to use instead
};

/// What a publisher is made with. Limits hold for the publisher, not for the client under it.
struct publisher_options {
    nanoseconds deadline = std::chrono::seconds(30);  ///< of every operation that does not say another
    std::size_t slots = 8192;                         ///< messages in flight, at most; rounded up to a power of two
    std::size_t bytes = std::size_t{64} << 20U;  ///< bytes of theirs (keys, values, headers), at most; one message may always go
    std::size_t parked_per_lane = 1024;          ///< records of one key that may wait for each other
    std::vector<topic_override> topics{};        ///< other names of topics; a call's own topic wins
    bool message_id = false;                     ///< add a `message-id` header (a random UUID) to every record
    bool enabled = true;                         ///< false: every publish answers `errc::disabled`
    /// What the destructor allows `close`; with the 250 ms that outcomes may take after it, 5 s.
    nanoseconds close_within = std::chrono::milliseconds(4750);
    /// Called on the event thread for each late report. May throw; that is caught.
    std::function<void(const late_report&)> late_outcome{};
};

/// Where all accepted messages are. At any time: accepted = persisted + not_persisted + unknown + in_flight.
struct account {
    std::uint64_t accepted = 0;       ///< taken on, ended or not
    std::uint64_t persisted = 0;      ///< ended so
    std::uint64_t not_persisted = 0;  ///< ended so
    std::uint64_t unknown = 0;        ///< ended so
    std::uint64_t in_flight = 0;      ///< no outcome yet
    std::uint64_t refused = 0;        ///< never accepted: not part of the sum
};

}  // namespace stentor::inline v0
// ---- stentor/serializer.hpp

#include <span>

/// @file
/// The serializer concept, its buffer, and `raw_serializer`. The default, `json_serializer`, is in serializer/json.hpp.

namespace stentor::inline v0 {

/// Where a serializer writes the value of a record. It grows as needed and is reused from message to message, so a warm one never
/// allocates. One thread at a time. Throws `std::bad_alloc` when it cannot grow.
class buffer {
public:
    /// Room for `n` more bytes at the returned pointer; nothing is written until `commit`. Valid until the next call.
    [[nodiscard]] char* reserve(std::size_t n) {
        if (capacity_ - size_ < n) {
            grow(n);
        }
        return data_.get() + size_;
    }
    /// Declares `n` bytes behind `reserve` as written; `n` is at most what was reserved.
    void commit(std::size_t n) noexcept { size_ += n; }
    /// Appends these bytes.
    void append(std::string_view bytes) {
        if (!bytes.empty()) {
            std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
            commit(bytes.size());
        }
    }
    /// Appends one byte.
    void push_back(char c) {
        *reserve(1) = c;
        commit(1);
    }
    /// Forgets the content and keeps the memory.
    void clear() noexcept { size_ = 0; }
    /// Drops what was written after the first `n` bytes.
    void truncate(std::size_t n) noexcept { size_ = n < size_ ? n : size_; }
    /// What was written; valid until more is.
    [[nodiscard]] std::string_view view() const noexcept { return {data_.get(), size_}; }
    /// Bytes written.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Bytes there is room for without allocating.
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

private:
    [[gnu::noinline, gnu::cold]] void grow(std::size_t n) {
        std::size_t wanted = capacity_ < 512 ? 1024 : capacity_ * 2;
        while (wanted - size_ < n) {
            wanted *= 2;
        }
        auto bigger = detail::box<char[]>(new char[wanted]);
        if (size_ != 0) {
            std::memcpy(bigger.get(), data_.get(), size_);
        }
        data_ = std::move(bigger);
        capacity_ = wanted;
    }

    detail::box<char[]> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

/// **serializer**: turns a message into the bytes of a record's value.
/// 1. Decides: the bytes, and their content type.
/// 2. Called: once a publish, before anything is sent; never again for a retry.
/// 3. On: the thread that calls `publish`, several at once: it must be callable concurrently.
/// 4. Fails by: a `fault` with `errc::serialization` or `errc::invalid_message` and a cause that names the member. It may throw:
///    that becomes `errc::serialization` with what the exception said.
/// 5. Bytes: appended to the buffer, which the publisher owns.
/// 6. Minimal:
/// ```cpp
/// struct shout {
///     static constexpr std::string_view content_type = "text/plain";
///     stentor::fault serialize(const std::string& message, stentor::buffer& out) const {
///         out.append(message);
///         out.push_back('!');
///         return {};
///     }
/// };
/// ```
/// Optional: `void headers(const T&, header_sink& add)` adds headers of its own (a schema id, say).
template <class S, class T>
concept serializer_for = requires(const S& s, const T& message, buffer& out) {
    { s.serialize(message, out) } -> std::same_as<fault>;
};

/// What can be said of a serializer without a message type: it has a `content_type`. `serializer_for<S, T>` is checked in
/// `publish<T>`.
template <class S>
concept serializer = requires {
    { S::content_type } -> std::convertible_to<std::string_view>;
};

/// Sends bytes as they are: for `std::string`, `std::string_view`, `std::vector<std::byte>` and whatever else is contiguous bytes.
/// Never fails.
struct raw_serializer {
    static constexpr std::string_view content_type = "application/octet-stream";  ///< bytes, and nothing is said about them

    /// Appends the bytes of the message.
    template <class T>
        requires std::convertible_to<const T&, std::string_view> || std::convertible_to<const T&, std::span<const std::byte>> ||
                 std::convertible_to<const T&, std::span<const unsigned char>>
    fault serialize(const T& message, buffer& out) const {
        if constexpr (std::convertible_to<const T&, std::string_view>) {
            out.append(message);
        } else if constexpr (std::convertible_to<const T&, std::span<const std::byte>>) {
            const std::span<const std::byte> bytes = message;
            out.append({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        } else {
            const std::span<const unsigned char> bytes = message;
            out.append({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        }
        return {};
    }
};

}  // namespace stentor::inline v0
// ---- stentor/serializer/json.hpp

// ---- stentor/detail/all_right.hpp

// How a compile error is kept to one. A compiler prints a note for each template between the user's line and the assertion, and
// goes on after it. So what is wrong is worked out first, as a type, the verdict: `all_right`, or a class whose one assertion fails
// as soon as somebody asks for its size, which a public function does at its head. Then the function leaves out what would only
// fail again. It must not ask the verdict itself: nothing in a class whose assertion has failed is a constant for clang.

namespace stentor::inline v0::detail {

struct all_right {};

template <class Verdict>
inline constexpr bool fine = std::is_same_v<Verdict, all_right>;

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/json/writer.hpp

#include <iterator>
#include <variant>

#include <boost/mp11/algorithm.hpp>

// ---- stentor/detail/json/kinds.hpp

#include <tuple>

#include <boost/describe/bases.hpp>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>

// Which C++ types are which JSON values. Shared by writing and reading, so that they cannot disagree.

namespace stentor::inline v0 {

template <class T>
struct json_adapter;

}  // namespace stentor::inline v0

namespace stentor::inline v0::detail {

template <class T>
concept json_text = std::convertible_to<const T&, std::string_view> && !std::is_same_v<T, std::nullptr_t>;

// Text that can be looked at twice, and is the same. What is converted to text may be made anew each time.
template <class T>
inline constexpr bool standard_text = std::is_same_v<T, std::string_view>;
template <class Traits, class Allocator>
inline constexpr bool standard_text<std::basic_string<char, Traits, Allocator>> = true;

// Characters of other encodings: strings of them would else pass for arrays of numbers.
template <class T>
concept foreign_character =
    std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> || std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_variant = false;
template <class... Ts>
inline constexpr bool is_variant<std::variant<Ts...>> = true;

template <class T>
concept described_struct =
    std::is_class_v<T> && boost::describe::has_describe_members<T>::value && boost::describe::has_describe_bases<T>::value;

template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

// What can be walked over. Not std::ranges::range: <ranges> costs every user 70 ms.
template <class T>
concept iterable = requires(const T& t) {
    std::begin(t) != std::end(t);
    *std::begin(t);
};

// A map whose keys are text.
template <class T>
concept json_map = iterable<T> && requires {
    typename T::key_type;
    typename T::mapped_type;
} && json_text<typename T::key_type>;

template <class T>
concept json_array = iterable<T> && !json_text<T> && !json_map<T>;

// As std::filesystem::path is: there is no end to writing one.
template <class T>
inline constexpr bool range_of_itself =
    std::is_same_v<T, typename std::iterator_traits<std::decay_t<decltype(std::begin(std::declval<const T&>()))>>::value_type>;

template <class T>
concept json_tuple = requires { std::tuple_size<T>::value; } && !iterable<T>;

// Bases before own members, public ones, as a list of descriptors.
template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

// Calls `f` with each descriptor. All of it inlined, which clang would not do with mp_for_each: what `f` shares from one member to
// the next then stays in registers.
template <class Function, template <class...> class List, class... Descriptors>
[[gnu::always_inline]] inline void each_member(List<Descriptors...> /*of*/, [[maybe_unused]] Function&& f) {
    (f(Descriptors{}), ...);
}

template <class T>
concept json_adapted = requires(const T& value, buffer& out) {
    { json_adapter<T>::write(value, out) } -> std::same_as<bool>;
};

enum class json_kind {
    none,
    adapted,
    boolean,
    integer,
    floating,
    null,
    text,
    time,
    optional,
    variant,
    enumerator,
    map,
    array,
    tuple,
    structure
};

// As what a type is written; enums and structs that are not described are none.
template <class T>
[[nodiscard]] consteval json_kind json_kind_of() noexcept {
    if constexpr (json_adapted<T>) {
        return json_kind::adapted;
    } else if constexpr (std::is_same_v<T, bool>) {
        return json_kind::boolean;
    } else if constexpr (foreign_character<T>) {
        return json_kind::none;
    } else if constexpr (std::is_integral_v<T>) {
        return json_kind::integer;
    } else if constexpr (std::is_floating_point_v<T>) {
        return json_kind::floating;
    } else if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::monostate>) {
        return json_kind::null;
    } else if constexpr (json_text<T>) {
        return json_kind::text;
    } else if constexpr (std::is_same_v<T, timestamp>) {
        return json_kind::time;
    } else if constexpr (is_optional<T>) {
        return json_kind::optional;
    } else if constexpr (is_variant<T>) {
        return json_kind::variant;
    } else if constexpr (std::is_enum_v<T>) {
        return described_enum<T> ? json_kind::enumerator : json_kind::none;
    } else if constexpr (json_map<T>) {
        return json_kind::map;
    } else if constexpr (json_array<T>) {
        return range_of_itself<T> ? json_kind::none : json_kind::array;
    } else if constexpr (json_tuple<T>) {
        return json_kind::tuple;
    } else {
        return described_struct<T> ? json_kind::structure : json_kind::none;
    }
}

// One level of a JSON pointer, escaped (RFC 6901).
[[nodiscard]] inline std::string pointer_part(std::string_view name) {
    std::string part = "/";
    for (const char c : name) {
        if (c == '~') {
            part += "~0";
        } else if (c == '/') {
            part += "~1";
        } else {
            part += c;
        }
    }
    return part;
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/json/number.hpp

#include <charconv>
#include <system_error>

// ---- stentor/detail/math.hpp

// What the core needs of <algorithm> and <cmath>: those two cost every user a tenth of a second of compile time.

namespace stentor::inline v0::detail {

template <class T>
[[nodiscard]] constexpr const T& lesser(const T& a, const T& b) noexcept {
    return b < a ? b : a;
}
template <class T>
[[nodiscard]] constexpr const T& greater(const T& a, const T& b) noexcept {
    return a < b ? b : a;
}
template <class T>
[[nodiscard]] constexpr const T& clamped(const T& value, const T& least, const T& most) noexcept {
    return value < least ? least : most < value ? most : value;
}

template <class Float>
[[nodiscard]] constexpr bool is_finite(Float value) noexcept {
    return __builtin_isfinite(value) != 0;
}
template <class Float>
[[nodiscard]] constexpr bool has_sign(Float value) noexcept {
    return __builtin_signbit(value) != 0;
}

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

template <std::integral Integer>
void write_integer(Integer value, buffer& out) {
    constexpr std::size_t most = 24;
    char* const to = out.reserve(most);
    if constexpr (sizeof(Integer) == 1) {
        // to_chars has no overload for every character type.
        out.commit(static_cast<std::size_t>(std::to_chars(to, to + most, static_cast<int>(value)).ptr - to));
    } else {
        out.commit(static_cast<std::size_t>(std::to_chars(to, to + most, value).ptr - to));
    }
}

// The shortest text that reads back as the same number, laid out as ECMAScript's Number::toString does (ECMA-262, 6.1.6.1.20): that
// is what JavaScript writes, and close to what Python, Go and Rust do. False: not a number or infinite, which JSON does not have.
template <std::floating_point Float>
[[nodiscard]] bool write_float(Float value, buffer& out) {
    if (!is_finite(value)) {
        return false;
    }
    if (value == Float{}) {
        out.append(has_sign(value) ? std::string_view{"-0"} : std::string_view{"0"});
        return true;
    }
    char text[64];
    const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific);
    // [-]d[.ddd]e±xx
    char digits[40];
    std::size_t n = 0;
    const char* p = text;
    if (*p == '-') {
        out.push_back('-');
        ++p;
    }
    for (; *p != 'e'; ++p) {
        if (*p != '.') {
            digits[n++] = *p;
        }
    }
    ++p;
    const bool negative = *p++ == '-';
    int exponent = 0;
    std::from_chars(p, end.ptr, exponent);
    const int point = (negative ? -exponent : exponent) + 1;  // digits before the decimal point
    const int count = static_cast<int>(n);
    char* const start = out.reserve(64);
    char* to = start;
    const auto put = [&](const char* from, int many) {
        std::memcpy(to, from, static_cast<std::size_t>(many));
        to += many;
    };
    const auto zeros = [&](int many) {
        std::memset(to, '0', static_cast<std::size_t>(many));
        to += many;
    };
    if (count <= point && point <= 21) {
        put(digits, count);
        zeros(point - count);
    } else if (0 < point && point <= 21) {
        put(digits, point);
        *to++ = '.';
        put(digits + point, count - point);
    } else if (-6 < point && point <= 0) {
        put("0.", 2);
        zeros(-point);
        put(digits, count);
    } else {
        *to++ = digits[0];
        if (count > 1) {
            *to++ = '.';
            put(digits + 1, count - 1);
        }
        *to++ = 'e';
        *to++ = point - 1 < 0 ? '-' : '+';
        to = std::to_chars(to, to + 8, point - 1 < 0 ? 1 - point : point - 1).ptr;
    }
    out.commit(static_cast<std::size_t>(to - start));
    return true;
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/json/output.hpp

// ---- stentor/detail/date.hpp

namespace stentor::inline v0::detail {

// A day of the Gregorian calendar. std::chrono::year_month_day would do, but for what <chrono> costs (durations.hpp).
struct date {
    std::int64_t year;
    unsigned month;
    unsigned day;

    static constexpr std::chrono::days first_of_year_0{-719'528};
    static constexpr std::chrono::days first_of_year_10000{2'932'897};

    // Counted in eras of 400 years, 146,097 days each, from the first of March, so that the odd day is the last of its year
    // (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    [[nodiscard]] static constexpr date of(std::chrono::days since_1970) noexcept {
        const std::int64_t since_0000_03_01 = since_1970.count() + 719'468;
        const std::int64_t era = (since_0000_03_01 >= 0 ? since_0000_03_01 : since_0000_03_01 - 146'096) / 146'097;
        const auto of_era = static_cast<unsigned>(since_0000_03_01 - era * 146'097);
        const unsigned year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
        const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        const unsigned months_since_march = (5 * of_year + 2) / 153;
        const unsigned month = months_since_march < 10 ? months_since_march + 3 : months_since_march - 9;
        return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, of_year - (153 * months_since_march + 2) / 5 + 1};
    }
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/json/text.hpp

#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Strings as JSON: quoted, escaped the way Boost.JSON does it, and checked to be UTF-8, in one pass over the bytes.

namespace stentor::inline v0::detail {

// Length of the valid UTF-8 sequence at `p` (2 to 4), or 0: Unicode 15, table 3-7. `left` is at least 1.
[[nodiscard]] inline std::size_t utf8_sequence(const unsigned char* p, std::size_t left) noexcept {
    const auto continues = [&](std::size_t i, unsigned char low, unsigned char high) {
        return i < left && p[i] >= low && p[i] <= high;
    };
    const unsigned char first = p[0];
    if (first >= 0xc2 && first <= 0xdf) {
        return continues(1, 0x80, 0xbf) ? 2 : 0;
    }
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned char low = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned char high = first == 0xed ? 0x9f : 0xbf;  // no surrogates
        return continues(1, low, high) && continues(2, 0x80, 0xbf) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned char low = first == 0xf0 ? 0x90 : 0x80;
        const unsigned char high = first == 0xf4 ? 0x8f : 0xbf;
        return continues(1, low, high) && continues(2, 0x80, 0xbf) && continues(3, 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

#if defined(__SSE2__)
// 0xff for each byte that does not stand for itself. One comparison for three kinds: with its second bit turned over, a quote is a
// space, and what is not above a space and signed is a control character, a quote, or no ASCII.
[[nodiscard]] inline __m128i not_plain(__m128i bytes) noexcept {
    const __m128i turned = _mm_xor_si128(bytes, _mm_set1_epi8(2));
    return _mm_or_si128(_mm_cmplt_epi8(turned, _mm_set1_epi8(0x21)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
}
[[nodiscard]] inline std::size_t first_of(__m128i marked) noexcept {
    return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(_mm_movemask_epi8(marked))));
}
#endif

// How many bytes from `p` on stand for themselves in JSON: ASCII, no control character, no quote, no backslash. They are copied to
// `to`, which has room for `n` + 16 bytes.
[[nodiscard]] inline std::size_t copy_plain(const char* p, std::size_t n, char* to) noexcept {
    std::size_t i = 0;
#if defined(__SSE2__)
    const auto load = [p](std::size_t at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + at)); };
    const auto store = [to](std::size_t at, __m128i bytes) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), bytes); };
    for (; i + 32 <= n; i += 32) {
        const __m128i one = load(i);
        const __m128i two = load(i + 16);
        store(i, one);
        store(i + 16, two);
        const __m128i odd_one = not_plain(one);
        const __m128i odd_two = not_plain(two);
        if (_mm_movemask_epi8(_mm_or_si128(odd_one, odd_two)) != 0) {
            return _mm_movemask_epi8(odd_one) != 0 ? i + first_of(odd_one) : i + 16 + first_of(odd_two);
        }
    }
    if (i + 16 <= n) {
        const __m128i bytes = load(i);
        store(i, bytes);
        if (const __m128i odd = not_plain(bytes); _mm_movemask_epi8(odd) != 0) {
            return i + first_of(odd);
        }
        i += 16;
    }
    if (i == n) {
        return n;
    }
    if (i != 0) {
        // The last, short piece together with bytes that are known to be plain: no byte loop for strings of 16 and more.
        const __m128i bytes = load(n - 16);
        store(n - 16, bytes);
        const __m128i odd = not_plain(bytes);
        return _mm_movemask_epi8(odd) == 0 ? n : n - 16 + first_of(odd);
    }
#endif
    for (; i < n; ++i) {
        const char c = p[i];
        if (static_cast<signed char>(c) < 0x20 || c == '"' || c == '\\') {
            return i;
        }
        to[i] = c;
    }
    return n;
}

// Writes the escape of one character that is not plain ASCII; at most 6 bytes.
[[nodiscard]] inline char* put_escape(char c, char* to) noexcept {
    *to++ = '\\';
    switch (c) {
        case '"': *to++ = '"'; break;
        case '\\': *to++ = '\\'; break;
        case '\b': *to++ = 'b'; break;
        case '\f': *to++ = 'f'; break;
        case '\n': *to++ = 'n'; break;
        case '\r': *to++ = 'r'; break;
        case '\t': *to++ = 't'; break;
        default: {
            constexpr const char* digits = "0123456789abcdef";
            const auto code = static_cast<unsigned char>(c);
            std::memcpy(to, "u00", 3);
            to[3] = digits[code >> 4U];
            to[4] = digits[code & 15U];
            to += 5;
            break;
        }
    }
    return to;
}

// The rest of a string that needs more than copying: what is behind `done`, and the closing quote. The answer is the offset of the
// first byte that is no UTF-8, or npos.
[[nodiscard, gnu::noinline]] inline std::size_t write_rest(std::string_view text, std::size_t done, buffer& out) {
    // In pieces, so that a long string does not reserve six times its size for escapes that it hardly has.
    constexpr std::size_t piece = 8192;
    const char* const begin = text.data();
    while (done < text.size()) {
        const std::size_t end = text.size() - done > piece ? done + piece : text.size();
        char* const start = out.reserve((end - done) * 6 + 24);
        char* to = start;
        while (done < end) {
            const std::size_t plain = copy_plain(begin + done, end - done, to);
            to += plain;
            done += plain;
            if (done >= end) {
                break;
            }
            const char c = begin[done];
            if (static_cast<signed char>(c) >= 0) {
                to = put_escape(c, to);
                ++done;
                continue;
            }
            // A sequence may reach over the end of the piece: up to 3 bytes more, which the reserve has room for.
            const std::size_t n = utf8_sequence(reinterpret_cast<const unsigned char*>(begin + done), text.size() - done);
            if (n == 0) {
                out.commit(static_cast<std::size_t>(to - start));
                return done;
            }
            std::memcpy(to, begin + done, n);
            to += n;
            done += n;
        }
        out.commit(static_cast<std::size_t>(to - start));
    }
    out.push_back('"');
    return std::string_view::npos;
}

// Appends `text` as a JSON string. The answer is the offset of the first byte that is no UTF-8, or npos.
[[nodiscard]] inline std::size_t write_string(std::string_view text, buffer& out) {
    // Nearly every string is plain: then one look at the buffer's capacity is enough.
    char* const to = out.reserve(text.size() + 18);
    to[0] = '"';
    const std::size_t plain = copy_plain(text.data(), text.size(), to + 1);
    out.commit(plain + 1);
    if (plain == text.size()) [[likely]] {
        to[plain + 1] = '"';
        out.commit(1);
        return std::string_view::npos;
    }
    return write_rest(text, plain, out);
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/rfc3339.hpp

// ---- stentor/detail/hex.hpp

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Hexadecimal digits eight at a time: a trace context is checked or made in each publish.

namespace stentor::inline v0::detail {

inline constexpr std::uint64_t each_byte = 0x0101010101010101U;

[[nodiscard]] constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The value of two lower-case digits, or -1.
[[nodiscard]] constexpr int hex_byte(char high, char low) noexcept {
    const int h = hex_digit(high);
    const int l = hex_digit(low);
    return h < 0 || l < 0 ? -1 : h * 16 + l;
}

// Bytes in the order of memory. One load or store, where the compiler would make eight of the shifts.
[[nodiscard]] constexpr std::uint64_t load_eight(const char* from) noexcept {
    std::uint64_t word = 0;
    if (std::is_constant_evaluated()) {
        for (std::size_t i = 0; i < 8; ++i) {
            word |= std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
        }
    } else {
        std::memcpy(&word, from, sizeof word);
    }
    return word;
}

// The highest byte first.
constexpr void store_eight(std::uint64_t word, char* to) noexcept {
    if (!std::is_constant_evaluated() && std::endian::native == std::endian::little) {
        word = __builtin_bswap64(word);
        std::memcpy(to, &word, sizeof word);
        return;
    }
    for (std::size_t i = 0; i < 8; ++i) {
        to[i] = static_cast<char>(word >> (56 - 8 * i) & 0xffU);
    }
}

// Each byte of `word` is one of 0-9 and a-f. With the high bit of each byte set, a subtraction cannot borrow from its neighbour,
// and that bit then says "at least".
[[nodiscard]] constexpr bool all_hex(std::uint64_t word) noexcept {
    constexpr std::uint64_t high = each_byte * 0x80U;
    const std::uint64_t raised = word | high;
    const std::uint64_t digit = (raised - each_byte * '0') & ~(raised - each_byte * ('9' + 1));
    const std::uint64_t letter = (raised - each_byte * 'a') & ~(raised - each_byte * ('f' + 1));
    return ((digit | letter) & ~word & high) == high;
}

// Lower-case digits, not all of them zeros. The size must be a multiple of eight.
[[nodiscard]] constexpr bool is_hex_id(std::string_view id) noexcept {
    std::uint64_t not_zero = 0;
    for (std::size_t i = 0; i < id.size(); i += 8) {
        const std::uint64_t word = load_eight(id.data() + i);
        if (!all_hex(word)) {
            return false;
        }
        not_zero |= word ^ (each_byte * '0');
    }
    return not_zero != 0;
}

// Eight digits.
constexpr void write_hex(std::uint32_t value, char* to) noexcept {
    std::uint64_t v = value;  // one digit a byte, the first one in the highest
    v = (v & 0xffff0000U) << 16U | (v & 0x0000ffffU);
    v = (v & 0x0000ff000000ff00U) << 8U | (v & 0x000000ff000000ffU);
    v = (v & 0x00f000f000f000f0U) << 4U | (v & 0x000f000f000f000fU);
    const std::uint64_t letters = (v + each_byte * 6) >> 4U & each_byte;
    v += each_byte * '0' + letters * ('a' - '0' - 10);
    store_eight(v, to);
}

// Sixteen digits.
constexpr void write_hex(std::uint64_t value, char* to) noexcept {
#if defined(__SSE2__)
    if (!std::is_constant_evaluated()) {
        const __m128i bytes = _mm_cvtsi64_si128(static_cast<long long>(__builtin_bswap64(value)));
        const __m128i fours = _mm_set1_epi8(15);
        const __m128i digits = _mm_unpacklo_epi8(_mm_and_si128(_mm_srli_epi16(bytes, 4), fours), _mm_and_si128(bytes, fours));
        const __m128i letters = _mm_and_si128(_mm_cmpgt_epi8(digits, _mm_set1_epi8(9)), _mm_set1_epi8('a' - '0' - 10));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_add_epi8(_mm_add_epi8(digits, _mm_set1_epi8('0')), letters));
        return;
    }
#endif
    write_hex(static_cast<std::uint32_t>(value >> 32U), to);
    write_hex(static_cast<std::uint32_t>(value), to + 8);
}

struct trace_ids {
    std::uint64_t trace_high = 0;
    std::uint64_t trace_low = 0;
    std::uint64_t parent = 0;
};

// Three numbers of the splitmix64 sequence that `random` starts: one to one, so no two random numbers give the same trace.
[[nodiscard]] constexpr trace_ids ids_from(std::uint64_t random) noexcept {
    const auto draw = [&random]() noexcept {
        random += 0x9e3779b97f4a7c15U;
        std::uint64_t z = random;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    };
    trace_ids ids{draw(), draw(), draw()};
    // Two draws of the sequence are never equal, so only the parent can be all zeros.
    if (ids.parent == 0) {
        ids.parent = 1;
    }
    return ids;
}

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

// A wall time as `2026-01-01T00:00:00.000Z`: RFC 3339 in UTC, what JavaScript's toISOString writes. For headers; years 0 to 9999,
// which is all that RFC 3339 knows.
class rfc3339 {
public:
    static constexpr std::size_t size = 24;

    explicit constexpr rfc3339(timestamp t) noexcept {
        const timestamp minute = std::chrono::floor<std::chrono::minutes>(t);
        if (std::is_constant_evaluated()) {
            write_minute(minute);
        } else if (minute != last_.minute) {
            write_minute(minute);
            std::memcpy(last_.text.data(), text_.data(), last_.text.size());
            last_.minute = minute;
        } else {
            // Messages of one minute differ in their last digits only, and the calendar is what costs.
            std::memcpy(text_.data(), last_.text.data(), last_.text.size());
        }
        write_rest(static_cast<unsigned>((t - minute).count()));
    }

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_.data(), text_.size()}; }
    void copy_to(char* to) const noexcept { std::memcpy(to, text_.data(), size); }

private:
    static constexpr std::size_t of_minute = 16;  // 2026-01-01T00:00

    struct minute_text {
        timestamp minute;
        std::array<char, of_minute> text;
    };

    constexpr void write_minute(timestamp t) noexcept {
        const auto day = std::chrono::floor<std::chrono::days>(t);
        const date when = date::of(day.time_since_epoch());
        const auto of_day = static_cast<unsigned>((t - day).count());
        put(0, 4, static_cast<unsigned>(when.year));
        put(5, 2, when.month);
        put(8, 2, when.day);
        put(11, 2, of_day / 3'600'000U);
        put(14, 2, of_day / 60'000U % 60U);
    }
    // `:00.000Z` at once: digits that are stored one by one cannot be read as a whole before they have reached the cache.
    constexpr void write_rest(unsigned ms) noexcept {
        const auto digit = [](unsigned value, unsigned at) { return std::uint64_t{'0' + value % 10U} << (56U - 8U * at); };
        const unsigned s = ms / 1'000U;
        store_eight(std::uint64_t{':'} << 56U | digit(s / 10U, 1) | digit(s, 2) | std::uint64_t{'.'} << 32U | digit(ms / 100U, 4) |
                        digit(ms / 10U, 5) | digit(ms, 6) | std::uint64_t{'Z'},
                    text_.data() + of_minute);
    }
    constexpr void put(std::size_t at, std::size_t digits, unsigned value) noexcept {
        for (std::size_t i = at + digits; i-- > at; value /= 10U) {
            text_[i] = static_cast<char>('0' + value % 10U);
        }
    }

    inline static constinit thread_local minute_text last_{timestamp::min(), {}};

    std::array<char, size> text_{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                                 '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
};

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

// What a JSON writer does whatever the names and optionals of its types: texts, times, and saying what went wrong. Every function
// answers false at the first thing that JSON cannot say; on the way back each level puts its part in front of the pointer (RFC
// 6901), so that a good path costs nothing for it.
class json_output {
public:
    explicit json_output(buffer& to) noexcept : out_(to) {}

    // After a false: "/user_email: invalid UTF-8 at byte 3".
    [[nodiscard]] std::string cause() const { return pointer_ + ": " + reason_; }

protected:
    // Bytes whose number the compiler knows.
    template <std::size_t Size>
    void put(const char* bytes) {
        std::memcpy(out_.reserve(Size), bytes, Size);
        out_.commit(Size);
    }

    bool fail(std::string_view reason) {
        reason_ = reason;
        return false;
    }
    // Puts a level in front of the pointer, escaped as RFC 6901 says.
    bool inside(std::string_view name) {
        pointer_.insert(0, pointer_part(name));
        return false;
    }

    template <class T>
    bool write_any_text(const T& text) {
        if constexpr (std::is_pointer_v<T>) {
            return text != nullptr ? write_text(text) : fail("is a null pointer");
        } else if constexpr (std::is_array_v<T>) {
            // Up to its NUL, if it has one.
            const void* const end = std::memchr(text, 0, sizeof text);
            return write_text(
                {text, end != nullptr ? static_cast<std::size_t>(static_cast<const char*>(end) - text) : sizeof text});
        } else {
            return write_text(text);
        }
    }
    bool write_text(std::string_view text) {
        const std::size_t bad = write_string(text, out_);
        return bad == std::string_view::npos || no_utf8(bad);
    }
    [[gnu::noinline, gnu::cold]] bool no_utf8(std::size_t at) { return fail("invalid UTF-8 at byte " + std::to_string(at)); }

    [[nodiscard]] static constexpr bool is_writable(timestamp t) noexcept {
        constexpr timestamp first = std::chrono::sys_days{date::first_of_year_0};
        constexpr timestamp end = std::chrono::sys_days{date::first_of_year_10000};
        return t >= first && t < end;
    }
    bool write_time(timestamp t) {
        if (!is_writable(t)) {
            return fail("is no time of the years 0 to 9999");
        }
        char* const to = out_.reserve(rfc3339::size + 2);
        to[0] = to[rfc3339::size + 1] = '"';
        rfc3339(t).copy_to(to + 1);
        out_.commit(rfc3339::size + 2);
        return true;
    }

    buffer& out_;
    std::string pointer_{};
    std::string reason_{};
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/names.hpp

// Member names as they are on the wire, worked out at compile time.

namespace stentor::inline v0::detail {

// The converted name; `to` must have room for `from.size()` characters. Answers how many it used.
[[nodiscard]] constexpr std::size_t convert_name(std::string_view from, naming how, char* to) noexcept {
    // new_ is written with an underscore only because `new` is a keyword.
    if (from.size() > 1 && from.back() == '_') {
        from.remove_suffix(1);
    }
    std::size_t n = 0;
    bool upper = false;
    for (const char c : from) {
        // A leading underscore separates nothing.
        if (how == naming::camel_case && c == '_' && n != 0) {
            upper = true;
            continue;
        }
        to[n++] = upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        upper = false;
    }
    return n;
}

// `,"taskId":"` for a descriptor of Boost.Describe, with a comma or an opening brace in front; who writes no string leaves the last
// quote out, and the bare name is inside.
template <class Descriptor, naming How>
class member_name {
    static constexpr std::string_view source = Descriptor::name;
    static constexpr std::size_t length = [] {
        std::array<char, source.size() + 1> name{};
        return convert_name(source, How, name.data());
    }();
    static constexpr auto made = [](char lead) {
        std::array<char, length + 5> text{};
        text[0] = lead;
        text[1] = '"';
        std::array<char, source.size() + 1> name{};
        (void)convert_name(source, How, name.data());
        for (std::size_t i = 0; i < length; ++i) {
            text[i + 2] = name[i];
        }
        text[length + 2] = '"';
        text[length + 3] = ':';
        text[length + 4] = '"';
        return text;
    };
    static constexpr auto following = made(',');
    static constexpr auto leading = made('{');

public:
    // The last quote is behind these views.
    static constexpr std::string_view with_comma{following.data(), length + 4};
    static constexpr std::string_view with_brace{leading.data(), length + 4};
    static constexpr std::string_view without_comma{following.data() + 1, length + 3};
    static constexpr std::string_view bare{following.data() + 2, length};
    static constexpr std::string_view quoted{following.data() + 1, length + 2};
};

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

// Writes one value straight from its members.
template <naming How, optionals Empty>
class json_writer : public json_output {
public:
    using json_output::json_output;

    template <class T>
    [[nodiscard]] bool write(const T& value) {
        constexpr json_kind kind = json_kind_of<T>();
        if constexpr (kind == json_kind::adapted) {
            return json_adapter<T>::write(value, out_) || fail("its json_adapter could not write it");
        } else if constexpr (kind == json_kind::boolean) {
            out_.append(value ? std::string_view{"true"} : std::string_view{"false"});
            return true;
        } else if constexpr (kind == json_kind::integer) {
            write_integer(value, out_);
            return true;
        } else if constexpr (kind == json_kind::floating) {
            return write_float(value, out_) || fail("is not a finite number");
        } else if constexpr (kind == json_kind::null) {
            out_.append("null");
            return true;
        } else if constexpr (kind == json_kind::text) {
            return write_any_text(value);
        } else if constexpr (kind == json_kind::time) {
            return write_time(value);
        } else if constexpr (kind == json_kind::optional) {
            return value ? write(*value) : write(nullptr);
        } else if constexpr (kind == json_kind::variant) {
            return write_variant(value);
        } else if constexpr (kind == json_kind::enumerator) {
            return write_enum(value);
        } else if constexpr (kind == json_kind::map) {
            return write_map(value);
        } else if constexpr (kind == json_kind::array) {
            return write_array(value);
        } else if constexpr (kind == json_kind::tuple) {
            return write_tuple(value, std::make_index_sequence<std::tuple_size_v<T>>{});
        } else {
            return write_struct(value);  // what is none has been refused before, with all that is in it (wrong_content.hpp)
        }
    }

private:
    template <class T, class Descriptor>
    using member_of = std::remove_cvref_t<decltype(std::declval<const T&>().*Descriptor::pointer)>;
    // Written without asking for room: their size is known beforehand.
    template <class T>
    static constexpr bool placed =
        json_kind_of<T>() == json_kind::time || (json_kind_of<T>() == json_kind::text && standard_text<T>);

    template <class T>
    bool write_variant(const T& value) {
        return !value.valueless_by_exception() ? std::visit([this](const auto& held) { return this->write(held); }, value)
                                               : fail("is a variant without a value");
    }

    template <class T>
    bool write_enum(T value) {
        bool found = false;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto d) {
            // A C++ name has nothing to escape. Only the underscore behind a keyword goes; how enumerators are spelled is the
            // message's own.
            using name = member_name<decltype(d), naming::as_written>;
            if (!found && d.value == value) {
                put<name::quoted.size()>(name::quoted.data());
                found = true;
            }
        });
        return found || fail("is no enumerator");
    }

    template <class T>
    bool write_map(const T& map) {
        char next = '{';
        for (const auto& [key, value] : map) {
            out_.push_back(next);
            next = ',';
            if (!write_any_text(key)) {
                return inside("(key)");
            }
            out_.push_back(':');
            if (!write(value)) {
                return inside(key);
            }
        }
        if (next == '{') {
            out_.push_back('{');
        }
        out_.push_back('}');
        return true;
    }

    template <class T>
    bool write_array(const T& array) {
        char next = '[';
        std::size_t index = 0;
        for (const auto& value : array) {
            out_.push_back(next);
            next = ',';
            // vector<bool> hands out proxies
            if (!write<typename std::iterator_traits<std::decay_t<decltype(std::begin(array))>>::value_type>(value)) {
                return inside(std::to_string(index));
            }
            ++index;
        }
        if (next == '[') {
            out_.push_back('[');
        }
        out_.push_back(']');
        return true;
    }

    template <class T, std::size_t... Is>
    bool write_tuple(const T& tuple, std::index_sequence<Is...>) {
        out_.push_back('[');
        const bool fine = (write_element<Is>(std::get<Is>(tuple)) && ...);
        if (fine) {
            out_.push_back(']');
        }
        return fine;
    }
    template <std::size_t Index, class T>
    bool write_element(const T& value) {
        if constexpr (Index != 0) {
            out_.push_back(',');
        }
        return write(value) || inside(std::to_string(Index));
    }

    // How much room a member takes whose size is known beforehand, the quotes included; 0: who knows.
    template <class T>
    [[nodiscard]] static constexpr std::size_t room_for(const T& member) noexcept {
        if constexpr (placed<T> && std::is_same_v<T, timestamp>) {
            return rfc3339::size + 2;
        } else if constexpr (placed<T>) {
            return std::string_view(member).size() + 18;  // the last piece of a string is copied as 16 bytes
        } else {
            return 0;
        }
    }

    template <class T>
    bool write_struct(const T& value) {
        // One look at the buffer's capacity for all of these, and then again only behind what is not one of them. Inlined, so that
        // none of what they share goes through memory.
        std::size_t room = 2;
        each_member(members_of<T>{}, [&](auto d) __attribute__((always_inline)) {
            room += member_name<decltype(d), How>::with_comma.size() + room_for<member_of<T, decltype(d)>>(value.*d.pointer);
        });
        char* from = out_.reserve(room);
        char* to = from;
        bool first = true;
        bool fine = true;
        each_member(members_of<T>{}, [&](auto d) __attribute__((always_inline)) {
            if (!fine) {
                return;
            }
            using name = member_name<decltype(d), How>;
            using member_type = member_of<T, decltype(d)>;
            constexpr std::size_t size = name::with_comma.size();
            const auto& member = value.*d.pointer;
            if constexpr (Empty == optionals::omitted && is_optional<member_type>) {
                if (!member) {
                    return;
                }
            }
            // With the quote behind it, which only strings use.
            std::memcpy(to, first ? name::with_brace.data() : name::with_comma.data(), size + 1);
            first = false;
            if constexpr (placed<member_type> && std::is_same_v<member_type, timestamp>) {
                if (is_writable(member)) {
                    rfc3339(member).copy_to(to + size + 1);
                    to += size + 1 + rfc3339::size;
                    *to++ = '"';
                    return;
                }
                fine = write(member) || inside(name::bare);
            } else if constexpr (placed<member_type>) {
                const std::string_view text = member;
                const std::size_t plain = copy_plain(text.data(), text.size(), to + size + 1);
                to += size + 1 + plain;
                if (plain == text.size()) [[likely]] {
                    *to++ = '"';
                    return;
                }
                out_.commit(static_cast<std::size_t>(to - from));
                const std::size_t bad = write_rest(text, plain, out_);
                fine = bad == std::string_view::npos || no_utf8(bad) || inside(name::bare);
            } else {
                out_.commit(static_cast<std::size_t>(to + size - from));
                fine = write(member) || inside(name::bare);
            }
            from = to = out_.reserve(room);
        });
        if (first) {
            *to++ = '{';
        }
        *to++ = '}';
        out_.commit(static_cast<std::size_t>(to - from));
        return fine;
    }
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/json/wrong_content.hpp

// What JSON cannot carry in a type, found before anything is written, and said in one error (see all_right.hpp).

namespace stentor::inline v0::detail {

// `T` is the type that cannot be written, `In` the described struct that it was found in, or the whole.
template <class T, class In>
struct verdict_on_content {
    static constexpr bool character = foreign_character<T>;
    static constexpr bool enumeration = std::is_enum_v<T>;
    static constexpr bool structure = std::is_class_v<T>;

    static_assert(!character,
                  "stentor: JSON text is UTF-8 in char. Convert strings of char8_t, char16_t, char32_t or wchar_t to std::string.");
    static_assert(!enumeration, "stentor: JSON writes enums by name. Describe it: BOOST_DESCRIBE_ENUM(T, enumerators…).");
    static_assert(!structure,
                  "stentor: JSON does not know this type. Describe it: BOOST_DESCRIBE_STRUCT(T, (bases), (members)); or specialise "
                  "stentor::json_adapter<T>.");
    static_assert(character || enumeration || structure,
                  "stentor: JSON cannot carry this type (pointers, functions, …). It can carry numbers, bool, strings, "
                  "std::optional, enums, described structs, arrays, maps with string keys, std::variant and stentor::timestamp.");
};

template <class... Verdicts>
struct first_wrong {
    using type = all_right;
};
template <class First, class... Rest>
struct first_wrong<First, Rest...> {
    using type = First;
};
template <class... Rest>
struct first_wrong<all_right, Rest...> : first_wrong<Rest...> {};

// `Above` is what lies around T, the innermost struct first. What lies in itself (a tree) has been looked at already.
template <class T, json_kind Kind, class... Above>
struct judge_json {
    using type = all_right;
};
template <class T, class... Above>
inline constexpr json_kind json_kind_in = (std::is_same_v<T, Above> || ...) ? json_kind::null : json_kind_of<T>();
template <class T, class... Above>
using json_verdict = typename judge_json<T, json_kind_in<T, Above...>, Above...>::type;

template <class T>
struct judge_json<T, json_kind::none> {
    using type = verdict_on_content<T, T>;
};
template <class T, class In, class... Above>
struct judge_json<T, json_kind::none, In, Above...> {
    using type = verdict_on_content<T, In>;
};
template <class T, class... Above>
struct judge_json<T, json_kind::optional, Above...> {
    using type = json_verdict<std::remove_cv_t<typename T::value_type>, Above...>;
};
template <class... Ts, class... Above>
struct judge_json<std::variant<Ts...>, json_kind::variant, Above...> {
    using type = typename first_wrong<json_verdict<std::remove_cv_t<Ts>, Above...>...>::type;
};
template <class T, class... Above>
struct judge_json<T, json_kind::map, Above...> {
    using type = json_verdict<std::remove_cv_t<typename T::mapped_type>, Above..., T>;
};
template <class T, class... Above>
struct judge_json<T, json_kind::array, Above...> {
    using iterator = std::decay_t<decltype(std::begin(std::declval<const T&>()))>;
    using type = json_verdict<typename std::iterator_traits<iterator>::value_type, Above..., T>;
};
template <class T, class... Above>
struct judge_json<T, json_kind::tuple, Above...> {
    template <std::size_t... Is>
    static auto elements(std::index_sequence<Is...>)
        -> first_wrong<json_verdict<std::remove_cv_t<std::tuple_element_t<Is, T>>, Above...>...>;
    using type = typename decltype(elements(std::make_index_sequence<std::tuple_size_v<T>>{}))::type;
};
template <class T, class... Above>
struct judge_json<T, json_kind::structure, Above...> {
    template <class Descriptor>
    using member = std::remove_cvref_t<decltype(std::declval<const T&>().*Descriptor::pointer)>;
    template <template <class...> class List, class... Descriptors>
    static auto members(List<Descriptors...>) -> first_wrong<json_verdict<member<Descriptors>, T, Above...>...>;
    using type = typename decltype(members(members_of<T>{}))::type;
};
}  // namespace stentor::inline v0::detail
// ---- stentor/detail/wrong_message.hpp

// What is wrong with a message type, its message_traits or their fitting a serializer, said in one error (see all_right.hpp).

namespace stentor::inline v0::detail {

enum class flaw {
    no_traits,
    no_topic,
    topic_dies,
    key_signature,
    key_dies,
    headers_signature,
    validate_signature,
    serializer
};

// `T` and `Serializer` are only there to be named by the compiler.
template <flaw What, class T, class Serializer>
struct verdict_on_message {
    [[nodiscard]] static consteval bool is_not(flaw that) noexcept { return What != that; }

    static_assert(
        is_not(flaw::no_traits),
        "stentor: this type has no message_traits. Write: template <> struct stentor::message_traits<T> { static constexpr "
        "std::string_view topic = \"…\"; }; (see stentor/message.hpp)");
    static_assert(is_not(flaw::no_topic),
                  "stentor: message_traits<T> lacks a topic: static constexpr std::string_view topic = \"…\"; or static "
                  "std::string_view topic(const T&);");
    static_assert(is_not(flaw::topic_dies),
                  "stentor: message_traits<T>::topic must return a std::string_view of bytes that outlive the call (or a const "
                  "std::string&): static std::string_view topic(const T& m) { return m.…; }");
    static_assert(
        is_not(flaw::key_signature),
        "stentor: message_traits<T>::key is none: it must be static, take a const T& and return a std::string_view: static "
        "std::string_view key(const T& m) { return m.…; } (Where traits are shared, it must accept each of their messages.)");
    static_assert(is_not(flaw::key_dies),
                  "stentor: message_traits<T>::key must return a std::string_view into the message (or a const std::string&), not "
                  "text that dies with the call: static std::string_view key(const T& m) { return m.…; }");
    static_assert(
        is_not(flaw::headers_signature),
        "stentor: message_traits<T>::headers cannot be called. Write: static void headers(const T&, auto&& add) or static "
        "void headers(const T&, auto&& add, const stentor::publish_context&)");
    static_assert(is_not(flaw::validate_signature),
                  "stentor: message_traits<T>::validate cannot be called, or returns something else. Write: static stentor::fault "
                  "validate(const T&)");
    static_assert(is_not(flaw::serializer),
                  "stentor: the serializer cannot write this message type: it needs fault serialize(const T&, buffer&) const. "
                  "See stentor/serializer.hpp");
};

// A type that has a member of a name, of whatever kind, makes that name ambiguous here.
struct traits_names {
    int key, headers, validate;
};
template <class Traits>
struct with_traits_names : Traits, traits_names {};

template <class T>
concept with_topic = requires(const T& m) { std::string_view(message_traits<T>::topic); } ||
                     requires(const T& m) { std::string_view(message_traits<T>::topic(m)); };

// Text that its function returns and that is nobody's afterwards.
template <class Returned>
inline constexpr bool dies = !std::is_lvalue_reference_v<Returned> && !std::is_trivially_destructible_v<std::decay_t<Returned>>;

// What a serializer that says more than "cannot" has to say of T; specialise it for that serializer.
template <class Serializer, class T>
struct judge_content {
    using type = all_right;
};

template <class T, class Serializer>
[[nodiscard]] consteval auto judge_message() noexcept {
    using traits = message_traits<T>;
    using names = std::conditional_t<std::is_final_v<traits>, traits_names, with_traits_names<traits>>;
    if constexpr (!message<T>) {
        return std::type_identity<verdict_on_message<flaw::no_traits, T, Serializer>>{};
    } else if constexpr (!with_topic<T>) {
        return std::type_identity<verdict_on_message<flaw::no_topic, T, Serializer>>{};
    } else if constexpr (requires(const T& m) { requires dies<decltype(traits::topic(m))>; }) {
        return std::type_identity<verdict_on_message<flaw::topic_dies, T, Serializer>>{};
    } else if constexpr (requires(const T& m) {
                             requires std::is_convertible_v<decltype(traits::key(m)), std::string_view> &&
                                          dies<decltype(traits::key(m))>;
                         }) {
        return std::type_identity<verdict_on_message<flaw::key_dies, T, Serializer>>{};
    } else if constexpr (
        !requires { &names::key; } &&
        !requires(const T& m) { requires std::is_convertible_v<decltype(traits::key(m)), std::string_view>; }) {
        return std::type_identity<verdict_on_message<flaw::key_signature, T, Serializer>>{};
    } else if constexpr (
        !requires { &names::headers; } && !requires(const T& m, header_sink& add) { traits::headers(m, add); } &&
        !requires(const T& m, header_sink& add, const publish_context& c) { traits::headers(m, add, c); }) {
        return std::type_identity<verdict_on_message<flaw::headers_signature, T, Serializer>>{};
    } else if constexpr (
        !requires { &names::validate; } &&
        !requires(const T& m) {
            { traits::validate(m) } -> std::same_as<fault>;
        }) {
        return std::type_identity<verdict_on_message<flaw::validate_signature, T, Serializer>>{};
    } else if constexpr (!serializer_for<Serializer, T>) {
        return std::type_identity<verdict_on_message<flaw::serializer, T, Serializer>>{};
    } else {
        return std::type_identity<typename judge_content<Serializer, T>::type>{};
    }
}

// Nothing is said of messages when the policies are wrong already.
template <class OnPolicies, class T, class Serializer>
using verdict_on_publish =
    typename std::conditional_t<fine<OnPolicies>, decltype(judge_message<T, Serializer>()), std::type_identity<OnPolicies>>::type;

}  // namespace stentor::inline v0::detail

/// @file
/// The default serializer: JSON, written straight from the members that Boost.Describe knows.

namespace stentor::inline v0 {

/// Teaches `json_serializer` a type that it does not know: specialise it with
/// `static bool write(const T&, buffer&)`, which appends one JSON value, or answers false when it cannot.
template <class T>
struct json_adapter;

namespace detail {

template <class T>
[[nodiscard]] consteval naming naming_of() noexcept {
    if constexpr (message<T>) {
        if constexpr (requires { message_traits<T>::naming; }) {
            return message_traits<T>::naming;
        }
    }
    return naming::as_written;
}

template <class T>
[[nodiscard]] consteval optionals optionals_of() noexcept {
    if constexpr (message<T>) {
        if constexpr (requires { message_traits<T>::optionals; }) {
            return message_traits<T>::optionals;
        }
    }
    return optionals::omitted;
}

}  // namespace detail

/// Appends `value` as JSON (RFC 8259). Any described type; `message_traits` are not needed. What JSON cannot say is
/// `errc::serialization` with the member's JSON pointer: "/items/3/price: is not a finite number"; the buffer is then as it was.
/// Throws only `std::bad_alloc`; the buffer is then as it was, too.
template <naming Naming = naming::as_written, optionals Optionals = optionals::omitted, class T>
[[nodiscard]] fault to_json(const T& value, buffer& out) {
    using content = detail::json_verdict<T>;
    static_assert(sizeof(content) != 0);
    fault f;
    if constexpr (detail::fine<content>) {
        detail::json_writer<Naming, Optionals> writer(out);
        const std::size_t before = out.size();
        try {
            if (!writer.write(value)) {
                out.truncate(before);
                f.code = errc::serialization;
                f.cause = writer.cause();
            }
        } catch (...) {
            out.truncate(before);
            throw;
        }
    }
    return f;
}

/// Writes described structs and what is in them as JSON, byte for byte what Boost.JSON writes for the same value, with no DOM and,
/// once its buffer is warm, no allocation. Names and empty optionals by `naming` and `optionals` of `message_traits<T>`, also
/// inside.
///
/// It writes: numbers, bool, strings (UTF-8, checked; a null `const char*` is an error, an array of char ends at its NUL),
/// `std::optional` (omitted, or null), described enums (by name, without a trailing underscore), described structs (public members,
/// bases first), ranges (arrays), maps with text keys (objects), pairs and tuples (arrays), `std::variant` (what it holds),
/// `std::monostate` (null), `timestamp` (RFC 3339, milliseconds, Z), and whatever `json_adapter` is specialised for.
///
/// Where it is not Boost.JSON: floating point is the shortest text that reads back the same, laid out as JavaScript does (`1`,
/// `0.1`, `1e+21`); not-a-number, infinities and invalid UTF-8 are errors.
struct json_serializer {
    static constexpr std::string_view content_type = "application/json";  ///< JSON

    /// Appends the message as `to_json` does, with the names of `message_traits<T>`.
    template <class T>
    fault serialize(const T& message, buffer& out) const {
        return to_json<detail::naming_of<T>(), detail::optionals_of<T>()>(message, out);
    }
};

namespace detail {

template <class T>
struct judge_content<json_serializer, T> {
    using type = json_verdict<T>;
};

}  // namespace detail

}  // namespace stentor::inline v0
// ---- stentor/retry.hpp

/// @file
/// The retry_policy concept, `no_retry`, and the ready-made policies: `exponential_backoff` (the default) and `dead_letter`.

namespace stentor::inline v0 {

/// One failed try, as a retry policy sees it. Views live for the call.
struct failure {
    std::uint32_t attempt = 1;                          ///< the try that failed: 1, 2, …
    nanoseconds elapsed{};                              ///< since `publish`
    nanoseconds remaining{};                            ///< until the deadline
    errc code = errc::none;                             ///< the condition
    std::string_view cause{};                           ///< the broker's own name of it
    stentor::outcome outcome = outcome::not_persisted;  ///< of the message so far, earlier tries included
    bool transient = true;                              ///< by the failure class table: the same message may succeed later
    std::uint64_t random = 0;                           ///< fresh bits, for jitter
};

/// What a retry policy answers. `topic` must outlive the publisher: point it at a member of the policy.
struct verdict {
    /// What to do.
    enum class kind : std::uint8_t {
        give_up,   ///< tell the caller
        retry,     ///< try again after `delay`
        redirect,  ///< send it to `topic` instead
    };
    kind what = kind::give_up;  ///< what to do
    nanoseconds delay{};        ///< of `retry`
    std::string_view topic{};   ///< of `redirect`
    nanoseconds deadline{};     ///< of `redirect`: how long the redirected record may take
};

/// Verdict: try again after `d`.
[[nodiscard]] constexpr verdict retry_in(nanoseconds d) noexcept { return {verdict::kind::retry, d, {}, {}}; }
/// Verdict: send the record to `topic` instead (a dead letter), within `deadline`.
[[nodiscard]] constexpr verdict redirect_to(std::string_view topic, nanoseconds deadline) noexcept {
    return {verdict::kind::redirect, {}, topic, deadline};
}
/// Not to a temporary string: the verdict only views its topic.
template <class Text>
    requires std::same_as<Text, std::string>
verdict redirect_to(Text&&, nanoseconds) = delete;  // the topic is a temporary. Keep it in the policy.
/// Verdict: tell the caller.
[[nodiscard]] constexpr verdict give_up() noexcept { return {}; }

/// **retry_policy**: what to do after a failed try.
/// 1. Decides: try again (when), redirect (where), or give up. The publisher keeps the rules that no policy may break: nothing is
///    retried that is permanent, `unknown` (unless `allow_duplicates`), fatal, or too close to its deadline.
/// 2. Called: after each failed try that may still be retried, and once more when it may not, for a redirect.
/// 3. On: the transport's event thread, for several publishes of several topics in turn; const, so share no state between calls.
/// 4. Fails by: not at all, it is noexcept.
/// 5. Bytes: `failure::cause` lives for the call; a verdict's topic must outlive the publisher.
/// 6. Minimal:
/// ```cpp
/// struct every_second {
///     stentor::verdict next(const stentor::failure& f) const noexcept {
///         return f.attempt < 5 ? stentor::retry_in(std::chrono::seconds(1)) : stentor::give_up();
///     }
/// };
/// ```
/// Optional: `bool allow_duplicates` (member or static): a try whose outcome is `unknown` is retried, too; every record then
/// carries a `message-id` header from the first try on, so that consumers can tell. Once a try may be in the log, the message is at
/// best `unknown` until one is persisted, whatever the later ones say.
template <class P>
concept retry_policy = requires(const P& policy, const failure& f) {
    { policy.next(f) } noexcept -> std::same_as<verdict>;
};

/// Never tries again: the first failure is the result.
struct no_retry {
    /// Gives up.
    [[nodiscard]] constexpr verdict next(const failure&) const noexcept { return give_up(); }
};

namespace detail {

template <class Policy>
[[nodiscard]] constexpr bool allows_duplicates(const Policy& policy) noexcept {
    if constexpr (requires { static_cast<bool>(policy.allow_duplicates); }) {
        return static_cast<bool>(policy.allow_duplicates);
    } else {
        return false;
    }
}

}  // namespace detail

/// How much of a delay is left to chance, so that clients that failed together do not come back together.
enum class jitter : std::uint8_t {
    none,   ///< exactly the delay
    full,   ///< anything from zero to the delay
    equal,  ///< at least half of the delay
};

/// Waits `initial`, then `factor` times as long after each further try, never longer than `max`. The default policy.
/// Any thread; no state, no clock, and chance only from `failure::random`. Odd values do no harm: a factor below 1 (or none at all)
/// counts as 1, a negative duration as zero.
struct exponential_backoff {
    std::uint32_t attempts = 3;                      ///< tries, the first one included; 0 counts as 1
    nanoseconds initial = milliseconds(100);         ///< between the first try and the second
    double factor = 2.0;                             ///< how much longer each further wait is
    nanoseconds max = std::chrono::seconds(10);      ///< no wait is ever longer
    stentor::jitter jitter = stentor::jitter::none;  ///< which part of the wait is random
    bool allow_duplicates = false;                   ///< retry an `unknown` outcome, too: the log may then hold it twice

    /// The task gateway's policy: three tries, the first wait 100 ms.
    [[nodiscard]] static constexpr exponential_backoff gateway() noexcept { return {}; }
    /// The event bus's policy, for outages of some seconds: five tries, waits of 1, 2, 4 and 8 s, never over 10 s. Give such
    /// publishes a deadline of more than those 15 s.
    [[nodiscard]] static constexpr exponential_backoff event_bus() noexcept {
        exponential_backoff policy;
        policy.attempts = 5;
        policy.initial = std::chrono::seconds(1);
        return policy;
    }

    /// `retry_in` the next wait, or `give_up` when the tries are used up or a retry would be no use.
    [[nodiscard]] constexpr verdict next(const failure& f) const noexcept {
        const bool may_be_there = f.outcome != outcome::not_persisted;
        if (!f.transient || f.attempt >= attempts || (may_be_there && !allow_duplicates)) {
            return give_up();
        }
        return retry_in(spread(delay_after(f.attempt), f.random));
    }

    /// The wait after the failed try number `attempt` (1, 2, …), without jitter.
    [[nodiscard]] constexpr nanoseconds delay_after(std::uint32_t attempt) const noexcept {
        const nanoseconds most = detail::greater(max, nanoseconds::zero());
        const nanoseconds first = detail::clamped(initial, nanoseconds::zero(), most);
        if (!(factor > 1.0) || first == nanoseconds::zero()) {
            return first;
        }
        // Compared as floating point before it is converted: what does not fit in 64 bits is over `max` anyway.
        const auto limit = static_cast<double>(most.count());
        auto delay = static_cast<double>(first.count());
        for (std::uint32_t n = 1; n < attempt && delay < limit; ++n) {
            delay *= factor;
        }
        return delay < limit ? nanoseconds(static_cast<nanoseconds::rep>(delay)) : most;
    }

private:
    [[nodiscard]] constexpr nanoseconds spread(nanoseconds delay, std::uint64_t random) const noexcept {
        if (jitter == stentor::jitter::none || delay <= nanoseconds::zero()) {
            return delay;
        }
        const auto whole = static_cast<std::uint64_t>(delay.count());
        const std::uint64_t sure = jitter == stentor::jitter::equal ? whole - whole / 2 : 0;
        // The remainder favours short waits by less than one part in a million as long as a wait is under half an hour.
        return nanoseconds(static_cast<nanoseconds::rep>(sure + random % (whole - sure + 1)));
    }
};

/// Retries like `Inner`, and sends a message that `Inner` gives up on to a dead-letter topic. Only what is definitely not in the
/// log: an `unknown` outcome, an expired deadline, an open circuit, a closed publisher and a fatal producer are never redirected;
/// nor is a message whose time runs out while it waits for its next try.
/// The publisher adds the `stentor-dlq-*` headers, and writes no dead letter while no broker is up. Write `dead_letter<>{.topic =
/// "…"}` with the angle brackets: without them not every compiler deduces `Inner`.
template <class Inner = exponential_backoff>
struct dead_letter {
    Inner inner{};                                    ///< decides on retries
    std::string topic = "dead-letter";                ///< empty: no dead letters are written
    nanoseconds deadline = std::chrono::seconds(10);  ///< of the dead letter alone; the first deadline does not count for it
    bool allow_duplicates = detail::allows_duplicates(inner);  ///< `inner`'s, unless given

    /// What `inner` says; its `give_up` becomes `redirect_to(topic)` where that is allowed.
    [[nodiscard]] verdict next(const failure& f) const noexcept {
        const verdict v = inner.next(f);
        return v.what == verdict::kind::give_up && !topic.empty() && worth_keeping(f) ? redirect_to(topic, deadline) : v;
    }

private:
    [[nodiscard]] static constexpr bool worth_keeping(const failure& f) noexcept {
        const bool expired = f.code == errc::deadline_exceeded && f.remaining <= nanoseconds::zero();
        return f.outcome == outcome::not_persisted && !expired && f.code != errc::circuit_open && f.code != errc::closed &&
               f.code != errc::fatal;
    }
};

/// Stands in for a `dead_letter` of what is no retry_policy, so that the publisher can say so in one error.
template <class Inner>
    requires(!retry_policy<Inner>)
struct dead_letter<Inner> {
    /// What `dead_letter` has.
    /// @{
    using wrong_inside = Inner;
    Inner inner{};
    std::string topic{};
    nanoseconds deadline{};
    bool allow_duplicates = false;
    [[nodiscard]] verdict next(const failure&) const noexcept { return give_up(); }
    /// @}
};

}  // namespace stentor::inline v0
// ---- stentor/breaker.hpp

#include <atomic>

// ---- stentor/circuit.hpp

/// @file
/// The words that publishers and circuit breakers speak with each other, and the options of `failure_breaker`.

namespace stentor::inline v0 {

/// What the client has learned of its brokers, told to breakers and tracers.
struct client_event {
    /// What has happened.
    enum class kind : std::uint8_t {
        broker_up,              ///< at least one broker is up again
        all_brokers_down,       ///< the last one went
        authentication_failed,  ///< credentials refused by every bootstrap broker
        tls_failed,             ///< TLS refused by every bootstrap broker
        fault,                  ///< something else went wrong that may explain what is parked: see code and cause
        fatal,                  ///< the client is dead and is being replaced
    };
    kind what = kind::fault;   ///< what has happened
    errc code = errc::none;    ///< the condition, when something went wrong
    std::string_view cause{};  ///< the client's own words, without secrets; lives for the call
};

/// What a try says about the health of the brokers. The publisher works it out from the failure class table.
enum class signal : std::uint8_t {
    success,  ///< the record was persisted
    failure,  ///< the brokers did not do their part
    neutral,  ///< says nothing about their health: the permit just goes home
    trip,     ///< so bad that waiting for more evidence is pointless: open at once
};

/// One finished try, as a breaker sees it.
struct call {
    stentor::signal signal = signal::success;  ///< what it says of the brokers' health
    nanoseconds elapsed{};                     ///< from hand-over to report
    errc code = errc::none;                    ///< the condition; `none` after a success
    std::string_view cause{};                  ///< for the text of `circuit_open`; lives for the call
};

/// The permission to make one try; goes back with `record`, exactly once. The numbers are the breaker's own.
struct permit {
    std::uint32_t generation = 0;  ///< of the breaker when it gave the permit
    std::uint32_t slot = 0;        ///< which part of the breaker gave it (a topic's, a probe's)
};

/// The three states of a circuit breaker.
enum class circuit : std::uint8_t {
    closed,     ///< all is well: tries are made
    open,       ///< no try is made
    half_open,  ///< a few probes are made
};

/// "closed", "open" or "half_open".
[[nodiscard]] constexpr std::string_view to_string(circuit c) noexcept {
    return c == circuit::closed ? "closed" : c == circuit::open ? "open" : "half_open";
}

/// Writes the name: for test frameworks and logs. Needs `<ostream>` where it is used.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, circuit c) {
    return out << to_string(c);
}

/// What a `failure_breaker` is made with. Times are real ones, as the transport's clock measures them.
struct failure_breaker_options {
    std::uint32_t failures = 5;                          ///< in a row, until it opens; 0: this rule is off
    std::uint32_t successes = 2;                         ///< of probes, until it closes again
    nanoseconds open_for = std::chrono::seconds(30);     ///< the first wait, exactly
    nanoseconds max_open_for = std::chrono::minutes(5);  ///< no wait is longer, unless `open_for` is
    double factor = 2.0;                                 ///< how much longer the wait is each time that a probe fails
    double jitter = 0.2;       ///< a wait after a failed probe is shortened by chance, by up to this part of it; the first never is
    std::uint32_t probes = 2;  ///< tries that may be out at once while half open; at most 16
    nanoseconds probe_timeout = milliseconds(9500);  ///< a probe that was not answered by then has failed: attempt_timeout + 500 ms
    double failure_rate = 0.0;                       ///< opens at this part of failures in the window (0.5: half); 0: off
    nanoseconds slow_call{};                         ///< a try that takes this long is a slow one; zero: none is
    double slow_call_rate = 0.0;                     ///< opens at this part of slow calls in the window; 0: off
    std::uint32_t minimum_calls = 20;                ///< in the window, before a rate means anything
    nanoseconds window = std::chrono::seconds(10);   ///< what the rates look back on; slides in tenths
};

}  // namespace stentor::inline v0
// ---- stentor/detail/breaker_machine.hpp

// ---- stentor/detail/call_window.hpp

namespace stentor::inline v0::detail {

struct call_counts {
    std::uint64_t calls = 0;
    std::uint64_t failed = 0;
    std::uint64_t slow = 0;
};

// Counts calls over a window of time that slides in tenths: constant memory and constant time, whatever the traffic.
class call_window {
public:
    explicit call_window(nanoseconds length) noexcept
        : width_(greater(length / static_cast<nanoseconds::rep>(tenths), nanoseconds(1))) {}

    void add(instant now, bool failed, bool slow) noexcept {
        const std::int64_t number = number_of(now);
        bucket& b = buckets_[index_of(number)];
        if (number < b.number) {
            return;  // another thread's later moment came first, and this one has left the window
        }
        if (number != b.number) {
            b = {number, {}};
        }
        ++b.counts.calls;
        b.counts.failed += failed ? 1U : 0U;
        b.counts.slow += slow ? 1U : 0U;
    }

    [[nodiscard]] call_counts sum(instant now) const noexcept {
        const std::int64_t last = number_of(now);
        call_counts all;
        for (const bucket& b : buckets_) {
            if (b.number > last - static_cast<std::int64_t>(tenths)) {
                all.calls += b.counts.calls;
                all.failed += b.counts.failed;
                all.slow += b.counts.slow;
            }
        }
        return all;
    }

    void clear() noexcept { buckets_.fill(bucket{}); }

private:
    static constexpr std::uint64_t tenths = 10;

    struct bucket {
        std::int64_t number = INT64_MIN;
        call_counts counts{};
    };

    [[nodiscard]] std::int64_t number_of(instant now) const noexcept { return now.time_since_epoch() / width_; }
    [[nodiscard]] static std::size_t index_of(std::int64_t number) noexcept {
        return static_cast<std::size_t>(static_cast<std::uint64_t>(number) % tenths);
    }

    nanoseconds width_;
    std::array<bucket, tenths> buckets_{};
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/short_text.hpp

// A text with a fixed bound and no allocation, for causes that are noted inside noexcept code. What does not fit is cut off behind
// a whole word, or at least a whole UTF-8 character, and an ellipsis says so.

namespace stentor::inline v0::detail {

template <std::size_t Capacity>
class short_text {
public:
    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }
    void clear() noexcept {
        size_ = 0;
        full_ = false;
    }

    short_text& append(std::string_view text) noexcept {
        // Once something was cut off, a later and shorter text would make no sense behind it.
        if (full_ || text.empty()) {
            return *this;
        }
        const std::size_t n = text.size() <= Capacity - size_ ? text.size() : Capacity - size_;
        std::memcpy(bytes_.data() + size_, text.data(), n);
        size_ += n;
        if (n < text.size()) {
            full_ = true;
            cut();
        }
        return *this;
    }

    short_text& append(std::uint64_t number) noexcept {
        std::array<char, 20> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return append(std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
    }

private:
    static constexpr std::string_view ellipsis = "\u2026";
    static constexpr std::size_t longest_word = 40;  // a longer one is split: the whole text could be one
    static_assert(Capacity > ellipsis.size());

    void cut() noexcept {
        std::size_t end = Capacity - ellipsis.size();
        while (end > 0 && (static_cast<unsigned char>(bytes_[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        std::size_t word = end;
        while (word > 0 && end - word < longest_word && bytes_[word] != ' ') {
            --word;
        }
        if (word > 0 && bytes_[word] == ' ') {
            end = word;
        }
        std::memcpy(bytes_.data() + end, ellipsis.data(), ellipsis.size());
        size_ = end + ellipsis.size();
    }

    std::array<char, Capacity> bytes_{};
    std::size_t size_ = 0;
    bool full_ = false;
};

}  // namespace stentor::inline v0::detail

// The decisions of a failure_breaker, with no thread, clock or atomic in sight: failure_breaker adds the lock and the quick paths.

namespace stentor::inline v0::detail {

class breaker_machine {
public:
    explicit breaker_machine(const failure_breaker_options& options) noexcept
        : options_(options), window_(options.window), wait_(first_wait()) {}

    [[nodiscard]] circuit state() const noexcept { return state_; }
    // Moves on at every transition: a permit of another generation says nothing about this one.
    [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
    // How often it has opened: who looks now and then sees by it what went by in between.
    [[nodiscard]] std::uint32_t openings() const noexcept { return openings_; }
    // Closed and not counting: a success changes nothing.
    [[nodiscard]] bool counting() const noexcept { return consecutive_ != 0 || rates(); }
    [[nodiscard]] std::string_view why() const noexcept { return why_.view(); }

    // Until then `allow` says no, unless something else happens first.
    [[nodiscard]] instant not_before() const noexcept {
        switch (state_) {
            case circuit::closed: return instant::min();
            case circuit::open: return isolated_ ? instant::max() : open_until_;
            case circuit::half_open: break;
        }
        instant first = instant::max();
        for (std::size_t i = 0; i < probe_count(); ++i) {
            if (!probes_[i].out) {
                return instant::min();
            }
            first = lesser(first, probes_[i].expires);
        }
        return first;
    }

    [[nodiscard]] std::optional<permit> allow(const moment& at) noexcept {
        if (state_ == circuit::closed) {
            return permit{generation_, 0};
        }
        expire_probes(at);
        if (state_ == circuit::open && !isolated_ && at.now >= open_until_) {
            half_open();
        }
        if (state_ != circuit::half_open) {
            return std::nullopt;
        }
        for (std::uint32_t i = 0; i < probe_count(); ++i) {
            if (!probes_[i].out) {
                probes_[i] = {true, later(at.now, options_.probe_timeout)};
                return permit{generation_, i + 1};
            }
        }
        return std::nullopt;
    }

    void record(permit p, const call& what, const moment& at) noexcept {
        if (p.generation != generation_) {
            return;
        }
        if (state_ == circuit::closed) {
            count(what, at);
        } else if (state_ == circuit::half_open && p.slot >= 1 && p.slot <= probe_count() && probes_[p.slot - 1].out) {
            probes_[p.slot - 1].out = false;
            judge(what, at);
        }
    }

    void trip(errc code, std::string_view cause, const moment& at) noexcept {
        if (state_ == circuit::open) {
            if (!isolated_) {
                explain("", code, cause);
            }
            return;
        }
        explain("", code, cause);
        open(at.now, at.random);
    }

    void broker_up() noexcept {
        if (state_ == circuit::open && !isolated_) {
            half_open();
        }
    }

    void isolate() noexcept {
        isolated_ = true;
        why_.clear();
        why_.append("isolated by hand");
        enter(circuit::open);
    }

    void reset() noexcept { close(); }

private:
    static constexpr std::size_t most_probes = 16;

    struct probe {
        bool out = false;
        instant expires{};
    };

    [[nodiscard]] bool rates() const noexcept { return options_.failure_rate > 0.0 || slow_rule(); }
    [[nodiscard]] bool slow_rule() const noexcept {
        return options_.slow_call_rate > 0.0 && options_.slow_call > nanoseconds::zero();
    }
    [[nodiscard]] bool slow(const call& what) const noexcept { return slow_rule() && what.elapsed >= options_.slow_call; }
    [[nodiscard]] std::uint32_t probe_count() const noexcept {
        return clamped<std::uint32_t>(options_.probes, 1, static_cast<std::uint32_t>(most_probes));
    }
    [[nodiscard]] nanoseconds first_wait() const noexcept { return greater(options_.open_for, nanoseconds::zero()); }
    [[nodiscard]] static instant later(instant from, nanoseconds by) noexcept {
        return by < instant::max() - greater(from, instant{}) ? from + greater(by, nanoseconds::zero()) : instant::max();
    }

    void count(const call& what, const moment& at) noexcept {
        if (what.signal == signal::neutral) {
            return;
        }
        if (what.signal == signal::trip) {
            return trip(what.code, what.cause, at);
        }
        const bool failed = what.signal == signal::failure;
        consecutive_ = failed ? consecutive_ + 1 : 0;
        if (options_.failures != 0 && consecutive_ >= options_.failures) {
            why_.clear();
            why_.append(consecutive_).append(consecutive_ == 1 ? " failure: " : " failures in a row, the last one ");
            name_cause(what.code, what.cause);
            return open(at.now, at.random);
        }
        if (!rates()) {
            return;
        }
        window_.add(at.now, failed, slow(what));
        const call_counts sum = window_.sum(at.now);
        if (sum.calls < greater<std::uint64_t>(options_.minimum_calls, 1)) {
            return;
        }
        if (options_.failure_rate > 0.0 && reaches(sum.failed, sum.calls, options_.failure_rate)) {
            why_.clear();
            why_.append(sum.failed).append(" failures in ").append(sum.calls).append(" calls");
            if (failed) {
                why_.append(", the last one ");
                name_cause(what.code, what.cause);
            }
            open(at.now, at.random);
        } else if (slow_rule() && reaches(sum.slow, sum.calls, options_.slow_call_rate)) {
            why_.clear();
            why_.append(sum.slow).append(" slow calls in ").append(sum.calls);
            open(at.now, at.random);
        }
    }

    [[nodiscard]] static bool reaches(std::uint64_t part, std::uint64_t whole, double rate) noexcept {
        return static_cast<double>(part) >= rate * static_cast<double>(whole);
    }

    void judge(const call& what, const moment& at) noexcept {
        if (what.signal == signal::neutral) {
            return;
        }
        if (what.signal != signal::success) {
            explain("a probe failed: ", what.code, what.cause);
            return open(at.now, at.random);
        }
        if (slow(what)) {
            // Brokers that are slow enough to open the circuit must not close it.
            why_.clear();
            why_.append("a probe was slow");
            return open(at.now, at.random);
        }
        if (++succeeded_ >= greater<std::uint32_t>(options_.successes, 1)) {
            close();
        }
    }

    void expire_probes(const moment& at) noexcept {
        if (state_ != circuit::half_open) {
            return;
        }
        instant first = instant::max();
        for (const probe& p : probes_) {
            if (p.out) {
                first = lesser(first, p.expires);
            }
        }
        if (at.now >= first) {
            why_.clear();
            why_.append("a probe was not answered in time");
            // Since then, and not since now: whoever asks after a long silence need not wait once more.
            open(first, at.random);
        }
    }

    void open(instant from, std::uint64_t random) noexcept {
        nanoseconds wait = wait_;
        if (state_ == circuit::half_open) {
            wait_ = longer(wait_);
            wait = shortened(wait_, random);
        }
        open_until_ = later(from, wait);
        enter(circuit::open);
    }

    [[nodiscard]] nanoseconds longer(nanoseconds wait) const noexcept {
        const nanoseconds most = greater(options_.max_open_for, first_wait());
        const double next = static_cast<double>(wait.count()) * greater(options_.factor, 1.0);
        return next < static_cast<double>(most.count()) ? nanoseconds(static_cast<nanoseconds::rep>(next)) : most;
    }

    [[nodiscard]] nanoseconds shortened(nanoseconds wait, std::uint64_t random) const noexcept {
        // The upper 53 bits are a fraction in [0, 1) that a double holds exactly.
        const double chance = static_cast<double>(random >> 11U) * 0x1.0p-53;
        const double part = clamped(options_.jitter, 0.0, 1.0) * chance;
        return wait - nanoseconds(static_cast<nanoseconds::rep>(static_cast<double>(wait.count()) * part));
    }

    void half_open() noexcept { enter(circuit::half_open); }

    void close() noexcept {
        isolated_ = false;
        wait_ = first_wait();
        why_.clear();
        enter(circuit::closed);
    }

    void enter(circuit next) noexcept {
        openings_ += next == circuit::open && state_ != circuit::open ? 1U : 0U;
        state_ = next;
        ++generation_;
        consecutive_ = 0;
        succeeded_ = 0;
        probes_ = {};
        window_.clear();
    }

    void explain(std::string_view what, errc code, std::string_view cause) noexcept {
        why_.clear();
        why_.append(what);
        name_cause(code, cause);
    }
    void name_cause(errc code, std::string_view cause) noexcept {
        why_.append(code != errc::none ? to_string(code) : std::string_view{"failure"});
        if (!cause.empty()) {
            why_.append(": ").append(cause);
        }
    }

    failure_breaker_options options_;
    circuit state_ = circuit::closed;
    bool isolated_ = false;
    std::uint32_t generation_ = 1;
    std::uint32_t openings_ = 0;
    std::uint32_t consecutive_ = 0;  // failures, while closed
    std::uint32_t succeeded_ = 0;    // probes, while half open
    instant open_until_{};
    std::array<probe, most_probes> probes_{};
    call_window window_;
    nanoseconds wait_;  // without jitter
    short_text<160> why_{};
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/spin_lock.hpp

#include <sched.h>

// A lock for a handful of instructions, one byte big: <mutex> would cost every user its compile time, a pthread mutex 40 bytes a
// lane.

namespace stentor::inline v0::detail {

class spin_lock {
public:
    constexpr spin_lock() noexcept = default;
    spin_lock(const spin_lock&) = delete;
    spin_lock& operator=(const spin_lock&) = delete;

    void lock() noexcept {
        if (held_.exchange(true, std::memory_order_acquire)) [[unlikely]] {
            wait();
        }
    }
    void unlock() noexcept { held_.store(false, std::memory_order_release); }

private:
    // Apart, so that `lock` is small enough to be inlined. Ends with the lock held.
    [[gnu::noinline, gnu::cold]] void wait() noexcept {
        // The holder may have been descheduled: after a short spin give it the core, or two cores and three threads crawl.
        int spins = 0;
        do {
            while (held_.load(std::memory_order_relaxed)) {
                if (++spins > 64) {
                    ::sched_yield();
                }
            }
        } while (held_.exchange(true, std::memory_order_acquire));
    }

    std::atomic<bool> held_{false};
};

class spin_guard {
public:
    explicit spin_guard(spin_lock& lock) noexcept : lock_(lock) { lock_.lock(); }
    ~spin_guard() { lock_.unlock(); }
    spin_guard(const spin_guard&) = delete;
    spin_guard& operator=(const spin_guard&) = delete;

private:
    spin_lock& lock_;
};

}  // namespace stentor::inline v0::detail

/// @file
/// The breaker concept, `no_breaker`, and the default, `failure_breaker`. One for each topic: breaker/per_topic.hpp.

namespace stentor::inline v0 {

namespace detail {

// Member by member, so that a compile error can name the one that is wrong.
template <class B>
concept has_allow = requires(B& b, std::string_view topic, const moment& at) {
    { b.allow(topic, at) } noexcept -> std::same_as<std::optional<permit>>;
};
template <class B>
concept has_record = requires(B& b, permit p, const call& what, const moment& at) {
    { b.record(p, what, at) } noexcept -> std::same_as<void>;
};
template <class B>
concept has_state = requires(const B& b) {
    { b.state() } noexcept -> std::same_as<circuit>;
};

// As one who looks on sees it then.
template <class B>
[[nodiscard]] circuit circuit_at(const B& b, instant now) noexcept {
    if constexpr (requires { b.state_at(now); }) {
        return b.state_at(now);
    } else {
        return b.state();
    }
}

}  // namespace detail

/// **breaker**: whether a try may be made at all.
/// 1. Decides: yes (a permit) or no. With no permit a first try is refused with `circuit_open`; a retry stays parked and asks
///    again.
/// 2. Called: `allow` before each try, `record` once for each permit, `on_client` when the client learns something.
/// 3. On: `allow` on every publishing thread at once; `record` mostly on the event thread, now and then on a publishing one;
///    `state` anywhere. All must be safe concurrently.
/// 4. Fails by: not at all, all members are noexcept.
/// 5. Bytes: views live for the call.
/// 6. Minimal:
/// ```cpp
/// struct kill_switch {
///     std::atomic<bool>* off;
///     std::optional<stentor::permit> allow(std::string_view, const stentor::moment&) noexcept {
///         return off->load() ? std::nullopt : std::optional<stentor::permit>{std::in_place};
///     }
///     void record(stentor::permit, const stentor::call&, const stentor::moment&) noexcept {}
///     stentor::circuit state() const noexcept { return off->load() ? stentor::circuit::open : stentor::circuit::closed; }
/// };
/// ```
/// Optional: `void on_client(const client_event&, const moment&) noexcept`; `instant probe_at(std::string_view topic) const
/// noexcept`, when it is worth asking again (else every 100 ms); `void why_open(std::string_view topic, std::string& to) const`,
/// what opened it; `std::uint32_t openings() const noexcept`, how often it has opened, so that an opening which is over when its
/// publisher looks next is told, too; `circuit state_at(instant now) const noexcept`, what snapshots show instead of `state`:
/// `half_open` of an open one that would give a permit now, since only traffic probes, and none is sent to a service that says it
/// is not ready.
template <class B>
concept breaker = detail::has_allow<B> && detail::has_record<B> && detail::has_state<B>;

/// Never in the way.
struct no_breaker {
    /// A permit, always.
    [[nodiscard]] std::optional<permit> allow(std::string_view, const moment&) noexcept { return permit{}; }
    /// Forgets it.
    void record(permit, const call&, const moment&) noexcept {}
    /// Closed, always.
    [[nodiscard]] circuit state() const noexcept { return circuit::closed; }
};

/// Opens after failures in a row, at a failure rate, at a rate of slow calls, or at once when credentials or TLS are refused. While
/// it is open no try is made. After the wait, or as soon as a broker is up again, it is half open: a few probes may go. Enough of
/// them succeed: closed. One fails, or is not answered in time: open again, for longer.
///
/// Results of tries that were allowed before a transition do not count after it. That all brokers are down opens nothing, because
/// the client says so at the first lost connection; what fails then opens it soon enough. All members may be called from any
/// thread; while it is closed and nothing fails, `allow` and `record` are one relaxed load each.
class failure_breaker {
public:
    using options = failure_breaker_options;  ///< the argument of the constructor

    /// With the default options.
    failure_breaker() noexcept : failure_breaker(options{}) {}
    /// `failure_breaker{{.failures = 3, .open_for = 10s}}`.
    explicit failure_breaker(const options& how) noexcept : machine_(how) { publish(); }
    /// Only before use: nothing may call either of them meanwhile.
    failure_breaker(failure_breaker&& other) noexcept : machine_(other.machine_) { publish(); }
    failure_breaker(const failure_breaker&) = delete;
    failure_breaker& operator=(const failure_breaker&) = delete;
    ~failure_breaker() = default;

    /// A permit while it is closed, or half open with a probe to spare; the topic does not matter.
    [[nodiscard]] std::optional<permit> allow(std::string_view /*topic*/, const moment& at) noexcept {
        const std::uint64_t seen = word_.load(std::memory_order_relaxed);
        if (state_of(seen) == circuit::closed) {
            return permit{generation_of(seen), 0};
        }
        if (at.now.time_since_epoch().count() < not_before_.load(std::memory_order_relaxed)) {
            return std::nullopt;
        }
        const detail::spin_guard guard(lock_);
        const std::optional<permit> answer = machine_.allow(at);
        publish();
        return answer;
    }

    /// Counts one finished try. What a permit from before the last transition brings is ignored.
    void record(permit p, const call& what, const moment& at) noexcept {
        const std::uint64_t seen = word_.load(std::memory_order_relaxed);
        const bool changes_nothing = state_of(seen) == circuit::closed &&
                                     (what.signal == signal::neutral || (what.signal == signal::success && (seen & counting) == 0));
        if (changes_nothing || p.generation != generation_of(seen)) {
            return;
        }
        const detail::spin_guard guard(lock_);
        machine_.record(p, what, at);
        publish();
    }

    /// A broker is up: an open circuit is half open at once. Credentials or TLS refused: it opens.
    void on_client(const client_event& what, const moment& at) noexcept {
        switch (what.what) {
            case client_event::kind::broker_up: {
                const detail::spin_guard guard(lock_);
                machine_.broker_up();
                publish();
                break;
            }
            case client_event::kind::authentication_failed:
            case client_event::kind::tls_failed: {
                const errc usual = what.what == client_event::kind::tls_failed ? errc::tls : errc::authentication;
                const detail::spin_guard guard(lock_);
                machine_.trip(what.code != errc::none ? what.code : usual, what.cause, at);
                publish();
                break;
            }
            default: break;
        }
    }

    /// Opens it and keeps it open, whatever happens, until `reset`.
    void isolate() noexcept {
        const detail::spin_guard guard(lock_);
        machine_.isolate();
        publish();
    }
    /// Closes it and forgets all failures; also ends `isolate`.
    void reset() noexcept {
        const detail::spin_guard guard(lock_);
        machine_.reset();
        publish();
    }

    /// As of now; another thread may change it at once.
    [[nodiscard]] circuit state() const noexcept { return state_of(word_.load(std::memory_order_relaxed)); }

    /// How often it has opened.
    [[nodiscard]] std::uint32_t openings() const noexcept {
        const detail::spin_guard guard(lock_);
        return machine_.openings();
    }

    /// The state, but `half_open` of an open circuit whose wait is over: whoever comes then may probe. One that is isolated stays
    /// open. Any thread.
    [[nodiscard]] circuit state_at(instant now) const noexcept {
        if (const circuit seen = state(); seen != circuit::open) {
            return seen;
        }
        const detail::spin_guard guard(lock_);
        return machine_.state() == circuit::open && machine_.not_before() <= now ? circuit::half_open : machine_.state();
    }

    /// When it is worth asking again: in the past when a permit is free, `instant::max()` while it is isolated.
    [[nodiscard]] instant probe_at(std::string_view /*topic*/) const noexcept {
        return instant(nanoseconds(not_before_.load(std::memory_order_relaxed)));
    }

    /// Writes what opened it to `to`, at most 160 bytes, the end of a longer one left out; nothing when it is closed.
    void why_open(std::string_view /*topic*/, std::string& to) const {
        detail::short_text<160> why;
        {
            const detail::spin_guard guard(lock_);
            why.append(machine_.why());
        }
        to.assign(why.view());
    }

private:
    // What `allow` and `record` need while all is well, in one word: generation, then one bit "a success must be counted", then the
    // state. Relaxed is enough: whoever acts on it takes the lock, and who is late by a few nanoseconds is merely late.
    static constexpr std::uint64_t counting = 4;
    [[nodiscard]] static circuit state_of(std::uint64_t word) noexcept { return static_cast<circuit>(word & 3U); }
    [[nodiscard]] static std::uint32_t generation_of(std::uint64_t word) noexcept {
        return static_cast<std::uint32_t>(word >> 32U);
    }

    void publish() noexcept {
        not_before_.store(machine_.not_before().time_since_epoch().count(), std::memory_order_relaxed);
        word_.store(std::uint64_t{machine_.generation()} << 32U | (machine_.counting() ? counting : 0U) |
                        static_cast<std::uint64_t>(machine_.state()),
                    std::memory_order_relaxed);
    }

    std::atomic<std::uint64_t> word_{0};
    std::atomic<instant::rep> not_before_{0};
    mutable detail::spin_lock lock_{};
    detail::breaker_machine machine_;
};

}  // namespace stentor::inline v0
// ---- stentor/breaker/per_topic.hpp

#include <algorithm>
#include <exception>
#include <memory>

// ---- stentor/detail/circuit_seen.hpp

namespace stentor::inline v0::detail {

// What has been told of a circuit by one that looks at it now and then.
class circuit_seen {
public:
    template <class Breaker>
    void begin(const Breaker& of) noexcept {
        state_ = of.state();
        openings_ = openings_of(of);
    }
    [[nodiscard]] circuit last() const noexcept { return state_; }

    // Calls `tell(circuit)` for each move since the last look. A breaker may open and be half open again within one question, when
    // a probe was not answered and the wait after that is over, too: the state alone does not show it, a count of openings does.
    template <class Breaker, class Tell>
    void look(const Breaker& of, Tell&& tell) noexcept {
        circuit now = of.state();
        if (now == circuit::closed && state_ == circuit::closed) {
            return;
        }
        // Another thread may move it between the two questions.
        std::uint32_t openings = openings_of(of);
        for (now = of.state(); openings != openings_of(of); now = of.state()) {
            openings = openings_of(of);
        }
        circuit at = std::exchange(state_, now);
        if (std::exchange(openings_, openings) != openings) {
            if (at == circuit::open) {
                tell(circuit::half_open);
            }
            tell(circuit::open);
            at = circuit::open;
        }
        if (now != at) {
            tell(now);
        }
    }

private:
    template <class Breaker>
    [[nodiscard]] static std::uint32_t openings_of(const Breaker& of) noexcept {
        if constexpr (requires { of.openings(); }) {
            return of.openings();
        } else {
            return 0;
        }
    }

    circuit state_ = circuit::closed;
    std::uint32_t openings_ = 0;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/murmur2.hpp

namespace stentor::inline v0::detail {

// Kafka's murmur2 (org.apache.kafka.common.utils.Utils.murmur2), seed 0x9747b28c. The same number picks the partition, as Java and
// kafkajs do with (hash & 0x7fffffff) % partitions, and the lane.
[[nodiscard]] constexpr std::uint32_t murmur2(std::string_view key) noexcept {
    constexpr std::uint32_t m = 0x5bd1e995U;
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(key[i])); };
    // One load, where g++ 12 would make four and put them together.
    const auto word = [&](std::size_t i) {
        if (!std::is_constant_evaluated() && std::endian::native == std::endian::little) {
            std::uint32_t w = 0;
            std::memcpy(&w, key.data() + i, sizeof w);
            return w;
        }
        return byte(i) | byte(i + 1) << 8U | byte(i + 2) << 16U | byte(i + 3) << 24U;
    };
    const std::size_t n = key.size();
    std::uint32_t h = 0x9747b28cU ^ static_cast<std::uint32_t>(n);
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        std::uint32_t k = word(i);
        k *= m;
        k ^= k >> 24U;
        k *= m;
        h *= m;
        h ^= k;
    }
    switch (n - i) {
        case 3: h ^= byte(i + 2) << 16U; [[fallthrough]];
        case 2: h ^= byte(i + 1) << 8U; [[fallthrough]];
        case 1:
            h ^= byte(i);
            h *= m;
            break;
        default: break;
    }
    h ^= h >> 13U;
    h *= m;
    h ^= h >> 15U;
    return h;
}

}  // namespace stentor::inline v0::detail

/// @file
/// `per_topic`: a circuit breaker for each topic.

namespace stentor::inline v0 {

/// One `Breaker` a topic, made when the topic is first asked for, so that one sick topic does not stop the others:
/// `per_topic<>{{.failures = 3}}`. The first 1,023 topics have their own; all others share one. `Breaker` must have an aggregate
/// `options`, be constructible from it, and number the slots of its permits below 2^20.
///
/// Any thread. It allocates once a topic, and finds it again without a lock. May be moved before use only.
template <class Breaker = failure_breaker>
class per_topic {
public:
    using options = typename Breaker::options;  ///< those of each topic's breaker
    /// So many topics have a breaker of their own.
    static constexpr std::size_t max_topics = 1023;

    /// Each topic's breaker has the default options.
    per_topic() : per_topic(options{}) {}
    /// Each topic's breaker has these options.
    explicit per_topic(const options& each) : all_(std::make_unique<table>(each)) {}

    /// Asks the topic's own breaker, which is made at its first question.
    [[nodiscard]] std::optional<permit> allow(std::string_view topic, const moment& at) noexcept {
        const std::uint32_t index = all_->index_of(topic);
        std::optional<permit> given = all_->at(index).allow(topic, at);
        if (given) {
            given->slot |= index << slot_bits;
        }
        return given;
    }

    /// Tells the breaker that gave the permit.
    void record(permit p, const call& what, const moment& at) noexcept {
        Breaker& which = all_->at(std::min(p.slot >> slot_bits, all_->count() - 1));
        p.slot &= (std::uint32_t{1} << slot_bits) - 1;
        which.record(p, what, at);
    }

    /// Told to every breaker.
    void on_client(const client_event& what, const moment& at) noexcept {
        if constexpr (requires(Breaker& b) { b.on_client(what, at); }) {
            for (std::uint32_t i = 0; i < all_->count(); ++i) {
                all_->at(i).on_client(what, at);
            }
        }
    }

    /// The worst of all: open, half open, closed. A tracer is told the moves of each, with its topic.
    [[nodiscard]] circuit state() const noexcept {
        return worst([](const Breaker& one) { return one.state(); });
    }
    /// The worst of all at that time; of a `Breaker` without `state_at` its state.
    [[nodiscard]] circuit state_at(instant now) const noexcept {
        return worst([now](const Breaker& one) { return detail::circuit_at(one, now); });
    }
    /// Of one topic; closed, if nobody has asked for it yet.
    [[nodiscard]] circuit state(std::string_view topic) const noexcept { return all_->at(all_->find(topic)).state(); }

    /// The topic's own; only when `Breaker` has it.
    [[nodiscard]] instant probe_at(std::string_view topic) const noexcept
        requires requires(const Breaker& b) { b.probe_at(topic); }
    {
        return all_->at(all_->find(topic)).probe_at(topic);
    }
    /// What opened the topic's own; only when `Breaker` has it.
    void why_open(std::string_view topic, std::string& to) const
        requires requires(const Breaker& b) { b.why_open(topic, to); }
    {
        all_->at(all_->find(topic)).why_open(topic, to);
    }

    /// `look(topic, breaker, seen)` with each; the topic of the shared one is empty. For its publisher's event thread, which keeps
    /// in `seen` what it has told of that circuit.
    template <class Look>
    void each_circuit(Look&& look) noexcept {
        for (std::uint32_t i = 0; i < all_->count(); ++i) {
            entry& e = all_->entry_at(i);
            look(std::string_view(e.name), std::as_const(e.breaker), e.seen);
        }
    }

    /// Opens the circuit of one topic and keeps it open, until `reset`.
    void isolate(std::string_view topic) noexcept { all_->at(all_->index_of(topic)).isolate(); }
    /// Closes the circuit of one topic and forgets its failures.
    void reset(std::string_view topic) noexcept { all_->at(all_->find(topic)).reset(); }
    /// Closes all.
    void reset() noexcept {
        for (std::uint32_t i = 0; i < all_->count(); ++i) {
            all_->at(i).reset();
        }
    }

private:
    static constexpr std::uint32_t slot_bits = 20;

    template <class State>
    [[nodiscard]] circuit worst(State&& state_of) const noexcept {
        circuit so_far = circuit::closed;
        for (std::uint32_t i = 0; i < all_->count() && so_far != circuit::open; ++i) {
            const circuit one = state_of(std::as_const(all_->at(i)));
            so_far = one != circuit::closed ? one : so_far;
        }
        return so_far;
    }

    struct entry {
        entry(std::string_view topic, const options& how) : name(topic), breaker(how) {}
        std::string name;
        Breaker breaker;
        detail::circuit_seen seen{};
    };

    // Entries are only ever added, so readers need no lock: whoever sees an index sees the entry behind it. Entry 0 is the shared
    // one, and in `places` it means "free"; there are twice as many places as entries, so a search always comes to a free one.
    class table {
    public:
        explicit table(const options& each) : each_(each), shared_(std::string_view{}, each) { entries_[0].store(&shared_); }
        ~table() {
            for (std::uint32_t i = 1; i < count(); ++i) {
                delete entries_[i].load(std::memory_order_relaxed);
            }
        }
        table(const table&) = delete;
        table& operator=(const table&) = delete;

        [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_acquire); }
        [[nodiscard]] entry& entry_at(std::uint32_t index) const noexcept {
            return *entries_[index].load(std::memory_order_relaxed);
        }
        [[nodiscard]] Breaker& at(std::uint32_t index) const noexcept { return entry_at(index).breaker; }

        // 0 when the topic has none of its own.
        [[nodiscard]] std::uint32_t find(std::string_view topic) const noexcept { return search(topic).second; }

        [[nodiscard]] std::uint32_t index_of(std::string_view topic) noexcept {
            const std::uint32_t found = find(topic);
            return found != 0 || count() == entries_.size() ? found : add(topic);
        }

    private:
        [[nodiscard]] std::pair<std::size_t, std::uint32_t> search(std::string_view topic) const noexcept {
            std::size_t place = detail::murmur2(topic) % places_.size();
            for (;; place = (place + 1) % places_.size()) {
                const std::uint32_t index = places_[place].load(std::memory_order_acquire);
                if (index == 0 || entries_[index].load(std::memory_order_relaxed)->name == topic) {
                    return {place, index};
                }
            }
        }

        [[nodiscard]] std::uint32_t add(std::string_view topic) noexcept {
            const detail::spin_guard guard(growing_);
            const auto [place, index] = search(topic);
            const std::uint32_t next = count_.load(std::memory_order_relaxed);
            if (index != 0 || next == entries_.size()) {
                return index;
            }
            try {
                entries_[next].store(new entry(topic, each_), std::memory_order_relaxed);
            } catch (const std::exception&) {
                return 0;  // no memory: share, and try again next time
            }
            count_.store(next + 1, std::memory_order_release);
            places_[place].store(next, std::memory_order_release);
            return next;
        }

        options each_;
        entry shared_;
        std::array<std::atomic<entry*>, max_topics + 1> entries_{};
        std::array<std::atomic<std::uint32_t>, 2 * (max_topics + 1)> places_{};
        std::atomic<std::uint32_t> count_{1};
        detail::spin_lock growing_{};
    };

    std::unique_ptr<table> all_;
};

/// Stands in for a `per_topic` of what is no breaker, so that the publisher can say so in one error.
template <class Breaker>
    requires(!breaker<Breaker>)
class per_topic<Breaker> {
public:
    /// What `per_topic` has.
    /// @{
    using wrong_inside = Breaker;
    per_topic() = default;
    explicit per_topic(const auto&) {}
    [[nodiscard]] std::optional<permit> allow(std::string_view, const moment&) noexcept { return {}; }
    void record(permit, const call&, const moment&) noexcept {}
    [[nodiscard]] circuit state() const noexcept { return circuit::closed; }
    /// @}
};

}  // namespace stentor::inline v0
// ---- stentor/tracer.hpp

/// @file
/// The tracer concept, `no_tracer`, and `tracer_chain`, which makes one tracer of several. The default, `w3c_tracer`, is in
/// tracer/w3c.hpp.

namespace stentor::inline v0 {

/// Something worth telling that is not the result of one publish. Views live for the call.
struct event {
    /// What has happened.
    enum class kind : std::uint8_t {
        breaker_opened,       ///< `cause` says what opened it
        breaker_half_opened,  ///< it probes
        breaker_closed,       ///< it is well again
        late_report,          ///< the wire spoke after the deadline had: `what` says what it said
        queue_full,           ///< a call was refused because no slot or no bytes were free
        slow_handler,         ///< a user's handler took over 100 ms; `took` says how long
        handler_threw,        ///< a user's handler threw; `cause` says what
        topic_missing,        ///< the topic does not exist
        topic_denied,         ///< this user may not write to the topic
        client,               ///< something from the client: see `client`, code and cause
        client_log,           ///< a line of the client's own log: see level, facility, code and cause
    };
    kind what = kind::client;                     ///< what has happened
    std::string_view topic{};                     ///< empty when it is not about one topic
    errc code = errc::none;                       ///< the condition; `none` when nothing went wrong
    std::string_view cause{};                     ///< why, without secrets
    stentor::outcome outcome = outcome::unknown;  ///< of a late report: the wire's last word
    nanoseconds took{};                           ///< of a slow handler
    moment at{};                                  ///< when; of `queue_full`: when the call began
    std::string_view facility{};                  ///< of a line of the client's log: what it is about, as the client calls it
    int level = 7;  ///< of such a line, as syslog counts: 3 errors, 4 warnings, 6 information, 7 debugging
    client_event::kind client = client_event::kind::fault;  ///< of `client`: what it was
};

namespace detail {

// Member by member, so that a compile error can name the one that is wrong.
template <class T>
concept has_start = requires(T& t, const record& r, header_sink& add, publish_context& context) {
    { t.start(r, add, context) } noexcept;
};
template <class T>
concept has_retrying = requires(T& t, const record& r, header_sink& add, publish_context& context, const failure& f,
                                const verdict& v, const moment& at) {
    { t.start(r, add, context).retrying(f, v, at) } noexcept -> std::same_as<void>;
};
template <class T>
concept has_finish =
    requires(T& t, const record& r, header_sink& add, publish_context& context, const result<receipt>& end, const moment& at) {
        { t.start(r, add, context).finish(end, at) } noexcept -> std::same_as<void>;
    };

// Up to which level of syslog's a tracer wants lines of the client's own log; -1: none.
template <class Tracer>
[[nodiscard]] int client_log_level_of(const Tracer& tracer) noexcept {
    if constexpr (requires {
                      { tracer.client_log_level() } noexcept -> std::same_as<int>;
                  }) {
        return tracer.client_log_level();
    } else {
        return -1;
    }
}

}  // namespace detail

/// **tracer**: watches publishes, and may add headers that carry the trace. Metrics, logs and OpenTelemetry are tracers.
/// 1. Decides: which headers of its own a record carries; nothing else.
/// 2. Called: `start` once a publish, before the first try; on its span `retrying` before each further try and `finish` once, with
///    the result that the user gets; optional `on_event` whenever something else is worth telling; optional `closed` once, as the
///    last of all, before the first `close` returns.
/// 3. On: `start` on the publishing thread; `retrying`, `finish` and `on_event` on the event thread, the last two now and then on
///    a publishing one; `closed` on the closing one. Several spans at once: it must be safe concurrently.
/// 4. Fails by: not at all, all members are noexcept.
/// 5. Bytes: the sink copies; the span lives in the publisher until `finish`, movable, best small; all else lives for the call.
///    `start` may settle `context.traceparent`: that is the id that `message_traits` sees.
/// 6. Minimal:
/// ```cpp
/// struct counting_tracer {
///     std::atomic<int>* failed;
///     struct span {
///         std::atomic<int>* failed;
///         void retrying(const stentor::failure&, const stentor::verdict&, const stentor::moment&) noexcept {}
///         void finish(const stentor::result<stentor::receipt>& r, const stentor::moment&) noexcept { *failed += !r; }
///     };
///     span start(const stentor::record&, stentor::header_sink&, stentor::publish_context&) noexcept { return {failed}; }
/// };
/// ```
/// Optional: `void span::composed(const record&) noexcept`, once, on the publishing thread, when the record has all of its headers.
/// `void span::redirected(const failure&, const verdict&, const moment&) noexcept`, as `retrying`, when the record is sent to
/// another topic instead, as a dead letter. `int client_log_level() const noexcept`: `on_event` is told the lines of the client's
/// own log up to that level of syslog's (6: all but debugging), as `client_log`. Without it none, and none costs anything.
template <class T>
concept tracer = detail::has_start<T> && detail::has_retrying<T> && detail::has_finish<T>;

/// Watches nothing, adds nothing.
struct no_tracer {
    /// Keeps nothing.
    struct span {
        /// Does nothing.
        /// @{
        void retrying(const failure&, const verdict&, const moment&) noexcept {}
        void finish(const result<receipt>&, const moment&) noexcept {}
        /// @}
    };
    /// Adds nothing.
    [[nodiscard]] span start(const record&, header_sink&, publish_context&) noexcept { return {}; }
};

/// Several tracers as one: `tracer_chain{w3c_tracer{}, my_metrics{}}`. Each is told everything, in the order given, and may add
/// headers. The first that settles `publish_context::traceparent` wins: later ones see it and must leave it (and the header) alone.
template <class... Tracers>
class tracer_chain {
public:
    /// The spans of all, as one.
    class span {
    public:
        /// Tells all, in order.
        /// @{
        void retrying(const failure& f, const verdict& v, const moment& at) noexcept {
            std::apply([&](auto&... each) { (each.retrying(f, v, at), ...); }, spans_);
        }
        void finish(const result<receipt>& end, const moment& at) noexcept {
            std::apply([&](auto&... each) { (each.finish(end, at), ...); }, spans_);
        }
        /// @}
        /// Only those that have it.
        /// @{
        void composed(const record& r) noexcept {
            std::apply([&](auto&... each) { (tell(each, r), ...); }, spans_);
        }
        void redirected(const failure& f, const verdict& v, const moment& at) noexcept {
            std::apply([&](auto&... each) { (tell(each, f, v, at), ...); }, spans_);
        }
        /// @}

    private:
        friend class tracer_chain;
        template <class Span>
        static void tell(Span& one, const record& r) noexcept {
            if constexpr (requires { one.composed(r); }) {
                one.composed(r);
            }
        }
        template <class Span>
        static void tell(Span& one, const failure& f, const verdict& v, const moment& at) noexcept {
            if constexpr (requires { one.redirected(f, v, at); }) {
                one.redirected(f, v, at);
            }
        }
        using spans = std::tuple<decltype(std::declval<Tracers&>().start(
            std::declval<const record&>(), std::declval<header_sink&>(), std::declval<publish_context&>()))...>;
        explicit span(spans&& all) noexcept : spans_(std::move(all)) {}
        spans spans_;
    };
    /// Each made by default.

    tracer_chain()
        requires(sizeof...(Tracers) > 0)
    = default;
    /// Takes them as they are.
    explicit tracer_chain(Tracers... tracers) noexcept : tracers_(std::move(tracers)...) {}

    /// Starts all, in order.
    [[nodiscard]] span start(const record& r, header_sink& add, publish_context& context) noexcept {
        // A braced list, because its elements are evaluated from left to right.
        return std::apply([&](auto&... each) { return span(typename span::spans{start_one(each, r, add, context)...}); }, tracers_);
    }

    /// Tells those that have `on_event`; lines of the client's log only those that want lines of that level.
    void on_event(const event& what) noexcept {
        std::apply([&](auto&... each) { (tell(each, what), ...); }, tracers_);
    }
    /// Tells those that have `closed`.
    void closed() noexcept {
        std::apply([](auto&... each) { (tell_closed(each), ...); }, tracers_);
    }
    /// The highest of all.
    [[nodiscard]] int client_log_level() const noexcept {
        return std::apply(
            [](const auto&... each) {
                int highest = -1;
                ((highest = detail::client_log_level_of(each) > highest ? detail::client_log_level_of(each) : highest), ...);
                return highest;
            },
            tracers_);
    }

private:
    template <class Tracer>
    static auto start_one(Tracer& tracer, const record& r, header_sink& add, publish_context& context) noexcept {
        const auto settled = context.traceparent;
        auto made = tracer.start(r, add, context);
        if (settled[0] != '\0') {
            context.traceparent = settled;
        }
        return made;
    }

    template <class Tracer>
    static void tell(Tracer& tracer, const event& what) noexcept {
        if constexpr (requires { tracer.on_event(what); }) {
            if (what.what != event::kind::client_log || what.level <= detail::client_log_level_of(tracer)) {
                tracer.on_event(what);
            }
        }
    }

    template <class Tracer>
    static void tell_closed(Tracer& tracer) noexcept {
        if constexpr (requires { tracer.closed(); }) {
            tracer.closed();
        }
    }

    std::tuple<Tracers...> tracers_;
};

/// Stands in for a `tracer_chain` with something in it that is no tracer, so that the publisher can say so in one error.
template <class... Tracers>
    requires(!(tracer<Tracers> && ...))
class tracer_chain<Tracers...> {
public:
    /// What `tracer_chain` has.
    /// @{
    using wrong_inside = tracer_chain;
    tracer_chain() = default;
    explicit tracer_chain(Tracers...) noexcept {}
    [[nodiscard]] no_tracer::span start(const record&, header_sink&, publish_context&) noexcept { return {}; }
    /// @}
};

}  // namespace stentor::inline v0
// ---- stentor/tracer/w3c.hpp

// ---- stentor/tracer/baggage.hpp

/// @file
/// W3C Baggage (https://www.w3.org/TR/baggage/), as far as it is passed on. A pure function: no allocation, no state, any thread.

namespace stentor::inline v0 {

/// As many bytes of `baggage` as are forwarded: what the specification asks everybody to carry.
inline constexpr std::size_t baggage_limit = 8192;
/// As many members.
inline constexpr std::size_t baggage_members = 64;

namespace detail {

// RFC 7230: what a token is made of.
inline constexpr auto token_characters = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}();

[[nodiscard]] constexpr std::string_view without_blanks(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// `key=value;properties`. Of the value only what no header may hold is looked for: control characters, and bytes that are no ASCII.
[[nodiscard]] constexpr bool is_baggage_member(std::string_view member) noexcept {
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos) {
        return false;
    }
    const std::string_view key = without_blanks(member.substr(0, equals));
    for (const char c : key) {
        if (!token_characters[static_cast<unsigned char>(c)]) {
            return false;
        }
    }
    for (const char c : member) {
        if ((c < ' ' && c != '\t') || c > '~') {
            return false;
        }
    }
    return !key.empty();
}

}  // namespace detail

/// The part of a `baggage` that is to be forwarded, as it was given: all of it, or, over 8,192 bytes or 64 members, as many whole
/// members from its beginning as keep to both. Empty when a member breaks a rule that others may rely on: it has no `key=`, its key
/// is no token, or it has control characters or bytes that are no ASCII. Empty members and blanks around members are let be, and
/// values are not looked at more closely.
[[nodiscard]] constexpr std::string_view forwardable_baggage(std::string_view given) noexcept {
    std::size_t members = 0;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < given.size();) {
        const std::size_t comma = given.find(',', at);
        const std::size_t end = comma < given.size() ? comma : given.size();
        const std::string_view member = detail::without_blanks(given.substr(at, end - at));
        at = end + 1;
        if (member.empty()) {
            continue;
        }
        if (!detail::is_baggage_member(member)) {
            return {};
        }
        ++members;
        if (members <= baggage_members && end <= baggage_limit) {
            kept = end;
        }
    }
    const bool whole = members <= baggage_members && given.size() <= baggage_limit;
    return members == 0 ? std::string_view{} : whole ? given : given.substr(0, kept);
}

}  // namespace stentor::inline v0
// ---- stentor/tracer/trace_context.hpp

/// @file
/// W3C Trace Context (https://www.w3.org/TR/trace-context/) as pure functions: reading, checking and making `traceparent` and
/// `tracestate`. No allocation, no state, any thread.

namespace stentor::inline v0 {

/// The length of a `traceparent` as this version of the specification (00) writes it.
inline constexpr std::size_t traceparent_size = 55;
/// As much of a `tracestate` as is forwarded: what the specification asks everybody to keep.
inline constexpr std::size_t tracestate_limit = 512;

/// A valid `traceparent`. The ids are views of what was parsed: lower-case hexadecimal, never all zero.
struct traceparent {
    static constexpr std::uint8_t sampled_flag = 1;  ///< the caller records this trace
    static constexpr std::uint8_t random_flag = 2;   ///< the right half of the trace id is random

    std::string_view trace_id{};   ///< 32 digits
    std::string_view parent_id{};  ///< 16 digits
    std::uint8_t flags = 0;        ///< only those that the specification knows

    /// The caller records this trace.
    [[nodiscard]] constexpr bool sampled() const noexcept { return (flags & sampled_flag) != 0; }
};

/// Reads a `traceparent` strictly. Nothing, when it breaks a rule: upper case, blanks, version ff, an id of zeros, a version 00
/// that is not exactly 55 characters long. Of a higher version the first 55 characters count, and of its flags only `sampled`.
[[nodiscard]] constexpr std::optional<traceparent> parse_traceparent(std::string_view text) noexcept {
    if (text.size() < traceparent_size || text[2] != '-' || text[35] != '-' || text[52] != '-') {
        return std::nullopt;
    }
    const int format = detail::hex_byte(text[0], text[1]);
    const int flags = detail::hex_byte(text[53], text[54]);
    if (format < 0 || format == 0xff || flags < 0) {
        return std::nullopt;
    }
    if (text.size() > traceparent_size && (format == 0 || text[traceparent_size] != '-')) {
        return std::nullopt;
    }
    const std::string_view trace_id = text.substr(3, 32);
    const std::string_view parent_id = text.substr(36, 16);
    if (!detail::is_hex_id(trace_id) || !detail::is_hex_id(parent_id)) {
        return std::nullopt;
    }
    const int known = format == 0 ? traceparent::sampled_flag | traceparent::random_flag : traceparent::sampled_flag;
    return traceparent{trace_id, parent_id, static_cast<std::uint8_t>(flags & known)};
}

/// Writes a `traceparent` of version 00. The ids must be as `parse_traceparent` gives them.
constexpr void write_traceparent(const traceparent& from, std::span<char, traceparent_size> to) noexcept {
    constexpr std::string_view digits = "0123456789abcdef";
    to[0] = to[1] = '0';
    to[2] = to[35] = to[52] = '-';
    std::char_traits<char>::copy(to.data() + 3, from.trace_id.data(), 32);
    std::char_traits<char>::copy(to.data() + 36, from.parent_id.data(), 16);
    to[53] = digits[from.flags >> 4U];
    to[54] = digits[from.flags & 15U];
}

/// Writes the first `traceparent` of a new, sampled trace. The same random number gives the same ids; they are never zero.
constexpr void new_traceparent(std::uint64_t random, std::span<char, traceparent_size> to) noexcept {
    const detail::trace_ids ids = detail::ids_from(random);
    to[0] = to[1] = to[53] = '0';
    to[2] = to[35] = to[52] = '-';
    to[54] = '1';
    detail::write_hex(ids.trace_high, to.data() + 3);
    detail::write_hex(ids.trace_low, to.data() + 19);
    detail::write_hex(ids.parent, to.data() + 36);
}

/// The part of a `tracestate` that is to be forwarded; empty when there is none or it breaks a rule (a member that is no
/// `key=value`, a character that may not be there, more than 32 members). What is valid and not over 512 characters is forwarded as
/// it is. Of a longer one whole members are left out, those of over 128 characters first, each time the last one; then the result
/// lies in `room`.
[[nodiscard]] std::string_view forwardable_tracestate(std::string_view given, std::span<char, tracestate_limit> room) noexcept;

}  // namespace stentor::inline v0

// ---- stentor/detail/tracestate.ipp

// The grammar of tracestate, apart from the interface.

namespace stentor::inline v0 {
namespace detail {

inline constexpr std::size_t tracestate_members = 32;
inline constexpr std::size_t tracestate_long_member = 128;

[[nodiscard]] constexpr std::string_view trim_blanks(std::string_view text) noexcept {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// What a character may be part of. Level 2 of the specification: a key is a letter or a digit, then up to 255 of the rest. Level 1
// wanted a letter unless there was an @; who only forwards has no reason to be stricter than the newest rule.
inline constexpr std::uint8_t key_start = 1;
inline constexpr std::uint8_t key_rest = 2;
inline constexpr std::uint8_t value_part = 4;

inline constexpr auto state_characters = [] {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t c = 0x20; c <= 0x7e; ++c) {
        const bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        const bool sign = c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
        table[c] = static_cast<std::uint8_t>((alnum ? key_start | key_rest : 0) | (sign ? key_rest : 0) |
                                             (c != ',' && c != '=' ? value_part : 0));
    }
    return table;
}();

[[nodiscard]] constexpr bool is_made_of(std::string_view text, std::uint8_t part) noexcept {
    std::uint8_t all = part;
    for (const char c : text) {
        all &= state_characters[static_cast<unsigned char>(c)];
    }
    return all == part && !text.empty() && text.size() <= 256;
}

[[nodiscard]] constexpr bool is_state_member(std::string_view member) noexcept {
    const std::size_t equals = member.find('=');
    return equals != std::string_view::npos && is_made_of(member.substr(0, equals), key_rest) &&
           is_made_of(member.substr(0, 1), key_start) && is_made_of(member.substr(equals + 1), value_part);
}

// Calls `keep(member)` for each member, without the blanks around it and not for empty ones, and says how many there were; 0 when
// the text breaks a rule.
template <class Keep>
constexpr std::size_t each_state_member(std::string_view text, Keep keep) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = detail::lesser(text.find(',', at), text.size());
        const std::string_view member = trim_blanks(text.substr(at, end - at));
        at = end + 1;
        if (member.empty()) {
            continue;
        }
        if (count == tracestate_members || !is_state_member(member)) {
            return 0;
        }
        keep(member, count);
        ++count;
    }
    return count;
}

}  // namespace detail

inline std::string_view forwardable_tracestate(std::string_view given, std::span<char, tracestate_limit> room) noexcept {
    if (given.size() <= tracestate_limit) {
        return detail::each_state_member(given, [](std::string_view, std::size_t) {}) != 0 ? given : std::string_view{};
    }
    std::array<std::string_view, detail::tracestate_members> members{};
    const std::size_t count = detail::each_state_member(given, [&](std::string_view m, std::size_t i) { members[i] = m; });
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) {
        size += members[i].size() + 1;
    }
    // A comma follows each member but the last.
    const auto leave_out_over = [&](std::size_t length) {
        for (std::size_t i = count; i-- > 0 && size > tracestate_limit + 1;) {
            if (members[i].size() > length) {
                size -= members[i].size() + 1;
                members[i] = {};
            }
        }
    };
    leave_out_over(detail::tracestate_long_member);
    leave_out_over(0);
    std::size_t used = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (const std::string_view m = members[i]; !m.empty()) {
            if (used != 0) {
                room[used++] = ',';
            }
            std::memcpy(room.data() + used, m.data(), m.size());
            used += m.size();
        }
    }
    return {room.data(), used};
}

}  // namespace stentor::inline v0

/// @file
/// The default tracer: carries W3C trace contexts, and records nothing.

namespace stentor::inline v0 {

/// Forwards a valid trace context as it is, and starts a new, sampled trace where there is none or a bad one. Adds the headers
/// `traceparent` (always 55 bytes), `tracestate` and `baggage` unless they are empty or broken, and by option the correlation id.
/// It has no spans of its own, so it makes no span id either: consumers are children of the caller's span. Leaves a context alone
/// that an earlier tracer of a chain has settled, but for the correlation id. Any thread; no allocation of its own; all chance
/// comes from `publish_context::at`.
struct w3c_tracer {
    /// The header that carries `trace_context::correlation_id`, for messages that have one; empty: none does.
    std::string correlation_header{};

    /// Keeps nothing.
    struct span {
        /// Does nothing.
        /// @{
        void retrying(const failure&, const verdict&, const moment&) noexcept {}
        void finish(const result<receipt>&, const moment&) noexcept {}
        /// @}
    };

    /// Settles `context.traceparent` and adds the headers. Without memory the message goes without them.
    [[nodiscard]] span start(const record&, header_sink& add, publish_context& context) noexcept {
        if (!correlation_header.empty()) {
            correlate(context.parent.correlation_id, add);
        }
        if (context.traced()) {
            return {};
        }
        const std::span<char, traceparent_size> id(context.traceparent.data(), traceparent_size);
        const auto parent = context.parent.traceparent.empty() ? std::nullopt : parse_traceparent(context.parent.traceparent);
        if (parent) {
            write_traceparent(*parent, id);
        } else {
            new_traceparent(context.at.random, id);
        }
        context.traceparent[traceparent_size] = '\0';
        try {
            // Copied: the context may be that of another tracer around this one, and gone before the record is sent.
            add("traceparent", std::string_view{id.data(), id.size()});
            if (parent && !context.parent.tracestate.empty()) {
                forward_state(context.parent.tracestate, add);
            }
            if (!context.parent.baggage.empty()) {
                forward_baggage(context.parent.baggage, add);
            }
        } catch (const std::exception&) {
            // Out of memory: a message without its trace is better than none.
            return {};
        }
        return {};
    }

private:
    void correlate(std::string_view id, header_sink& add) const noexcept {
        try {
            if (!id.empty()) {
                add(std::string_view(correlation_header), id);
            }
        } catch (const std::exception&) {
            // Out of memory, as below.
            return;
        }
    }
    static void forward_baggage(std::string_view given, header_sink& add) {
        const std::string_view baggage = forwardable_baggage(given);
        if (!baggage.empty()) {
            add("baggage", baggage);
        }
    }
    static void forward_state(std::string_view given, header_sink& add) {
        std::array<char, tracestate_limit> room;
        const std::string_view state = forwardable_tracestate(given, room);
        if (!state.empty()) {
            add("tracestate", state);
        }
    }
};

}  // namespace stentor::inline v0
// ---- stentor/tracer/trace_scope.hpp

// ---- stentor/detail/event_thread.hpp

namespace stentor::inline v0::detail {

// How deep this thread is inside a transport's dispatch: calls that wait would wait for themselves there. A depth and not a flag,
// because a virtual transport may dispatch from inside a call that was made by a handler.
inline thread_local int event_depth = 0;

[[nodiscard]] inline bool on_event_thread() noexcept { return event_depth > 0; }

struct event_scope {
    event_scope() noexcept { ++event_depth; }
    ~event_scope() { --event_depth; }
    event_scope(const event_scope&) = delete;
    event_scope& operator=(const event_scope&) = delete;
};

}  // namespace stentor::inline v0::detail

/// @file
/// `trace_scope`: the trace of whatever is published while it lives.

namespace stentor::inline v0 {

/// While it lives, what this thread publishes belongs to that context, unless the call says otherwise: `trace_scope
/// scope{incoming};` at the head of a request's handler, and no publish below it needs the context handed through.
///
/// A call that gives a traceparent, a tracestate or a baggage has none of these from the scope; the same holds for the correlation
/// id by itself. Scopes nest, and the innermost counts alone: `trace_scope none{{}};` shuts out those around it. Owns nothing: the
/// bytes of the context must outlive it.
///
/// It belongs to its thread, ends on it, and in the reverse order of the beginnings, as locals do. It follows no other thread and
/// no coroutine: one that is suspended inside a scope and resumed elsewhere, or while another scope is open, must not hold one.
/// Handlers of outcomes do not see it, also where a memory broker runs them on the thread that publishes; they may open scopes of
/// their own.
class trace_scope {
public:
    /// Begins it.
    explicit trace_scope(const trace_context& context) noexcept
        : context_(context), outer_(innermost_), depth_(detail::event_depth) {
        innermost_ = this;
    }
    /// Ends it: what was before counts again.
    ~trace_scope() { innermost_ = outer_; }
    trace_scope(const trace_scope&) = delete;
    trace_scope& operator=(const trace_scope&) = delete;

    /// The context of this thread's innermost scope, or null.
    [[nodiscard]] static const trace_context* current() noexcept {
        const trace_scope* const inner = innermost_;
        return inner != nullptr && inner->depth_ == detail::event_depth ? &inner->context_ : nullptr;
    }

private:
    inline static constinit thread_local const trace_scope* innermost_ = nullptr;

    trace_context context_;
    const trace_scope* outer_;
    int depth_;  // how deep inside handlers it began
};

namespace detail {

// What a call does not say of its trace is the scope's.
[[gnu::noinline, gnu::cold]] inline void complete(trace_context& given, const trace_context& scope) noexcept {
    if (given.traceparent.empty() && given.tracestate.empty() && given.baggage.empty()) {
        given.traceparent = scope.traceparent;
        given.tracestate = scope.tracestate;
        given.baggage = scope.baggage;
    }
    if (given.correlation_id.empty()) {
        given.correlation_id = scope.correlation_id;
    }
}

}  // namespace detail

}  // namespace stentor::inline v0
// ---- stentor/latch.hpp

#include <cerrno>
#include <climits>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/// @file
/// What a transport's `wait` sleeps on.

// A futex and not a condition variable: <condition_variable> and <mutex> cost every user 0.4 s of compile time, and one word in the
// waiter's stack frame is all that a synchronous publish needs. Instants are taken for CLOCK_MONOTONIC nanoseconds, which is what
// every transport with a real clock uses; virtual transports never sleep here.

namespace stentor::inline v0 {

/// A flag that one thread waits for and another sets, once per use. `set` is the setter's last touch: the waiter may destroy the
/// latch as soon as it sees it.
class latch {
public:
    /// From any thread. Once true, all that the setter did before is visible.
    [[nodiscard]] bool is_set() const noexcept { return word_.load(std::memory_order_acquire) == 1; }

    /// Sets it and wakes the waiter; touches it no more.
    void set() noexcept {
        // After the exchange the waiter may be gone; waking an address that nobody waits on is harmless, so nothing else is
        // touched.
        if (word_.exchange(1, std::memory_order_acq_rel) == sleeping) {
            ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word_), FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
        }
    }

    /// Makes it usable again; nobody may be waiting.
    void reset() noexcept { word_.store(0, std::memory_order_relaxed); }

    /// Sleeps until it is set (true) or the monotonic clock reads `until` (false).
    [[nodiscard]] bool wait_until(instant until) noexcept {
        const auto ns = until.time_since_epoch().count();
        const std::timespec absolute{static_cast<std::time_t>(ns > 0 ? ns / 1'000'000'000 : 0),
                                     static_cast<long>(ns > 0 ? ns % 1'000'000'000 : 0)};
        for (;;) {
            std::uint32_t seen = 0;
            if (!word_.compare_exchange_strong(seen, sleeping, std::memory_order_acq_rel) && seen == 1) {
                return true;
            }
            const long r = ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word_), FUTEX_WAIT_BITSET_PRIVATE, sleeping,
                                     &absolute, nullptr, FUTEX_BITSET_MATCH_ANY);
            if (is_set()) {
                return true;
            }
            if (r == -1 && errno == ETIMEDOUT) {
                // A reset() after this must not leave `sleeping` behind for a setter to see: take it back, unless it is being set.
                std::uint32_t mine = sleeping;
                return !word_.compare_exchange_strong(mine, 0, std::memory_order_acq_rel) && mine == 1;
            }
        }
    }

private:
    static constexpr std::uint32_t sleeping = 2;
    std::atomic<std::uint32_t> word_{0};  // 0 idle, 1 set, 2 somebody sleeps
};

}  // namespace stentor::inline v0
// ---- stentor/transport.hpp

/// @file
/// The transport concept: the outside world, that is the wire, and time.

namespace stentor::inline v0 {

class events;

/// What one submitted record is known by until its report. The publisher owns it (it is the base of its slots); between a
/// successful `submit` and the end of `events::completed` it stays where it is.
struct completion {
    /// What a transport keeps with a completion from one record to the next (recycled header lists). Dies with the completion.
    struct attachment {
        virtual ~attachment() = default;
    };

    events* owner = nullptr;               ///< whom to call; set before the first submit, never changed
    std::uint32_t key_hash = 0;            ///< murmur2 of the key, as Java's partitioner computes it
    bool keyed = false;                    ///< false: null key, `key_hash` means nothing
    std::unique_ptr<attachment> attached;  ///< the transport's own
};

/// What the wire finally said of one submitted record. Views and pointers live for the call.
struct report {
    stentor::outcome outcome = outcome::persisted;  ///< as the wire knows it, never guessed
    fault why{};                                    ///< when not persisted: condition, number and name of the cause
    std::int32_t partition = -1;                    ///< when persisted
    std::int64_t offset = -1;                       ///< when persisted; -1 when the broker did not say
    timestamp time{};                               ///< when persisted: as it is in the log
    bool taken_back = false;                        ///< `take_back` fetched it: it was never sent, and the try does not count
    const record* returned = nullptr;               ///< when not persisted: the record, to be sent again; null for want of memory
};

/// A line of the client's own log. Views live for the call.
struct client_log {
    int level = 7;                ///< of syslog: 0 to 3 are errors, 4 warnings, 5 and 6 information, 7 debugging
    std::string_view facility{};  ///< what it is about, as the client calls it ("FAIL", "CONFWARN")
    errc code = errc::none;       ///< the condition that it tells of, where that is known
    std::string_view text{};      ///< the line, without secrets
};

/// The publisher's core, as a transport sees it. All calls come from the event thread, one at a time, never from inside `submit`,
/// `wake_at` or `attach`. They may call back into the transport (`submit`, `wake_at`, `now`).
class events {
public:
    /// The one report of a submitted record. The completion is the publisher's again.
    virtual void completed(completion& which, const report& what, const moment& at) noexcept = 0;
    /// The instant asked for with `wake_at` has come.
    virtual void woken(const moment& at) noexcept = 0;
    /// What made `submit` answer `again` may be over: try the parked ones once more.
    virtual void resumed(const moment& at) noexcept = 0;
    /// The client learned something of its brokers.
    virtual void client(const client_event& what, const moment& at) noexcept = 0;
    /// How detailed the lines may be that `client_logged` is to be told, in syslog's numbers; -1: none is wanted.
    [[nodiscard]] virtual int client_log_level() const noexcept { return -1; }
    /// The client has written a line to its log. Only lines of a level that is wanted.
    virtual void client_logged(const client_log& /*line*/, const moment& /*at*/) noexcept {}
    /// The world has ended, and no call will come any more. May destroy the publisher's core. For worlds that can end before their
    /// publishers do.
    virtual void abandoned() noexcept {}

protected:
    ~events() = default;
};

namespace detail {

// Member by member, so that a compile error can name the one that is wrong.
template <class T>
concept has_attach = requires(T& t, events& core) {
    { t.attach(core) } noexcept -> std::same_as<void>;
};
template <class T>
concept has_submit = requires(T& t, const record& r, completion& c) {
    { t.submit(r, c) } noexcept -> std::same_as<fault>;
};
template <class T>
concept has_now = requires(T& t) {
    { t.now() } noexcept -> std::same_as<moment>;
};
template <class T>
concept has_wake_at = requires(T& t, instant at) {
    { t.wake_at(at) } noexcept -> std::same_as<void>;
};
template <class T>
concept has_wait = requires(T& t, latch& l, instant until) {
    { t.wait(l, until) } noexcept -> std::same_as<bool>;
};
template <class T>
concept has_retire = requires(T& t, std::shared_ptr<void> keep, instant until) {
    { t.retire(std::move(keep), until) } noexcept -> std::same_as<void>;
};

}  // namespace detail

/// **transport**: the outside world: the wire, and time.
/// 1. Decides: nothing. It sends, reports and tells the time.
/// 2. Called: `attach` once, before anything else but `now`; `retire` at most once, last.
/// 3. On: `submit`, `now`, `wake_at` and `wait` on any thread, several at once. A transport may forbid that, as
///    `memory_transport` does.
/// 4. Fails by: `submit` answers a `fault`; all members are noexcept.
/// 5. Bytes: `submit` copies what it needs before it returns; after its success the completion is lent to the transport until
///    `events::completed`, which comes exactly once, and never from inside `submit`.
/// 6. Minimal (in form: it never reports anything, and has no clock; one that works is in docs/transport.md):
/// ```cpp
/// struct black_hole {
///     void attach(stentor::events&) noexcept {}
///     stentor::fault submit(const stentor::record&, stentor::completion&) noexcept { return {}; }
///     stentor::moment now() noexcept { return {}; }
///     void wake_at(stentor::instant) noexcept {}
///     bool wait(stentor::latch& l, stentor::instant until) noexcept { return l.wait_until(until); }
///     void retire(std::shared_ptr<void>, stentor::instant) noexcept {}
/// };
/// ```
/// - `fault submit(record, completion)`: never blocks. A fault with `again` means: not now, park it until `resumed`. Any other
///   fault is final for this try, and no report follows.
/// - `void wake_at(instant)`: one alarm a publisher. The earliest instant asked for since the last `woken` counts; one in the past
///   means at once. Afterwards `woken` comes on the event thread.
/// - `bool wait(latch&, instant)`: sleeps, or drives the virtual world, until the latch is set (true) or the instant has come
///   (false).
/// - `void retire(keep, instant)`: the publisher is gone. `keep` must live until every outstanding completion was reported, or
///   until the instant has come and they have been purged. No further `woken`, `resumed` or `client` is needed afterwards.
template <class T>
concept transport = detail::has_attach<T> && detail::has_submit<T> && detail::has_now<T> && detail::has_wake_at<T> &&
                    detail::has_wait<T> && detail::has_retire<T>;

/// Refinement: `void take_back() noexcept` asks, from the event thread, for everything back that was never sent; those records are
/// reported with `taken_back` (of all publishers on the same client), soon, and never from inside the call.
template <class T>
concept takes_back = transport<T> && requires(T& t) {
    { t.take_back() } noexcept -> std::same_as<void>;
};

/// Refinement: `nanoseconds attempt_timeout() const noexcept`: how long the transport itself tries to send one record before it
/// reports failure. A publisher starts no retry that has less than this and 500 ms left. Without it: zero.
template <class T>
concept bounded_attempts = transport<T> && requires(const T& t) {
    { t.attempt_timeout() } noexcept -> std::same_as<nanoseconds>;
};

/// Refinement: `bool up() const noexcept`: a broker is known to be up. Dead letters are not written while none is. Without it:
/// true.
template <class T>
concept knows_brokers = transport<T> && requires(const T& t) {
    { t.up() } noexcept -> std::same_as<bool>;
};

/// Refinement: `std::size_t brokers_up() const noexcept`: how many are, for those who look on. From any thread. Without it: one if
/// `up()`, else none.
template <class T>
concept counts_brokers = knows_brokers<T> && requires(const T& t) {
    { t.brokers_up() } noexcept -> std::same_as<std::size_t>;
};

/// Refinement: `bool enabled() const noexcept`: asked once, by each publisher that is made on it. False: it accepts nothing and
/// answers `disabled`, as with `publisher_options::enabled = false`. Without it: true.
template <class T>
concept can_be_disabled = transport<T> && requires(const T& t) {
    { t.enabled() } noexcept -> std::same_as<bool>;
};

}  // namespace stentor::inline v0
// ---- stentor/snapshot.hpp

/// @file
/// A publisher seen from outside, at one moment: what metrics, health checks and status pages are made from.

namespace stentor::inline v0 {

/// What a publisher looks like at one moment. Its figures are read one after the other while the publisher works on, so only
/// `account` balances by itself.
struct publisher_snapshot {
    bool gone = true;                   ///< there is no publisher (any more): all else says nothing
    bool enabled = true;                ///< false: it was made to accept nothing
    bool closed = false;                ///< `close` was called
    moment at{};                        ///< the transport's time of this look
    stentor::account account{};         ///< where all accepted messages are
    circuit breaker = circuit::closed;  ///< the breaker's `state_at` that time; of one with a circuit a topic, the worst
    std::size_t slots = 0;              ///< how many there are
    std::size_t slots_in_use = 0;       ///< taken; those of operations that ended and whose last report is still due are among them
    std::size_t bytes = 0;              ///< `publisher_options::bytes`
    std::size_t bytes_in_use = 0;       ///< of keys, values and headers in flight
    nanoseconds oldest_in_flight{};     ///< the age of the oldest message without an outcome; zero: there is none
    /// How long the outcome of a message has been due. It comes within 250 ms of its deadline; what is far above that says that
    /// nothing runs on the event thread any more, because a user's handler holds it up.
    nanoseconds overdue{};
    bool knows_brokers = false;  ///< the transport can tell whether brokers are up; of one that takes no messages nobody asks
    std::size_t brokers_up = 0;  ///< how many; of a transport that only knows whether any is: 1 or 0
};

namespace detail {
struct snapshot_access;
}

/// Where snapshots of one publisher come from: `publisher.snapshots()`. Small, copied freely, and without the publisher's type, so
/// that what reports on publishers need not be a template. It does not keep the publisher alive; when that is gone, snapshots say
/// so.
class snapshot_source {
public:
    /// Of no publisher: all snapshots are `gone`.
    snapshot_source() noexcept = default;

    /// A look at it now. From any thread that may use the publisher's transport (`kafka_transport`: any); never waits, allocates
    /// nothing, and costs the publisher nothing. It looks at each slot that was ever in use: about 20 us a thousand of them.
    [[nodiscard]] publisher_snapshot read() const noexcept {
        const std::shared_ptr<void> alive = core_.lock();
        return alive ? read_(alive.get()) : publisher_snapshot{};
    }

private:
    friend struct detail::snapshot_access;
    using reader = publisher_snapshot (*)(void*) noexcept;
    snapshot_source(std::weak_ptr<void> core, reader how) noexcept : core_(std::move(core)), read_(how) {}

    std::weak_ptr<void> core_{};
    reader read_ = nullptr;
};

}  // namespace stentor::inline v0
// ---- stentor/publisher.hpp

// ---- stentor/detail/compose.hpp

// ---- stentor/detail/admission.hpp

// ---- stentor/detail/core.hpp

#include <limits>

// ---- stentor/detail/handler_calls.hpp

namespace stentor::inline v0::detail {

// How many handlers run on a thread, and how many have begun there so far, in one word: a handler costs two atomic instructions.
class alignas(64) handler_calls {
public:
    void begin() noexcept { word_.fetch_add(one_begun + 1, std::memory_order_relaxed); }
    void end() noexcept { word_.fetch_sub(1, std::memory_order_relaxed); }
    [[nodiscard]] bool running() const noexcept { return word_.load(std::memory_order_relaxed) % one_begun != 0; }
    [[nodiscard]] std::uint64_t begun() const noexcept { return word_.load(std::memory_order_relaxed) / one_begun; }

private:
    static constexpr std::uint64_t one_begun = 1U << 16U;
    std::atomic<std::uint64_t> word_{0};
};

// Of all threads; beyond so many several share one.
inline std::array<handler_calls, 64> all_handler_calls{};
inline std::atomic<std::size_t> handler_threads{0};
inline thread_local handler_calls* handler_calls_here = nullptr;

[[nodiscard]] inline handler_calls& handlers_here() noexcept {
    if (handler_calls_here == nullptr) {
        handler_calls_here = &all_handler_calls[handler_threads.fetch_add(1, std::memory_order_relaxed) % all_handler_calls.size()];
    }
    return *handler_calls_here;
}

// The event thread of a publisher. What runs on that of another client holds up nobody here. As long as it is not known, or when
// there are several, as on a memory broker that threads share, any handler may.
class serving_thread {
public:
    // To be called on it.
    void is_this_one() noexcept {
        handler_calls* const here = &handlers_here();
        handler_calls* const seen = which_.load(std::memory_order_relaxed);
        if (seen == nullptr) {
            which_.store(here, std::memory_order_relaxed);
        } else if (seen != here) {
            several_.store(true, std::memory_order_relaxed);
        }
    }
    [[nodiscard]] bool may_run_a_handler() const noexcept {
        const handler_calls* const one = only();
        return one != nullptr
                   ? one->running()
                   : std::any_of(all_handler_calls.begin(), all_handler_calls.end(), [](const auto& c) { return c.running(); });
    }
    // Not for sure where several threads may share a place.
    [[nodiscard]] bool surely_runs_a_handler() const noexcept {
        const handler_calls* const one = only();
        return one != nullptr && one->running() && handler_threads.load(std::memory_order_relaxed) <= all_handler_calls.size();
    }
    [[nodiscard]] std::uint64_t handlers_begun() const noexcept {
        if (const handler_calls* const one = only()) {
            return one->begun();
        }
        std::uint64_t sum = 0;
        for (const handler_calls& c : all_handler_calls) {
            sum += c.begun();
        }
        return sum;
    }

private:
    [[nodiscard]] const handler_calls* only() const noexcept {
        return several_.load(std::memory_order_relaxed) ? nullptr : which_.load(std::memory_order_relaxed);
    }

    std::atomic<handler_calls*> which_{nullptr};
    std::atomic<bool> several_{false};
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/inbox.hpp

// ---- stentor/detail/slot.hpp

// ---- stentor/detail/attempt.hpp

// ---- stentor/detail/failure_class.hpp

// The one table of failure classes: librdkafka's and the protocol's error numbers, what they are called here, whether a retry can
// help, and what they say about the brokers' health. Numbers and not rdkafka.h's names, so that the core and the fake need no
// librdkafka.

namespace stentor::inline v0::detail {

struct failure_class {
    errc code = errc::rejected;
    bool transient = false;
    stentor::signal signal = signal::neutral;
};

[[nodiscard]] constexpr failure_class classify(std::int32_t native) noexcept {
    switch (native) {
        // back-pressure
        case -184: return {errc::queue_full, true, signal::neutral};
        // network and name
        case -193: return {errc::dns, true, signal::failure};
        case -195:
        case -187:
        case 7:
        case 20: return {errc::broker_unavailable, true, signal::failure};
        // time-out
        case -192:
        case -185: return {errc::deadline_exceeded, true, signal::failure};
        // broker, transient
        case 5:
        case 6:
        case 8:
        case 9:
        case 13:
        case 14:
        case 19:
        case 56:
        case 74:
        case 89: return {errc::broker_unavailable, true, signal::failure};
        // topic missing
        case 3:
        case -188:
        case -190: return {errc::unknown_topic, false, signal::neutral};
        // not allowed
        case 29:
        case 31:
        case 53: return {errc::authorization, false, signal::neutral};
        // authentication and TLS
        case -169:
        case 58: return {errc::authentication, false, signal::trip};
        case -181: return {errc::tls, false, signal::trip};
        // size
        case 10:
        case 18: return {errc::message_too_large, false, signal::neutral};
        // not supported
        case -165:
        case 35: return {errc::invalid_config, false, signal::neutral};
        // fatal, fenced
        case -150:
        case 45:
        case -144:
        case 47:
        case 90:
        case 49: return {errc::fatal, false, signal::neutral};
        // shutdown
        case -152:
        case -151: return {errc::closed, false, signal::neutral};
        // data or request: 2 87 32 43 44 76 17, and whatever nobody has met yet
        default: return {errc::rejected, false, signal::neutral};
    }
}

// The class of a condition, for faults that carry no number of the broker's (doubles, other transports).
[[nodiscard]] constexpr failure_class classify(errc code) noexcept {
    switch (code) {
        case errc::broker_unavailable: return {code, true, signal::failure};
        case errc::dns: return {code, true, signal::failure};
        case errc::deadline_exceeded: return {code, true, signal::failure};
        case errc::queue_full: return {code, true, signal::neutral};
        case errc::authentication:
        case errc::tls: return {code, false, signal::trip};
        default: return {code, false, signal::neutral};
    }
}

[[nodiscard]] constexpr failure_class classify(const fault& f) noexcept {
    return f.native != 0 ? classify(f.native) : classify(f.code);
}

}  // namespace stentor::inline v0::detail

// The decisions about one operation, free of I/O, clocks and threads: what happened goes in, what to do comes out. Retry policy and
// these rules decide; the core acts.

namespace stentor::inline v0::detail {

struct action {
    enum class kind : std::uint8_t {
        submit,    // hand it over (again), as soon as its lane and the transport allow
        wait,      // the same, but not before `delay` has passed
        redirect,  // send it to `topic` instead, within `deadline`
        finish,    // tell the caller: `outcome`
    };
    kind what = kind::finish;
    stentor::outcome outcome = outcome::not_persisted;
    nanoseconds delay{};
    std::string_view topic{};
    nanoseconds deadline{};
};

// One failed try, as the core has it.
struct failed_try {
    errc code = errc::none;
    bool transient = false;
    stentor::outcome outcome = outcome::not_persisted;
    std::string_view cause{};
    bool taken_back = false;
    nanoseconds elapsed{};
    nanoseconds remaining{};
    std::uint64_t random = 0;
};

// What holds for all operations of a publisher at this moment.
struct attempt_rules {
    nanoseconds margin{};   // a try that has less than this left is not started
    bool redirects = true;  // a broker is up and nothing is closing: dead letters may be written
};

class attempt {
public:
    // A try is being handed over.
    void admitted() noexcept { ++tries_; }
    // The transport answered "not now", or gave back what it never sent: that was no try.
    void withdrawn() noexcept { --tries_; }
    [[nodiscard]] std::uint32_t tries() const noexcept { return tries_; }
    // It is a dead letter now: what its first life said stands, and nothing is tried twice.
    [[nodiscard]] bool redirected() const noexcept { return redirected_; }

    // What can be said of the operation when its newest try ended like that: a try that may be in the log stays there, whatever
    // became of the ones after it.
    [[nodiscard]] stentor::outcome so_far(stentor::outcome newest) const noexcept {
        return maybe_logged_ && newest == outcome::not_persisted ? outcome::unknown : newest;
    }

    // A retry that was put off is due: is there still time for it?
    [[nodiscard]] bool in_time(nanoseconds remaining, const attempt_rules& rules) const noexcept {
        return tries_ == 0 || redirected_ || remaining >= rules.margin;
    }

    // The try has failed, at submit or by report.
    template <class Policy>
    [[nodiscard]] action failed(const Policy& policy, const failed_try& what, const attempt_rules& rules) noexcept {
        if (what.taken_back) {
            withdrawn();
            return {action::kind::submit, outcome::not_persisted, {}, {}, {}};
        }
        if (redirected_) {
            return finish(what.outcome);
        }
        maybe_logged_ = maybe_logged_ || what.outcome == outcome::unknown;
        const stentor::outcome known = so_far(what.outcome);
        failure f{tries_, what.elapsed, what.remaining, what.code, what.cause, known, may_retry(policy, what), what.random};
        verdict v = policy.next(f);
        if (v.what == verdict::kind::retry) {
            const nanoseconds delay = v.delay > nanoseconds::zero() ? v.delay : nanoseconds::zero();
            if (f.transient && delay <= what.remaining && what.remaining - delay >= rules.margin) {
                return {action::kind::wait, known, delay, {}, {}};
            }
            // The policy would try again but must not: ask once more, so that a dead letter can still be its answer.
            f.transient = false;
            v = policy.next(f);
        }
        if (v.what == verdict::kind::redirect && !v.topic.empty() && known == outcome::not_persisted &&
            may_redirect(what.code, rules)) {
            redirected_ = true;
            return {action::kind::redirect, known, {}, v.topic, v.deadline};
        }
        return finish(known);
    }

    // The operation's own deadline has come, with this as the outcome of its newest try: no policy is asked any more.
    [[nodiscard]] action expired(stentor::outcome newest) const noexcept { return finish(redirected_ ? newest : so_far(newest)); }

private:
    [[nodiscard]] static constexpr action finish(stentor::outcome o) noexcept { return {action::kind::finish, o, {}, {}, {}}; }

    template <class Policy>
    [[nodiscard]] static bool may_retry(const Policy& policy, const failed_try& what) noexcept {
        if (what.code == errc::fatal || !what.transient) {
            return false;
        }
        if (what.outcome == outcome::unknown) {
            if constexpr (requires { static_cast<bool>(policy.allow_duplicates); }) {
                return static_cast<bool>(policy.allow_duplicates);
            } else {
                return false;
            }
        }
        return what.outcome == outcome::not_persisted;
    }

    [[nodiscard]] static bool may_redirect(errc code, const attempt_rules& rules) noexcept {
        return rules.redirects && code != errc::closed && code != errc::circuit_open && code != errc::fatal;
    }

    std::uint32_t tries_ = 0;
    bool redirected_ = false;
    bool maybe_logged_ = false;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/handler.hpp

namespace stentor::inline v0::detail {

// The user's handler, kept in the slot. Small ones (six words) live in place, so that an asynchronous publish allocates nothing;
// larger ones cost the one allocation that std::function would cost, too. It is made before anything else is taken, because only
// that can throw.
class handler {
public:
    handler() noexcept = default;
    template <class Handler>
        requires(!std::is_same_v<std::decay_t<Handler>, handler>)
    explicit handler(Handler&& from) {
        using stored = std::decay_t<Handler>;
        if constexpr (sizeof(stored) <= sizeof(space_) && alignof(stored) <= alignof(std::max_align_t) &&
                      std::is_nothrow_move_constructible_v<stored>) {
            ::new (static_cast<void*>(space_)) stored(std::forward<Handler>(from));
            call_ = [](void* at, result<receipt>&& r) { (*static_cast<stored*>(at))(std::move(r)); };
            move_ = [](void* at, void* to) noexcept {
                if (to != nullptr) {
                    ::new (to) stored(std::move(*static_cast<stored*>(at)));
                }
                static_cast<stored*>(at)->~stored();
            };
        } else {
            ::new (static_cast<void*>(space_)) stored*(new stored(std::forward<Handler>(from)));
            call_ = [](void* at, result<receipt>&& r) { (**static_cast<stored**>(at))(std::move(r)); };
            move_ = [](void* at, void* to) noexcept {
                if (to != nullptr) {
                    ::new (to) stored*(*static_cast<stored**>(at));
                } else {
                    delete *static_cast<stored**>(at);
                }
            };
        }
    }
    handler(handler&& other) noexcept { *this = std::move(other); }
    handler& operator=(handler&& other) noexcept {
        if (this != &other) {
            reset();
            if (other.call_ != nullptr) {
                other.move_(other.space_, space_);
                call_ = std::exchange(other.call_, nullptr);
                move_ = other.move_;
            }
        }
        return *this;
    }
    ~handler() { reset(); }

    [[nodiscard]] explicit operator bool() const noexcept { return call_ != nullptr; }
    // May throw what the handler throws. At most once.
    void operator()(result<receipt>&& r) { call_(space_, std::move(r)); }
    void reset() noexcept {
        if (call_ != nullptr) {
            call_ = nullptr;
            move_(space_, nullptr);
        }
    }

private:
    void (*call_)(void*, result<receipt>&&) = nullptr;
    void (*move_)(void*, void*) noexcept = nullptr;  // to another place, or to nowhere
    alignas(std::max_align_t) unsigned char space_[6 * sizeof(void*)];
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/owned_record.hpp

namespace stentor::inline v0::detail {

// A record with its bytes, for the times when it must outlive its `submit`: parked, backing off, or on its way to a dead-letter
// topic. One block for all bytes. The topic is interned and therefore not copied.
class owned_record {
public:
    // `extra` headers go behind the record's own. Throws std::bad_alloc.
    explicit owned_record(const record& from, header_view extra = {}) : record_(from) {
        std::size_t total = from.key.size() + from.value.size();
        for (const header_view& list : {from.headers, extra}) {
            for (const header& h : list) {
                total += h.fixed ? 0 : h.name.size() + h.value.size();
            }
        }
        bytes_ = box<char[]>(new char[total + 1]);
        char* to = bytes_.get();
        record_.key = copy(from.key, to);
        record_.value = copy(from.value, to);
        headers_.reserve(from.headers.size() + extra.size());
        for (const header_view& list : {from.headers, extra}) {
            for (const header& h : list) {
                headers_.push_back(h.fixed ? h : header{copy(h.name, to), copy(h.value, to), false});
            }
        }
        record_.headers = header_view(headers_.data(), headers_.size());
    }
    owned_record(const owned_record&) = delete;
    owned_record& operator=(const owned_record&) = delete;

    [[nodiscard]] const record& view() const noexcept { return record_; }

private:
    // Null stays null: a null key has no lane, a null value is a tombstone.
    static std::string_view copy(std::string_view bytes, char*& to) noexcept {
        if (bytes.data() == nullptr) {
            return bytes;
        }
        if (!bytes.empty()) {
            std::memcpy(to, bytes.data(), bytes.size());
        }
        const std::string_view kept(to, bytes.size());
        to += bytes.size();
        return kept;
    }

    record record_;
    box<char[]> bytes_;
    std::vector<header> headers_;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/topic_names.hpp

// ---- stentor/detail/text_hash.hpp

// For tables of names in this process.

namespace stentor::inline v0::detail {

[[nodiscard]] inline std::uint32_t text_hash(std::string_view text) noexcept {
    // Eight bytes a step: names are long enough for a byte-wise hash to show in the cost of a publish.
    std::uint64_t h = 0x9e3779b97f4a7c15ULL ^ text.size();
    const char* p = text.data();
    std::size_t n = text.size();
    for (; n >= 8; n -= 8, p += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, p, 8);
        h = (h ^ word) * 0xbf58476d1ce4e5b9ULL;
        h ^= h >> 29U;
    }
    std::uint64_t rest = 0;
    if (n != 0) {
        std::memcpy(&rest, p, n);
    }
    h = (h ^ rest) * 0x94d049bb133111ebULL;
    return static_cast<std::uint32_t>(h >> 32U);
}

}  // namespace stentor::inline v0::detail

// Topic names, interned for the life of the process: a receipt's topic stays valid whatever dies, and a pointer is a name's
// identity, so that lanes, queues and transports compare and cache by pointer. Never freed on purpose: names are few, and late
// reports need them.

namespace stentor::inline v0::detail {

struct topic_name {
    std::string_view text;
    std::uint32_t hash = 0;
    std::uint32_t id = 0;  // dense, from 0: for arrays indexed by topic
    topic_name* next = nullptr;
};

class topic_names {
public:
    // Lock-free for a known name. Throws std::bad_alloc for a new one.
    [[nodiscard]] static const topic_name& intern(std::string_view text) {
        const std::uint32_t h = text_hash(text);
        std::atomic<topic_name*>& bucket = buckets_[h % bucket_count];
        if (const topic_name* known = find(bucket.load(std::memory_order_acquire), text, h)) {
            return *known;
        }
        return add(bucket, text, h);
    }

private:
    static constexpr std::size_t bucket_count = 1024;

    [[nodiscard]] static const topic_name* find(const topic_name* t, std::string_view text, std::uint32_t h) noexcept {
        while (t != nullptr && (t->hash != h || t->text != text)) {
            t = t->next;
        }
        return t;
    }

    [[nodiscard]] static const topic_name& add(std::atomic<topic_name*>& bucket, std::string_view text, std::uint32_t h) {
        // One block for both, so that there is all of it or nothing.
        void* const block = ::operator new(sizeof(topic_name) + text.size() + 1);
        auto* const bytes = static_cast<char*>(block) + sizeof(topic_name);
        if (!text.empty()) {
            std::memcpy(bytes, text.data(), text.size());
        }
        bytes[text.size()] = '\0';  // C libraries get `text.data()` as it is
        auto* const fresh = ::new (block) topic_name{{bytes, text.size()}, h, 0, nullptr};
        const spin_guard guard(lock_);
        topic_name* first = bucket.load(std::memory_order_relaxed);
        if (const topic_name* known = find(first, text, h)) {
            ::operator delete(block);
            return *known;
        }
        fresh->id = count_++;
        fresh->next = first;
        bucket.store(fresh, std::memory_order_release);
        return *fresh;
    }

    inline static std::atomic<topic_name*> buckets_[bucket_count]{};
    inline static spin_lock lock_{};
    inline static std::uint32_t count_ = 0;
};

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

// Who may touch a slot. The phase and the operation's number share one word, so that a compare-and-swap can never claim a
// stranger's slot.
enum class phase : std::uint8_t {
    free,         // in the pool
    caller,       // the publishing thread is filling it
    wire,         // with the transport: the event thread acts at the report, the sweep or a waiter at the deadline
    queued,       // the event thread's: parked, backing off, or on its way there
    busy,         // the event thread is deciding, or runs the user's handler
    claimed,      // a waiter is ending the operation: one of the next two follows in a moment
    wire_done,    // the operation has ended, the wire has not: a late report is due, or the slot is in the inbox
    queued_done,  // a waiter ended the operation while the event thread held it: the event thread cleans up
};

[[nodiscard]] constexpr std::uint64_t state_word(std::uint64_t number, phase p) noexcept {
    return number << 3U | static_cast<std::uint64_t>(p);
}
[[nodiscard]] constexpr phase phase_of(std::uint64_t word) noexcept { return static_cast<phase>(word & 7U); }
[[nodiscard]] constexpr std::uint64_t number_of(std::uint64_t word) noexcept { return word >> 3U; }

// Besides those whose turn it is, a snapshot reads it at any time.
class shared_instant {
public:
    shared_instant& operator=(instant at) noexcept {
        ticks_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
        return *this;
    }
    [[nodiscard]] instant get() const noexcept { return instant{nanoseconds(ticks_.load(std::memory_order_relaxed))}; }

private:
    std::atomic<instant::rep> ticks_{0};
};

struct slot;

// A synchronous caller, in its own stack frame. The event thread writes `out` and then opens the latch; that is its last touch.
struct waiter {
    std::optional<result<receipt>> out{};
    latch own{};
    latch* opened = &own;                           // of a batch: one for all
    std::atomic<std::size_t>* remaining = nullptr;  // of a batch: the last one opens
    std::atomic<bool> done{false};
    std::atomic<instant::rep> until{0};  // moves when a dead letter gets a deadline of its own
    slot* where = nullptr;
    std::uint64_t number = 0;

    void finish(result<receipt>&& r) noexcept {
        out.emplace(std::move(r));
        std::atomic<std::size_t>* const count = remaining;
        latch* const open = opened;
        done.store(true, std::memory_order_release);
        if (count == nullptr || count->fetch_sub(1, std::memory_order_acq_rel) == 1) {
            open->set();
        }
    }
};

enum class lane_state : std::uint8_t {
    none,
    handed,
    back,
    parked
};

// Where the event thread keeps a queued slot.
enum class place : std::uint8_t {
    nowhere,
    inbox,
    topic_queue,
    timer,
    finishing
};

struct lane_aggregate {
    slot* tail = nullptr;
    slot* front = nullptr;  // the first parked one, when there is any
    slot* next_lane = nullptr;
    std::uint32_t handed = 0;
    std::uint32_t back = 0;
    std::uint32_t parked = 0;
    std::uint64_t entered = 0;  // how many ever: the next one's place
    std::uint64_t logged = 0;   // the highest place whose record is, or may be, in the log
};

// The state of one operation in flight. It holds state, not bytes: those are copied into `parked` only to wait or to be sent again.
// Publishing threads and the event thread take turns at it, and each cache line that both write costs a publish its way from one
// core to the other. So what every publish writes is in four lines, and what few of them need in the fifth.
struct alignas(64) slot : completion {
    std::atomic<std::uint64_t> state{state_word(0, phase::free)};
    const topic_name* topic = nullptr;

    // the lane, under its bucket's lock
    slot* lane_prev = nullptr;
    slot* lane_next = nullptr;
    lane_state lane_at = lane_state::none;
    std::atomic<bool> doomed{false};  // a later record of its key is in the log: it may not go again

    place where = place::nowhere;
    std::atomic<std::uint32_t> next_free{0};  // the pool's: a stale pop may still read it, hence atomic and used for nothing else

    lane_aggregate lane{};  // valid in the first slot of a lane
    std::uint64_t lane_place = 0;

    detail::handler handler{};

    // rarely, or not by the publishing thread
    slot* next = nullptr;  // in the inbox or in a topic queue
    slot* prev = nullptr;  // in a topic queue
    std::size_t timer_at = 0;
    instant due{};  // not to be handed over before; set by whoever makes it `queued`
    std::atomic<waiter*> waiting{nullptr};
    box<owned_record> parked{};
    box<error> last{};     // why the last try failed; of a dead letter: what the caller will get
    box<fault> refused{};  // what a synchronous refusal said, until the event thread has dealt with it

    // the operation
    std::optional<stentor::permit> permit{};
    std::int32_t partition = -1;  // as the caller wanted it: a report only knows where it went
    attempt tries{};
    shared_instant started{};
    instant handed_at{};
    shared_instant deadline{};
    std::size_t charged = 0;  // bytes taken from the pool

    [[nodiscard]] std::uint64_t number() const noexcept { return number_of(state.load(std::memory_order_relaxed)); }
    [[nodiscard]] phase at() const noexcept { return phase_of(state.load(std::memory_order_acquire)); }
    // Moves from one phase to the other, if nobody was quicker.
    [[nodiscard]] bool move(phase from, phase to) noexcept {
        const std::uint64_t n = number();
        std::uint64_t expected = state_word(n, from);
        return state.compare_exchange_strong(expected, state_word(n, to), std::memory_order_acq_rel);
    }
    void put(phase to) noexcept { state.store(state_word(number(), to), std::memory_order_release); }
};

template <class Span>
struct slot_with : slot {
    std::optional<Span> span{};
};

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

// What publishing threads leave for the event thread: a list that many push to and one empties. Comes out in the order it went in.
class inbox {
public:
    // True when it was empty: then the event thread has to be woken.
    [[nodiscard]] bool push(slot& s) noexcept {
        slot* top = top_.load(std::memory_order_relaxed);
        do {
            s.next = top;
        } while (!top_.compare_exchange_weak(top, &s, std::memory_order_acq_rel, std::memory_order_relaxed));
        return top == nullptr;
    }

    [[nodiscard]] bool empty() const noexcept { return top_.load(std::memory_order_relaxed) == nullptr; }

    // All of it, first pushed first, linked by `next`.
    [[nodiscard]] slot* take() noexcept {
        slot* newest = top_.exchange(nullptr, std::memory_order_acq_rel);
        slot* oldest = nullptr;
        while (newest != nullptr) {
            slot* const before = newest->next;
            newest->next = oldest;
            oldest = newest;
            newest = before;
        }
        return oldest;
    }

private:
    std::atomic<slot*> top_{nullptr};
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/lanes.hpp

// ---- stentor/detail/lane_turns.hpp

namespace stentor::inline v0::detail {

// Publishing threads that found their lane full, first come first served. They wait here and not for a slot, so that one hot key
// takes neither pool nor queue from others.
class lane_turns {
public:
    // Sleeps until somebody of that lane goes on, or the deadline (false). `has_room` is asked once, after the wait was announced:
    // whoever makes room later sees the announcement.
    template <class HasRoom, class Sleep>
    [[nodiscard]] bool wait(const topic_name& topic, std::uint32_t hash, instant until, HasRoom&& has_room,
                            Sleep&& sleep) noexcept {
        turn mine;
        mine.topic = &topic;
        mine.hash = hash;
        {
            const spin_guard guard(lock_);
            waiting_.fetch_add(1, std::memory_order_seq_cst);
            (last_ == nullptr ? first_ : last_->next) = &mine;
            last_ = &mine;
        }
        const bool room = has_room() || sleep(mine.served, until);
        const spin_guard guard(lock_);
        if (mine.served.is_set()) {
            return true;
        }
        unlink(mine);
        return room;
    }

    // Wakes the first who waits for that lane, or all of them.
    void wake(const topic_name& topic, std::uint32_t hash, bool all) noexcept {
        if (waiting_.load(std::memory_order_seq_cst) == 0) {
            return;
        }
        const spin_guard guard(lock_);
        for (turn* t = first_; t != nullptr;) {
            turn* const next = t->next;
            if (t->topic == &topic && t->hash == hash) {
                unlink(*t);
                t->served.set();
                if (!all) {
                    return;
                }
            }
            t = next;
        }
    }

    // Wakes everybody.
    void dismiss() noexcept {
        const spin_guard guard(lock_);
        while (first_ != nullptr) {
            turn* const t = first_;
            unlink(*t);
            t->served.set();
        }
    }

private:
    struct turn {
        latch served{};
        const topic_name* topic = nullptr;
        std::uint32_t hash = 0;
        turn* next = nullptr;
    };

    void unlink(turn& mine) noexcept {
        turn** at = &first_;
        turn* before = nullptr;
        while (*at != &mine) {
            before = *at;
            at = &before->next;
        }
        *at = mine.next;
        if (last_ == &mine) {
            last_ = before;
        }
        waiting_.fetch_sub(1, std::memory_order_seq_cst);
    }

    std::atomic<std::size_t> waiting_{0};
    spin_lock lock_{};
    turn* first_ = nullptr;
    turn* last_ = nullptr;
};

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

// The records in flight of each (topic, key), in the order of their publishing, exactly: no retry may put one behind a later one.
// A table of last sequence numbers was tried and races: it let through one reordering in five retries. So: a bucket is a spin byte
// and a list of lanes; a lane is a list of slots whose first one carries the lane's counts. No memory beyond the slots, O(1) for
// everything but keys that share a bucket. Callers only `enter` and `put_off`; all else is the event thread's.
//
// Each record of a lane is
//   handed  the transport has it, or may have it in a moment: until its report,
//   back    it failed and may go again, once nothing of the lane is handed over any more,
//   parked  it waits for its turn.
// A record is handed over only when none before it is parked and nothing is back.
class lanes {
public:
    enum class entry : std::uint8_t {
        go,
        wait,
        full
    };

    explicit lanes(std::size_t count, std::uint32_t parked_at_most)
        : mask_(std::bit_ceil(greater<std::size_t>(count, 2)) - 1),
          parked_at_most_(parked_at_most),
          buckets_(new bucket[mask_ + 1]{}) {}

    // Appends the slot to its lane. `go`: hand it over; `wait`: it counts as parked; `full`: it is not in the lane.
    [[nodiscard]] entry enter(slot& s) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        slot* const first = find(b, s);
        if (first == nullptr) {
            s.lane = {};
            s.lane.tail = &s;
            s.lane.next_lane = b.lanes;
            b.lanes = &s;
            s.lane_prev = nullptr;
            s.lane_next = nullptr;
            s.lane_at = lane_state::handed;
            s.lane.handed = 1;
            s.lane_place = s.lane.entered = 1;
            return entry::go;
        }
        lane_aggregate& l = first->lane;
        const bool blocked = l.back != 0 || l.parked != 0;
        if (blocked && l.parked >= parked_at_most_) {
            return entry::full;
        }
        s.lane_prev = l.tail;
        s.lane_next = nullptr;
        l.tail->lane_next = &s;
        l.tail = &s;
        s.lane_place = ++l.entered;
        if (!blocked) {
            s.lane_at = lane_state::handed;
            ++l.handed;
            return entry::go;
        }
        park(l, s);
        return entry::wait;
    }

    // handed -> parked: the transport would not take it, and nothing was sent.
    void put_off(slot& s) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        lane_aggregate& l = find(b, s)->lane;
        --l.handed;
        park(l, s);
    }

    // May this parked one be handed over now?
    [[nodiscard]] bool is_front(slot& s) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        const lane_aggregate& l = find(b, s)->lane;
        return l.back == 0 && l.front == &s;
    }

    // parked -> handed; answers the one that is the front now, or null.
    slot* handed_over(slot& s) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        lane_aggregate& l = find(b, s)->lane;
        unpark(l, s);
        s.lane_at = lane_state::handed;
        ++l.handed;
        wake(s, l);
        return l.back == 0 ? l.front : nullptr;
    }

    // handed -> back. `maybe_logged`: this try may be in the log, so nothing before it may go again.
    void came_back(slot& s, bool maybe_logged) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        lane_aggregate& l = find(b, s)->lane;
        --l.handed;
        ++l.back;
        s.lane_at = lane_state::back;
        if (maybe_logged) {
            l.logged = greater(l.logged, s.lane_place);
        }
    }

    // Once nothing is handed over any more, what is back is settled: it is parked again, marked as doomed if a later record is in
    // the log. Answers the front if something may be handed over now. The slot may be of any state; it only names the lane.
    [[nodiscard]] slot* settle(slot& any) noexcept {
        bucket& b = bucket_of(any);
        const spin_guard guard(b.lock);
        lane_aggregate& l = find(b, any)->lane;
        if (l.handed != 0 || l.back == 0) {
            return l.back == 0 ? l.front : nullptr;
        }
        for (slot* s = find(b, any); s != nullptr; s = s->lane_next) {
            if (s->lane_at != lane_state::back) {
                continue;
            }
            --l.back;
            s->doomed.store(l.logged > s->lane_place, std::memory_order_relaxed);
            park(l, *s);
        }
        return l.front;
    }

    // Out of the lane, whatever its state. `maybe_logged`: it is, or may be, in the log. Answers another slot of the lane when
    // somebody there waits: the lane may need settling, or its front may be handed over.
    [[nodiscard]] slot* leave(slot& s, bool maybe_logged) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        slot* const first = find(b, s);
        lane_aggregate& l = first->lane;
        switch (s.lane_at) {
            case lane_state::handed: --l.handed; break;
            case lane_state::back:
                --l.back;
                wake(s, l);
                break;
            case lane_state::parked:
                unpark(l, s);
                wake(s, l);
                break;
            case lane_state::none: break;
        }
        s.lane_at = lane_state::none;
        if (maybe_logged) {
            l.logged = greater(l.logged, s.lane_place);
        }
        if (s.lane_next != nullptr) {
            s.lane_next->lane_prev = s.lane_prev;
        } else {
            l.tail = s.lane_prev;
        }
        if (s.lane_prev != nullptr) {
            s.lane_prev->lane_next = s.lane_next;
            return l.back != 0 || l.parked != 0 ? first : nullptr;
        }
        // The first one carries the lane: it hands the counts on.
        slot** at = &b.lanes;
        while (*at != first) {
            at = &(*at)->lane.next_lane;
        }
        if (s.lane_next == nullptr) {
            *at = l.next_lane;
            return nullptr;
        }
        s.lane_next->lane = l;
        *at = s.lane_next;
        return l.back != 0 || l.parked != 0 ? s.lane_next : nullptr;
    }

    // A publishing thread found its lane full: sleeps until somebody of that lane goes on, or the deadline.
    template <class Sleep>
    [[nodiscard]] bool wait_for_room(const topic_name& topic, std::uint32_t hash, instant until, Sleep&& sleep) noexcept {
        return turns_.wait(topic, hash, until, [&] { return has_room(topic, hash); }, sleep);
    }

    // Who got room does not take it: the next one may.
    void pass_room_on(const topic_name& topic, std::uint32_t hash) noexcept { turns_.wake(topic, hash, false); }

    // Nobody waits for room any more.
    void dismiss() noexcept { turns_.dismiss(); }

    [[nodiscard]] bool has_room(const topic_name& topic, std::uint32_t hash) noexcept {
        bucket& b = bucket_at(topic, hash);
        const spin_guard guard(b.lock);
        for (slot* s = b.lanes; s != nullptr; s = s->lane.next_lane) {
            if (s->topic == &topic && s->key_hash == hash) {
                return s->lane.parked < parked_at_most_;
            }
        }
        return true;
    }

private:
    struct bucket {
        spin_lock lock{};
        slot* lanes = nullptr;
    };
    [[nodiscard]] bucket& bucket_at(const topic_name& topic, std::uint32_t hash) noexcept {
        return buckets_[(hash ^ topic.hash * 0x9e3779b9U) & mask_];
    }
    [[nodiscard]] bucket& bucket_of(const slot& s) noexcept { return bucket_at(*s.topic, s.key_hash); }

    [[nodiscard]] static slot* find(const bucket& b, const slot& like) noexcept {
        slot* s = b.lanes;
        while (s != nullptr && (s->topic != like.topic || s->key_hash != like.key_hash)) {
            s = s->lane.next_lane;
        }
        return s;
    }

    static void park(lane_aggregate& l, slot& s) noexcept {
        s.lane_at = lane_state::parked;
        if (l.parked++ == 0 || s.lane_place < l.front->lane_place) {
            l.front = &s;
        }
    }

    static void unpark(lane_aggregate& l, slot& s) noexcept {
        --l.parked;
        if (l.front == &s) {
            slot* next = s.lane_next;
            while (next != nullptr && next->lane_at != lane_state::parked) {
                next = next->lane_next;
            }
            l.front = next;
        }
    }

    // All who wait, once nothing blocks the lane any more, because then nobody comes by to wake the next.
    void wake(const slot& s, const lane_aggregate& l) noexcept { turns_.wake(*s.topic, s.key_hash, l.back == 0 && l.parked == 0); }

    std::size_t mask_;
    std::uint32_t parked_at_most_;
    box<bucket[]> buckets_;
    lane_turns turns_{};
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/ledger.hpp

namespace stentor::inline v0::detail {

// Where all accepted messages are. `in_flight` is not counted but worked out, so that the account balances at any time by
// construction; the ends are read before the beginnings, so that it is never negative.
class ledger {
public:
    // The number of a new operation: they only grow.
    [[nodiscard]] std::uint64_t open() noexcept { return begun_.fetch_add(1, std::memory_order_seq_cst); }
    // It did not get further than that: its lane was full.
    void withdraw() noexcept { withdrawn_.fetch_add(1, std::memory_order_release); }
    void refuse() noexcept { refused_.fetch_add(1, std::memory_order_relaxed); }
    // All operations so far have smaller numbers than this.
    [[nodiscard]] std::uint64_t next() const noexcept { return begun_.load(std::memory_order_seq_cst); }

    // On the event thread: it alone writes these, so that they need no read-modify-write.
    void close(outcome o) noexcept {
        std::atomic<std::uint64_t>& column = ended_[static_cast<std::size_t>(o)];
        column.store(column.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    // By a waiter, on its own thread.
    void close_claimed(outcome o) noexcept { claimed_[static_cast<std::size_t>(o)].fetch_add(1, std::memory_order_release); }

    [[nodiscard]] account read() const noexcept {
        account a;
        a.persisted = ended(outcome::persisted);
        a.not_persisted = ended(outcome::not_persisted);
        a.unknown = ended(outcome::unknown);
        const std::uint64_t withdrawn = withdrawn_.load(std::memory_order_acquire);
        a.accepted = begun_.load(std::memory_order_seq_cst) - withdrawn;
        a.in_flight = a.accepted - a.persisted - a.not_persisted - a.unknown;
        a.refused = refused_.load(std::memory_order_relaxed);
        return a;
    }

private:
    [[nodiscard]] std::uint64_t ended(outcome o) const noexcept {
        const auto i = static_cast<std::size_t>(o);
        return ended_[i].load(std::memory_order_acquire) + claimed_[i].load(std::memory_order_acquire);
    }

    alignas(64) std::atomic<std::uint64_t> begun_{1};
    std::atomic<std::uint64_t> withdrawn_{1};
    std::atomic<std::uint64_t> refused_{0};
    alignas(64) std::atomic<std::uint64_t> ended_[3]{};
    std::atomic<std::uint64_t> claimed_[3]{};
};

// Who waits for one slot to end: flush and close look at the slots one after the other, and each wakes up once a slot, not once a
// record.
class watchers {
public:
    struct watch {
        latch woken{};
        const slot* at = nullptr;
        watch* next = nullptr;
    };

    void add(watch& w) noexcept {
        const spin_guard guard(lock_);
        w.next = first_;
        first_ = &w;
        count_.fetch_add(1, std::memory_order_seq_cst);
    }
    void remove(watch& w) noexcept {
        const spin_guard guard(lock_);
        watch** at = &first_;
        while (*at != &w) {
            at = &(*at)->next;
        }
        *at = w.next;
        count_.fetch_sub(1, std::memory_order_seq_cst);
    }
    void look_at(watch& w, const slot* s) noexcept {
        const spin_guard guard(lock_);
        w.woken.reset();
        w.at = s;
    }
    // The operation in that slot has ended, as its state already says. Between that and this lies a step of the pool
    // (`slots::line_up`, or that of a slot that goes home), as there is one between a watcher's `add` and its first look at a slot.
    // Of the two steps one is the earlier: if it is this thread's, the watcher sees the slot's state as it is now; if it is the
    // watcher's, the watcher is seen here. So this need be no more than a load.
    void ended(const slot& s) noexcept {
        if (count_.load(std::memory_order_acquire) == 0) {
            return;
        }
        const spin_guard guard(lock_);
        for (watch* w = first_; w != nullptr; w = w->next) {
            if (w->at == &s) {
                w->woken.set();
            }
        }
    }

private:
    std::atomic<std::size_t> count_{0};
    spin_lock lock_{};
    watch* first_ = nullptr;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/slots.hpp

namespace stentor::inline v0::detail {

// The pool of slots, bounded in number and in bytes: the only admission. A lock-free list, last in first out so that the slots in
// use stay in cache; who finds it empty queues up, and is served first come first served by whoever brings something back.
template <class Slot>
class slots {
public:
    slots(std::size_t count, std::size_t bytes)
        : count_(std::bit_ceil(greater<std::size_t>(count, 2))), limit_(bytes), all_(new Slot[count_]{}) {
        for (std::size_t i = count_; i-- > 0;) {
            all_[i].next_free.store(i + 1 < count_ ? static_cast<std::uint32_t>(i + 2) : 0, std::memory_order_relaxed);
        }
        head_.store(1, std::memory_order_relaxed);
    }

    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] Slot& operator[](std::size_t i) noexcept { return all_[i]; }
    // No slot at or above this index was ever taken: sweeps stop there.
    [[nodiscard]] std::size_t high_water() const noexcept { return high_.load(std::memory_order_acquire); }
    [[nodiscard]] std::size_t bytes_in_use() const noexcept { return bytes_.load(std::memory_order_relaxed); }

    // No slot is free at this moment.
    [[nodiscard]] bool exhausted() const noexcept { return static_cast<std::uint32_t>(head_.load(std::memory_order_relaxed)) == 0; }

    // A slot for a record of that many bytes, or null: full, or others wait already.
    [[nodiscard]] Slot* try_take(std::size_t bytes) noexcept {
        if (waiting_.load(std::memory_order_seq_cst) != 0) {
            return nullptr;
        }
        Slot* const s = take(bytes);
        if (s == nullptr && waiting_.load(std::memory_order_seq_cst) != 0) {
            serve();  // the bytes that this attempt held for a moment may have stood in the way of somebody's turn
        }
        return s;
    }

    // Waits its turn until the deadline; `sleep(latch, until)` is the transport's wait. Null: the deadline came first.
    template <class Sleep>
    [[nodiscard]] Slot* take_until(std::size_t bytes, instant until, Sleep&& sleep) noexcept {
        turn mine;
        mine.bytes = bytes;
        {
            const spin_guard guard(lock_);
            // Announce first, then look: a release either sees the announcement or was early enough to be found here.
            waiting_.fetch_add(1, std::memory_order_seq_cst);
            if (first_ == nullptr) {
                if (Slot* s = take(bytes)) {
                    waiting_.fetch_sub(1, std::memory_order_seq_cst);
                    return s;
                }
            }
            (last_ == nullptr ? first_ : last_->next) = &mine;
            last_ = &mine;
        }
        (void)sleep(mine.served, until);
        const spin_guard guard(lock_);
        if (!mine.served.is_set()) {
            unlink(mine);
            serve_locked();  // who waited behind a large one may fit
        }
        return mine.got;
    }

    // Whoever waits goes away with nothing.
    void dismiss() noexcept {
        const spin_guard guard(lock_);
        while (first_ != nullptr) {
            turn* const gone = first_;
            unlink(*gone);
            gone->served.set();
        }
    }

    // Back to the pool; the slot is free for others at once.
    void give_back(Slot& s) noexcept {
        const std::size_t bytes = s.charged;
        s.put(phase::free);
        push(s);
        bytes_.fetch_sub(bytes, std::memory_order_seq_cst);
        if (waiting_.load(std::memory_order_seq_cst) != 0) {
            serve();
        }
    }

    // One order for all threads, also with the giving back of slots: who comes later sees what the earlier ones did before.
    void line_up() noexcept { bytes_.fetch_add(0, std::memory_order_acq_rel); }

    // Bytes that a slot needs beyond what it was admitted with are not refused any more, only counted.
    void charge(Slot& s, std::size_t more) noexcept {
        s.charged += more;
        bytes_.fetch_add(more, std::memory_order_relaxed);
    }

private:
    struct turn {
        latch served{};
        std::size_t bytes = 0;
        Slot* got = nullptr;
        turn* next = nullptr;
    };

    [[nodiscard]] Slot* take(std::size_t bytes) noexcept {
        // A record larger than the whole limit may go when it is alone: it would wait for ever otherwise.
        const std::size_t before = bytes_.fetch_add(bytes, std::memory_order_seq_cst);
        if (before != 0 && before + bytes > limit_) {
            bytes_.fetch_sub(bytes, std::memory_order_seq_cst);
            return nullptr;
        }
        Slot* s = pop();
        if (s == nullptr) {
            bytes_.fetch_sub(bytes, std::memory_order_seq_cst);
            return nullptr;
        }
        s->charged = bytes;
        return s;
    }

    // head_: index + 1 below, as in `next_free`, a tag above that makes a stale compare-and-swap fail.
    [[nodiscard]] Slot* pop() noexcept {
        std::uint64_t head = head_.load(std::memory_order_seq_cst);
        for (;;) {
            const auto index = static_cast<std::uint32_t>(head);
            if (index == 0) {
                return nullptr;
            }
            Slot& s = all_[index - 1];
            // Another thread may own the slot by now and write the link: then the tag has moved and the value read is thrown away.
            const std::uint64_t below = s.next_free.load(std::memory_order_relaxed);
            if (head_.compare_exchange_weak(head, ((head >> 32U) + 1) << 32U | below, std::memory_order_seq_cst)) {
                if (index > high_.load(std::memory_order_relaxed)) {
                    raise_high(index);
                }
                return &s;
            }
        }
    }

    void push(Slot& s) noexcept {
        const auto index = static_cast<std::uint64_t>(&s - all_.get()) + 1;
        std::uint64_t head = head_.load(std::memory_order_relaxed);
        do {
            s.next_free.store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
        } while (!head_.compare_exchange_weak(head, ((head >> 32U) + 1) << 32U | index, std::memory_order_seq_cst));
    }

    void raise_high(std::size_t to) noexcept {
        std::size_t seen = high_.load(std::memory_order_relaxed);
        while (seen < to && !high_.compare_exchange_weak(seen, to, std::memory_order_acq_rel)) {
        }
    }

    void serve() noexcept {
        const spin_guard guard(lock_);
        serve_locked();
    }

    void serve_locked() noexcept {
        while (first_ != nullptr) {
            Slot* s = take(first_->bytes);
            if (s == nullptr) {
                return;
            }
            turn* const served = first_;
            first_ = served->next;
            if (first_ == nullptr) {
                last_ = nullptr;
            }
            waiting_.fetch_sub(1, std::memory_order_seq_cst);
            served->got = s;
            served->served.set();
        }
    }

    void unlink(turn& mine) noexcept {
        turn** at = &first_;
        turn* before = nullptr;
        while (*at != &mine) {
            before = *at;
            at = &before->next;
        }
        *at = mine.next;
        if (last_ == &mine) {
            last_ = before;
        }
        waiting_.fetch_sub(1, std::memory_order_seq_cst);
    }

    std::size_t count_;
    std::size_t limit_;
    box<Slot[]> all_;
    alignas(64) std::atomic<std::uint64_t> head_{0};
    alignas(64) std::atomic<std::size_t> bytes_{0};
    std::atomic<std::size_t> waiting_{0};
    std::atomic<std::size_t> high_{0};
    spin_lock lock_;
    turn* first_ = nullptr;
    turn* last_ = nullptr;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/timers.hpp

namespace stentor::inline v0::detail {

// The back-offs, earliest first: a binary heap of slots that know their index, so that one whose deadline comes first can be taken
// out of the middle. Room for every slot is reserved at the start: nothing here allocates or fails. The event thread's alone.
class timers {
public:
    explicit timers(std::size_t slots) : heap_(new slot*[slots]()) {}

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] slot& first() const noexcept { return *heap_[0]; }
    [[nodiscard]] instant next() const noexcept { return size_ == 0 ? instant::max() : heap_[0]->due; }

    void add(slot& s) noexcept {
        s.timer_at = size_;
        heap_[size_++] = &s;
        up(s.timer_at);
    }

    void remove(slot& s) noexcept {
        const std::size_t i = s.timer_at;
        slot* const last = heap_[--size_];
        if (last != &s) {
            heap_[i] = last;
            last->timer_at = i;
            up(i);
            down(last->timer_at);
        }
    }

private:
    [[nodiscard]] bool before(std::size_t a, std::size_t b) const noexcept { return heap_[a]->due < heap_[b]->due; }
    void exchange(std::size_t a, std::size_t b) noexcept {
        std::swap(heap_[a], heap_[b]);
        heap_[a]->timer_at = a;
        heap_[b]->timer_at = b;
    }
    void up(std::size_t i) noexcept {
        while (i > 0 && before(i, (i - 1) / 2)) {
            exchange(i, (i - 1) / 2);
            i = (i - 1) / 2;
        }
    }
    void down(std::size_t i) noexcept {
        for (;;) {
            std::size_t least = i;
            for (std::size_t child = 2 * i + 1; child <= 2 * i + 2 && child < size_; ++child) {
                if (before(child, least)) {
                    least = child;
                }
            }
            if (least == i) {
                return;
            }
            exchange(i, least);
            i = least;
        }
    }

    box<slot*[]> heap_;
    std::size_t size_ = 0;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/topic_queues.hpp

// ---- stentor/detail/make_room.hpp

namespace stentor::inline v0::detail {

// Now, and for more than that when it must grow, so that asking often costs little: then `push_back` needs no memory. Throws
// std::bad_alloc.
template <class T>
void make_room(std::vector<T>& in, std::size_t wanted) {
    if (in.capacity() < wanted) {
        in.reserve(wanted * 2);
    }
}

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

// What may be handed over as soon as the transport or the breaker agrees, in order, a queue a topic: "not now" is said of a topic,
// and one that is being looked up must not hold up the others, nor be asked again for each of its records. The event thread's
// alone.
class topic_queues {
public:
    enum class block : std::uint8_t {
        none,
        transport,
        breaker
    };

    // False: there is no memory for a queue, and nothing has changed.
    bool push_back(slot& s) noexcept {
        if (!make_room(*s.topic)) {
            return false;
        }
        queue& q = queues_[s.topic->id];
        s.prev = q.last;
        s.next = nullptr;
        (q.last == nullptr ? q.first : q.last->next) = &s;
        q.last = &s;
        s.where = place::topic_queue;
        ++count_;
        wake(q);
        return true;
    }

    void remove(slot& s) noexcept {
        queue& q = queues_[s.topic->id];
        (s.prev == nullptr ? q.first : s.prev->next) = s.next;
        (s.next == nullptr ? q.last : s.next->prev) = s.prev;
        s.next = nullptr;
        s.prev = nullptr;
        s.where = place::nowhere;
        --count_;
    }

    // The first one that may be tried, or null. It stays where it is.
    [[nodiscard]] slot* ready() noexcept {
        while (!awake_.empty()) {
            queue& q = queues_[awake_.back()];
            if (q.first != nullptr && q.blocked == block::none) {
                return q.first;
            }
            q.awake = false;
            awake_.pop_back();
        }
        return nullptr;
    }

    // `text` is static: what expires in this queue has it as its cause.
    void hold(const topic_name& topic, block why, const char* text) noexcept {
        queue& q = queues_[topic.id];
        q.blocked = q.held_by = why;
        q.text = text;
    }
    // What it waits for, or waited for last.
    [[nodiscard]] block last_block(const topic_name& topic) const noexcept {
        return topic.id < queues_.size() ? queues_[topic.id].held_by : block::none;
    }
    // In words, or null.
    [[nodiscard]] const char* text(const topic_name& topic) const noexcept {
        return topic.id < queues_.size() ? queues_[topic.id].text : nullptr;
    }

    // What blocked them may be over. Linear in the number of topics that this publisher ever queued for, not in records, and in
    // the order of their first use: ids tell what else the process has done, and a seed must not depend on that.
    void release(block why) noexcept {
        for (const std::uint32_t id : used_) {
            queue& q = queues_[id];
            if (q.blocked == why) {
                q.blocked = block::none;
                if (q.first != nullptr) {
                    wake(q);
                }
            }
        }
    }

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

private:
    struct queue {
        slot* first = nullptr;
        slot* last = nullptr;
        const char* text = nullptr;
        std::uint32_t id = 0;
        block blocked = block::none;
        block held_by = block::none;
        bool awake = false;
        bool used = false;
    };

    [[nodiscard]] bool make_room(const topic_name& topic) noexcept {
        try {
            for (auto id = static_cast<std::uint32_t>(queues_.size()); id <= topic.id; ++id) {
                queues_.emplace_back().id = id;
            }
            if (!queues_[topic.id].used) {
                // Each topic is awake once, at most.
                detail::make_room(awake_, used_.size() + 1);
                used_.push_back(topic.id);
                queues_[topic.id].used = true;
            }
            return true;
        } catch (const std::bad_alloc&) {
            return false;
        }
    }

    void wake(queue& q) noexcept {
        if (!q.awake && q.blocked == block::none) {
            q.awake = true;
            awake_.push_back(q.id);
        }
    }

    std::vector<queue> queues_;         // by id
    std::vector<std::uint32_t> used_;   // ids, in the order of their first use
    std::vector<std::uint32_t> awake_;  // ids
    std::size_t count_ = 0;
};

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

template <class Core>
void on_completed(Core& core, typename Core::slot_type& s, const report& what, const moment& at) noexcept;
template <class Core>
void on_woken(Core& core, const moment& at) noexcept;
template <class Core>
void on_resumed(Core& core, const moment& at) noexcept;
template <class Core>
void on_client(Core& core, const client_event& what, const moment& at) noexcept;
template <class Core>
void begin_watching(Core& core) noexcept;
template <class Core>
void let_go(Core& core) noexcept;

// All that a publisher is, on the heap, because reports can come after the publisher has gone. What happens to it is told in files
// of their own, in the order of a publish: admission, hand_over, reports, ending, deadlines, and for those who wait, waiting.
template <class Transport, class RetryPolicy, class Breaker, class Tracer>
struct core final : events, std::enable_shared_from_this<core<Transport, RetryPolicy, Breaker, Tracer>> {
    using span = std::decay_t<decltype(std::declval<Tracer&>().start(std::declval<const record&>(), std::declval<header_sink&>(),
                                                                     std::declval<publish_context&>()))>;
    using slot_type = slot_with<span>;

    // A retry is not started with less than the transport's own time-out and this left: the last definite error is a better answer.
    static constexpr nanoseconds retry_margin = std::chrono::milliseconds(500);

    core(Transport t, RetryPolicy r, Breaker b, Tracer tr, publisher_options o)
        : transport(std::move(t)),
          retry(std::move(r)),
          breaker(std::move(b)),
          tracer(std::move(tr)),
          options(std::move(o)),
          pool(options.slots, options.bytes),
          by_key(pool.size(), static_cast<std::uint32_t>(
                                  clamped<std::size_t>(options.parked_per_lane, 1, std::numeric_limits<std::uint32_t>::max()))),
          back_off(pool.size()) {
        for (std::size_t i = 0; i < pool.size(); ++i) {
            pool[i].owner = this;
        }
        if constexpr (bounded_attempts<Transport>) {
            margin = later({}, transport.attempt_timeout()).time_since_epoch() + retry_margin;
        }
        if constexpr (can_be_disabled<Transport>) {
            options.enabled = options.enabled && transport.enabled();
        }
        begin_watching(*this);
        transport.attach(*this);
    }
    core(const core&) = delete;
    core& operator=(const core&) = delete;

    void completed(completion& which, const report& what, const moment& at) noexcept override {
        on_event_thread([&] { on_completed(*this, static_cast<slot_type&>(which), what, at); });
    }
    void woken(const moment& at) noexcept override {
        on_event_thread([&] { on_woken(*this, at); });
    }
    void resumed(const moment& at) noexcept override {
        on_event_thread([&] { on_resumed(*this, at); });
    }
    void client(const client_event& what, const moment& at) noexcept override {
        on_event_thread([&] { on_client(*this, what, at); });
    }
    [[nodiscard]] int client_log_level() const noexcept override {
        if constexpr (requires(Tracer& t, const event& e) { t.on_event(e); }) {
            return silent() ? -1 : client_log_level_of(tracer);
        } else {
            return -1;
        }
    }
    void client_logged(const client_log& line, const moment& at) noexcept override {
        on_event_thread([&] {
            event e;
            e.what = event::kind::client_log;
            e.code = line.code;
            e.cause = line.text;
            e.at = at;
            e.facility = line.facility;
            e.level = line.level;
            tell(e);
        });
    }
    void abandoned() noexcept override {
        // Possibly the last owner: nothing of this object may be touched afterwards.
        const std::shared_ptr<core> last = std::move(itself);
    }

    // Every call of the transport. `close` waits for the end of the one that is running: after it none runs user code any more.
    // What comes behind it here may destroy this object.
    template <class Function>
    void on_event_thread(Function&& f) noexcept {
        {
            const event_scope calls_that_wait_would_deadlock;
            const std::uint64_t calls = event_calls.load(std::memory_order_relaxed);
            const bool outer = calls % 2 == 0;
            if (outer) {
                served_by.is_this_one();
                event_calls.store(calls + 1, std::memory_order_seq_cst);
            }
            f();
            if (outer) {
                event_calls.store(calls + 2, std::memory_order_release);
            }
        }
        let_go(*this);
    }
    // close() has returned: no user code runs any more.
    [[nodiscard]] bool silent() const noexcept { return told_last.load(std::memory_order_seq_cst); }

    [[nodiscard]] static slot_type& full(slot& s) noexcept { return static_cast<slot_type&>(s); }

    [[nodiscard]] bool broker_up() const noexcept {
        if constexpr (knows_brokers<Transport>) {
            return transport.up();
        } else {
            return true;
        }
    }

    // By when the operation ends, whatever it was given: close() lowers every deadline.
    [[nodiscard]] instant deadline_of(const slot& s) const noexcept {
        return lesser(s.deadline.get(), instant{nanoseconds(close_by.load(std::memory_order_seq_cst))});
    }
    // By when it stops waiting to be handed over. A retry is not begun without time for it, so its last error need not wait longer.
    [[nodiscard]] instant parked_until(const slot& s) const noexcept {
        const bool again = s.tries.tries() != 0 && !s.tries.redirected();
        return again ? deadline_of(s) - margin : deadline_of(s);
    }

    // From now on nothing new begins, and what is under way ends by then at the latest. From any thread.
    void shut(instant until) noexcept {
        closed.store(true, std::memory_order_seq_cst);
        const instant::rep wanted = until.time_since_epoch().count();
        instant::rep seen = close_by.load(std::memory_order_relaxed);
        while (wanted < seen && !close_by.compare_exchange_weak(seen, wanted, std::memory_order_seq_cst)) {
        }
        pool.dismiss();
        by_key.dismiss();
        sweep_by(instant{nanoseconds(1)});  // the alarm was set for later deadlines
    }

    // The operation has ended, and its slot does not go home yet.
    void ended_in_place(const slot& s) noexcept {
        pool.line_up();
        watched.ended(s);
    }

    void tell(const event& what) noexcept {
        if constexpr (requires(Tracer& t) { t.on_event(what); }) {
            if (!silent()) {
                tracer.on_event(what);
            }
        }
    }

    // Nothing is told any more after this. Once, by whoever set `told_last`.
    void tell_closed() noexcept {
        if constexpr (requires(Tracer& t) { t.closed(); }) {
            tracer.closed();
        }
        told_closed.store(true, std::memory_order_release);
    }

    // The sweep must run by then. From any thread.
    void sweep_by(instant when) noexcept {
        const instant::rep wanted = when.time_since_epoch().count();
        instant::rep seen = next_sweep.load(std::memory_order_seq_cst);
        while (wanted < seen) {
            if (next_sweep.compare_exchange_weak(seen, wanted, std::memory_order_seq_cst)) {
                transport.wake_at(when);
                return;
            }
        }
    }

    // Leaves a slot for the event thread. From any thread; it is `queued`, or has ended while it was being handed over in vain.
    void post(slot& s) noexcept {
        if (incoming.push(s)) {
            transport.wake_at(instant::min());
        }
    }

    static constexpr instant::rep never = std::numeric_limits<instant::rep>::max();

    Transport transport;
    RetryPolicy retry;
    Breaker breaker;
    Tracer tracer;
    publisher_options options;
    nanoseconds margin{};

    slots<slot_type> pool;
    lanes by_key;
    ledger books{};
    inbox incoming{};
    alignas(64) std::atomic<instant::rep> next_sweep{never};
    std::atomic<instant::rep> close_by{never};  // what close() lowered every deadline to
    std::atomic<bool> closed{false};
    alignas(64) std::atomic<bool> told_last{false};  // close() has returned
    std::atomic<bool> told_closed{false};            // and so has the tracer's last word
    std::atomic<std::uint64_t> event_calls{0};       // begun plus ended: odd while one runs
    serving_thread served_by{};
    std::atomic<bool> leaving{false};  // the publisher was destroyed on an event thread: `itself` lives until all have ended
    std::shared_ptr<core> itself{};
    watchers watched{};

    // The event thread's alone.
    topic_queues queues{};
    timers back_off;
    slot* to_finish = nullptr;  // linked by `next`: doomed by their lane, or ended by a waiter
    instant breaker_alarm = instant::max();
    circuit_seen seen_circuit{};  // of a breaker with one circuit
    bool all_closed = true;
    errc said_code = errc::none;  // what the client last said, as the cause of what expires parked
    std::string said{};
    bool refused_by_all = false;  // authentication or TLS: nothing can be parked for better days
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/departure.hpp

namespace stentor::inline v0::detail {

// A record that is ready to go, and what surrounds it. It lives in the thread's scratch and is filled anew for each publish:
// zeroing its 200 bytes and then reading them back before the stores had landed cost 15 ns.
struct departure {
    record what{};
    const topic_name* topic = nullptr;
    publish_context context{};
    nanoseconds deadline{};
    std::uint32_t key_hash = 0;  // murmur2; of a null key: 0
    bool may_wait = true;

    // What a publish need not set by itself.
    void begin(const moment& at, bool may_wait_for_room) noexcept {
        what.value = std::string_view{};
        topic = nullptr;
        context.at = at;
        context.traceparent[0] = '\0';
        may_wait = may_wait_for_room;
    }
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/ending.hpp

// ---- stentor/detail/error_in.hpp

namespace stentor::inline v0::detail {

// The error of a result that is one: result::error() may answer a copy, and that takes memory.
template <class Result>
[[nodiscard]] error error_in(Result&& failed) noexcept {
    try {
        return std::forward<Result>(failed).error();
    } catch (const std::bad_alloc&) {
        return error(errc::out_of_memory);
    }
}

}  // namespace stentor::inline v0::detail

// How an operation ends: counted, traced, told, once.

namespace stentor::inline v0::detail {

inline constexpr nanoseconds slow_handler_after = std::chrono::milliseconds(100);

inline constexpr std::string_view perhaps_twice = " Publish it again only if your consumers can tell duplicates.";

// What the user is told about the newest try of that slot.
[[nodiscard]] inline error error_of(const slot& s, errc code, std::string_view cause, outcome what) noexcept {
    error e(code, words(cause), what);
    e.topic = s.topic->text;
    e.attempts = s.tries.tries();
    if (code == errc::message_too_large) {
        e.hint = words_of([&] { return "It has " + std::to_string(s.charged) + " bytes. " + e.hint; });
    }
    if (what == outcome::unknown) {
        add_words(e.hint, perhaps_twice);
    }
    return e;
}

// How long the caller was willing to wait: "30 s", "500 ms", "50 us".
[[nodiscard]] inline std::string patience(const slot& s) {
    const auto us = (s.deadline.get() - s.started.get()).count() / 1'000;
    return us < 1'000            ? std::to_string(us) + " us"
           : us % 1'000'000 == 0 ? std::to_string(us / 1'000'000) + " s"
                                 : std::to_string(us / 1'000) + " ms";
}

// Runs a handler on the event thread: watched for its time, and what it throws ends here.
template <class Core, class Function>
void run_handler(Core& core, std::string_view topic, Function&& f) noexcept {
    if (core.silent()) {
        return;
    }
    handler_calls& here = handlers_here();
    here.begin();
    const instant before = core.transport.now().now;
    event what;
    what.topic = topic;
    const auto threw = [&](std::string_view cause) {
        what.what = event::kind::handler_threw;
        what.cause = cause;
        what.at = core.transport.now();
        core.tell(what);
    };
    try {
        f();
        what.at = core.transport.now();
    } catch (const std::exception& e) {
        threw(e.what());
    } catch (...) {
        threw("not a std::exception");
    }
    here.end();
    what.took = what.at.now - before;
    if (what.took > slow_handler_after) {
        what.what = event::kind::slow_handler;
        what.cause = {};
        core.tell(what);
    }
}

// On the event thread or, for a claimed slot, on the thread that claimed it.
template <class Core>
void finish_span(Core& core, typename Core::slot_type& s, const result<receipt>& r, const moment& at) noexcept {
    if (s.span) {
        if (!core.silent()) {
            s.span->finish(r, at);
        }
        s.span.reset();
    }
}

template <class Slot>
void redirect_span(Slot& s, const failure& f, const verdict& v, const moment& at) noexcept {
    if constexpr (requires { s.span->redirected(f, v, at); }) {
        if (s.span) {
            s.span->redirected(f, v, at);
        }
    }
}

// Back to the pool, with everything that the operation held.
template <class Core>
void release(Core& core, typename Core::slot_type& s) noexcept {
    s.parked.reset();
    s.last.reset();
    s.refused.reset();
    s.handler.reset();
    core.pool.give_back(s);
    core.watched.ended(s);
}

// Ends the operation in a `busy` slot that is in no lane, queue or timer any more. `inside`: the wire still has it, and its report
// is awaited; otherwise the slot goes home.
template <class Core>
void conclude(Core& core, typename Core::slot_type& s, result<receipt>&& r, outcome what, bool inside, const moment& at) noexcept {
    core.books.close(what);
    finish_span(core, s, r, at);
    // Only who has moved the slot out of `wire` or `queued` takes its waiter.
    if (waiter* const w = s.waiting.load(std::memory_order_relaxed)) {
        s.waiting.store(nullptr, std::memory_order_relaxed);
        w->finish(std::move(r));
    } else if (s.handler) {
        run_handler(core, s.topic->text, [&] { s.handler(std::move(r)); });
        s.handler.reset();
    }
    if (inside) {
        s.put(phase::wire_done);
        core.ended_in_place(s);
    } else {
        release(core, s);
    }
}

template <class Core>
void end(Core& core, typename Core::slot_type& s, error&& e, bool inside, const moment& at) noexcept {
    const outcome what = e.outcome;
    conclude(core, s, std::move(e), what, inside, at);
}
template <class Core>
void end(Core& core, typename Core::slot_type& s, const receipt& where, bool inside, const moment& at) noexcept {
    conclude(core, s, where, outcome::persisted, inside, at);
}

// The error of an operation whose newest try ended like that: its own, or that of its first life if it is a dead letter.
[[nodiscard]] inline error failing(slot& s, errc code, std::string_view cause, outcome newest) noexcept {
    if (s.tries.redirected() && s.last != nullptr) {
        error e = std::move(*s.last);
        e.dead_letter.what = newest == outcome::unknown ? dead_letter_result::state::unknown : dead_letter_result::state::failed;
        return e;
    }
    error e = error_of(s, code, cause, s.tries.so_far(newest));
    if (e.outcome != newest) {
        add_words(e.cause, " (an earlier try may be in the log)");
    }
    return e;
}

// The error of one that ends while it waits to be handed over: why its last try failed, or this if it never had one.
[[nodiscard]] inline error failing_unsent(slot& s, errc code, std::string_view cause) noexcept {
    if (s.tries.redirected() || s.last == nullptr) {
        return failing(s, code, cause, outcome::not_persisted);
    }
    error e = std::move(*s.last);
    if (s.doomed.load(std::memory_order_relaxed)) {
        add_words(e.cause, " (not tried again: a later record of its key is in the log)");
    }
    return e;
}

// Why the circuit of that topic is open, in words.
template <class Core>
[[nodiscard]] std::string why_open(Core& core, const topic_name& topic) noexcept {
    return words_of([&] {
        std::string why;
        if constexpr (requires { core.breaker.why_open(topic.text, why); }) {
            core.breaker.why_open(topic.text, why);
        }
        if (why.empty()) {
            why = core.breaker.state() == circuit::half_open ? "a probe is under way" : "opened by earlier failures";
        }
        return why;
    });
}

// Gives the permit back with what the try has shown, if the slot holds one.
template <class Core>
void return_permit(Core& core, slot& s, signal what, errc code, std::string_view cause, const moment& at) noexcept {
    if (const std::optional<permit> held = std::exchange(s.permit, std::nullopt); held && !core.silent()) {
        core.breaker.record(*held, call{what, at.now - s.handed_at, code, cause}, at);
    }
}

}  // namespace stentor::inline v0::detail

// The publishing thread's half: breaker, slot, lane, and the first hand-over.

namespace stentor::inline v0::detail {

// Puts the caller's end of the operation into its slot: a handler or a waiter.
struct recipient {
    void (*install)(slot& into, void* from) noexcept = nullptr;
    void* from = nullptr;
};

template <class Core>
[[nodiscard]] error refuse(Core& core, const topic_name& topic, errc code, std::string cause) {
    error e(code, std::move(cause));
    core.books.refuse();
    e.topic = topic.text;
    return e;
}

[[nodiscard]] inline std::size_t bytes_of(const record& r) noexcept {
    std::size_t bytes = r.key.size() + r.value.size();
    for (const header& h : r.headers) {
        bytes += h.name.size() + h.value.size();
    }
    return bytes;
}

template <class Core>
[[nodiscard]] error refuse_open_circuit(Core& core, const topic_name& topic) {
    return refuse(core, topic, errc::circuit_open, why_open(core, topic));
}

template <class Core>
[[nodiscard]] error refuse_full(Core& core, const departure& d, std::string what) {
    event e;
    e.what = event::kind::queue_full;
    e.topic = d.topic->text;
    e.code = errc::queue_full;
    e.cause = what;
    e.at = d.context.at;
    core.tell(e);
    return refuse(core, *d.topic, errc::queue_full, std::move(what));
}

// What there was none of any more.
template <class Core>
[[nodiscard]] std::string what_is_full(const Core& core, std::size_t bytes) {
    const std::size_t in_use = core.pool.bytes_in_use();
    if (in_use != 0 && in_use + bytes > core.options.bytes) {
        return std::to_string(in_use) + " of " + std::to_string(core.options.bytes) + " bytes are in use, and this message needs " +
               std::to_string(bytes);
    }
    if (!core.pool.exhausted()) {
        return "others wait for room before it";
    }
    return "all " + std::to_string(core.pool.size()) + " slots are in use";
}

// What the transport would not take at once goes to the event thread, with its bytes.
template <class Core>
void leave_to_event_thread(Core& core, typename Core::slot_type& s, const record& what, fault&& why) noexcept {
    try {
        if (!why.again && why) {
            s.refused = box<fault>(new fault(std::move(why)));
        }
        s.parked = box<owned_record>(new owned_record(what));
    } catch (const std::bad_alloc&) {
        s.parked.reset();  // the event thread reports out_of_memory
    }
    s.where = place::inbox;
    s.due = {};
    // Once it is there, its handler may run and destroy the publisher.
    const std::shared_ptr<Core> until_posted = core.shared_from_this();
    s.put(phase::queued);
    core.post(s);
}

// The slot is filled and in its lane: hand it over. Afterwards it belongs to the event thread, or is already somebody else's; its
// handler may have destroyed the publisher.
template <class Core>
void depart(Core& core, typename Core::slot_type& s, const record& what, const moment& at) noexcept {
    s.tries.admitted();
    // Sequentially consistent, as is the sweep's reading: either the sweep sees this slot or we see that no sweep is due in time.
    // The same with the sweep of a close, which lowers all deadlines before it.
    s.state.exchange(state_word(s.number(), phase::wire), std::memory_order_seq_cst);
    core.sweep_by(core.deadline_of(s));
    fault f = core.transport.submit(what, s);
    if (!f) [[likely]] {
        return;
    }
    if (!s.move(phase::wire, phase::caller)) {
        // Its deadline came in between, and whoever saw that took it for handed over, and ends it, or has. No report will bring the
        // slot home: the event thread does, when it is through with what it is at (a handler, perhaps).
        const std::shared_ptr<Core> until_posted = core.shared_from_this();
        core.post(s);
        return;
    }
    if (f.again) {
        s.tries.withdrawn();
        // A probe that nobody makes would hold up the circuit: it asks again when it goes.
        return_permit(core, s, signal::neutral, errc::none, {}, at);
        if (s.lane_at != lane_state::none) {
            core.by_key.put_off(s);
        }
    }
    leave_to_event_thread(core, s, what, std::move(f));
}

// Room in a lane that was won after waiting for it. Who does not take it, for whatever reason, leaves it to the next who waits:
// nobody else would wake him.
template <class Core>
class won_room {
public:
    won_room(Core& core, const departure& d) noexcept : core_(core), what_(d) {}
    won_room(const won_room&) = delete;
    won_room& operator=(const won_room&) = delete;
    ~won_room() { leave(); }

    void won() noexcept { mine_ = true; }
    void taken() noexcept { mine_ = false; }
    void leave() noexcept {
        if (std::exchange(mine_, false)) {
            core_.by_key.pass_room_on(*what_.topic, what_.key_hash);
        }
    }

private:
    Core& core_;
    const departure& what_;
    bool mine_ = false;
};

// From an allowed try to a slot in its lane, or the reason why not. The span moves into the slot only on success.
template <class Core>
[[nodiscard]] result<void> begin(Core& core, departure& d, typename Core::span& span, const recipient& to) {
    moment at = d.context.at;
    const instant deadline = later(at.now, d.deadline);
    const std::size_t bytes = bytes_of(d.what);
    const bool keyed = d.what.key.data() != nullptr;
    // A handler that took its time gives room back late. What went out now would end unknown.
    constexpr const char* too_late = "it waited for room, which came after the deadline";
    // Who has announced that he waits either sees that the publisher was closed, or is dismissed.
    const auto sleep = [&](latch& l, instant until) noexcept {
        return !core.closed.load(std::memory_order_seq_cst) && core.transport.wait(l, until);
    };
    won_room room(core, d);
    for (;;) {
        std::optional<permit> allowed = core.breaker.allow(d.topic->text, at);
        if (!allowed) {
            return refuse_open_circuit(core, *d.topic);
        }
        const auto give_permit_back = [&] { core.breaker.record(*allowed, call{signal::neutral, {}, errc::none, {}}, at); };
        auto* s = core.pool.try_take(bytes);
        if (s == nullptr) {
            give_permit_back();
            if (!d.may_wait) {
                return refuse_full(core, d, what_is_full(core, bytes));
            }
            room.leave();
            s = core.pool.take_until(bytes, deadline, sleep);
            if (s == nullptr) {
                return refuse(core, *d.topic, core.closed ? errc::closed : errc::deadline_exceeded,
                              "it waited for room in vain: " + what_is_full(core, bytes));
            }
            at = core.transport.now();
            if (at.now >= deadline) {
                core.pool.give_back(*s);
                return refuse(core, *d.topic, errc::deadline_exceeded, too_late);
            }
            allowed = core.breaker.allow(d.topic->text, at);
            if (!allowed) {
                core.pool.give_back(*s);
                return refuse_open_circuit(core, *d.topic);
            }
        }
        // Counted first, then looked: close() either finds that one more is in flight or has been seen here.
        s->state.store(state_word(core.books.open(), phase::caller), std::memory_order_release);
        if (core.closed.load(std::memory_order_seq_cst)) {
            core.books.withdraw();
            give_permit_back();
            core.pool.give_back(*s);
            core.watched.ended(*s);  // a flush may have seen it already
            return refuse(core, *d.topic, errc::closed, "close() was called");
        }
        s->topic = d.topic;
        s->key_hash = d.key_hash;
        s->keyed = keyed;
        s->lane_at = lane_state::none;
        const lanes::entry entry = keyed ? core.by_key.enter(*s) : lanes::entry::go;
        room.taken();
        if (entry == lanes::entry::full) {
            core.books.withdraw();
            give_permit_back();
            core.pool.give_back(*s);
            core.watched.ended(*s);  // a flush may have seen it already
            const auto full = [&] {
                return "all " + std::to_string(core.options.parked_per_lane) +
                       " places of its key are in use (publisher_options::parked_per_lane)";
            };
            if (!d.may_wait) {
                error e = refuse_full(core, d, full());
                e.hint =
                    words("Wait for outcomes before more of this key is published, or raise publisher_options::parked_per_lane.");
                return e;
            }
            if (!core.by_key.wait_for_room(*d.topic, d.key_hash, deadline, sleep)) {
                return refuse(core, *d.topic, core.closed ? errc::closed : errc::deadline_exceeded,
                              "it waited for room in vain: " + full());
            }
            room.won();
            at = core.transport.now();
            if (at.now >= deadline) {
                return refuse(core, *d.topic, errc::deadline_exceeded, too_late);
            }
            continue;
        }
        s->where = place::nowhere;
        s->doomed.store(false, std::memory_order_relaxed);
        s->permit = allowed;
        s->tries = {};
        s->started = d.context.at.now;
        s->handed_at = at.now;
        s->deadline = deadline;
        s->partition = d.what.partition;
        s->span.emplace(std::move(span));
        to.install(*s, to.from);
        if (entry == lanes::entry::go) {
            depart(core, *s, d.what, at);
        } else {
            // It waits behind records that may need this permit themselves: a probe that nobody makes would hold up the circuit.
            give_permit_back();
            s->permit.reset();
            leave_to_event_thread(core, *s, d.what, {});
        }
        return {};
    }
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/scratch.hpp

namespace stentor::inline v0::detail {

// Where a record is built: one a thread, so that its pages are hot whatever slot it gets, and its memory is reused. A publish from
// inside another one (a handler that a virtual transport runs while its caller waits) takes the next one of its thread's chain.
struct scratch {
    buffer value{};
    header_sink headers{};
    departure what{};
    box<scratch> next{};
};

class scratch_lease {
public:
    // Throws std::bad_alloc the first time on a thread.
    scratch_lease() : mine_(&take()) {
        mine_->value.clear();
        mine_->headers.clear();
    }
    ~scratch_lease() {
        if (--depth_ == 0 && unowned_) [[unlikely]] {
            free_all();
        }
    }
    scratch_lease(const scratch_lease&) = delete;
    scratch_lease& operator=(const scratch_lease&) = delete;

    [[nodiscard]] scratch& operator*() const noexcept { return *mine_; }
    [[nodiscard]] scratch* operator->() const noexcept { return mine_; }

private:
    // The pointer is plain, so that reaching it costs no initialisation check; the owner beside it frees the chain at thread exit.
    // A publish from a later destructor starts a new chain, which goes with its lease.
    struct owner {
        ~owner() {
            free_all();
            unowned_ = true;
        }
    };

    static void free_all() noexcept {
        delete first_;
        first_ = nullptr;
    }

    static scratch& take() {
        if (first_ == nullptr) {
            thread_local const owner frees_it{};
            (void)frees_it;
            first_ = new scratch;
        }
        scratch* s = first_;
        for (int i = 0; i < depth_; ++i) {
            if (s->next == nullptr) {
                s->next = box<scratch>(new scratch());
            }
            s = s->next.get();
        }
        ++depth_;
        return *s;
    }

    inline static constinit thread_local scratch* first_ = nullptr;
    inline static constinit thread_local int depth_ = 0;
    inline static constinit thread_local bool unowned_ = false;

    scratch* mine_;
};

}  // namespace stentor::inline v0::detail

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
// ---- stentor/detail/deadlines.hpp

// ---- stentor/detail/circuit_watch.hpp

// The circuit's transitions become events, and wake up what waits for a permit. On the event thread. A breaker is asked, it does
// not call: a permit that any thread takes may move it from open to half open, the report moves it on. So it is looked at on both
// sides of each result, and a probe that fails is told as half-opened and opened again. Of a breaker with a circuit for each topic
// each is looked at.

namespace stentor::inline v0::detail {

struct look_at_circuit {
    template <class Breaker>
    void operator()(std::string_view, const Breaker&, circuit_seen&) const noexcept {}
};
template <class Breaker>
concept has_circuits = requires(Breaker& b) { b.each_circuit(look_at_circuit{}); };

// `look(topic, breaker, seen)`; the topic is empty where the circuit is that of all, or of many.
template <class Core, class Look>
void for_each_circuit(Core& core, Look&& look) noexcept {
    if constexpr (has_circuits<decltype(core.breaker)>) {
        core.breaker.each_circuit(look);
    } else {
        look(std::string_view{}, core.breaker, core.seen_circuit);
    }
}

template <class Core>
void begin_watching(Core& core) noexcept {
    for_each_circuit(core, [&](std::string_view, const auto& one, circuit_seen& seen) {
        seen.begin(one);
        core.all_closed = core.all_closed && seen.last() == circuit::closed;
    });
}

template <class Core, class Breaker>
void tell_move(Core& core, const Breaker& of, circuit to, std::string_view topic, errc code, const moment& at) noexcept {
    std::string why;
    event what;
    what.what = event::kind::breaker_closed;
    if (to == circuit::half_open) {
        what.what = event::kind::breaker_half_opened;
    } else if (to == circuit::open) {
        what.what = event::kind::breaker_opened;
        what.code = code;
        if constexpr (requires { of.why_open(topic, why); }) {
            why = words_of([&] {
                std::string text;
                of.why_open(topic, text);
                return text;
            });
        }
        what.cause = why;
        if (why.empty()) {
            what.cause = core.said;
            what.code = code != errc::none ? code : core.said_code;
        }
    }
    if constexpr (requires { core.breaker.state(topic); }) {
        what.topic = topic;
    }
    what.at = at;
    core.tell(what);
}

template <class Core>
[[gnu::noinline, gnu::cold]] void look_at_circuits(Core& core, const moment& at, std::string_view topic, errc code) noexcept {
    bool moved = false;
    bool probes = false;
    bool all_closed = true;
    for_each_circuit(core, [&](std::string_view of, const auto& one, circuit_seen& seen) {
        seen.look(one, [&](circuit to) {
            const bool by_the_call = of.empty() || topic.empty() || of == topic;
            tell_move(core, one, to, of.empty() ? topic : of, by_the_call ? code : errc::none, at);
            moved = true;
        });
        probes = probes || seen.last() == circuit::half_open;
        all_closed = all_closed && seen.last() == circuit::closed;
    });
    core.all_closed = all_closed;
    // A probe may have come home, too.
    if (moved || (probes && core.breaker_alarm != instant::max())) {
        core.queues.release(topic_queues::block::breaker);
    }
}

// `topic` and `code`: of the call that was just told to the breaker, if one was. All is well nearly always, and each publish looks
// twice: the rest is a function of its own.
template <class Core>
void watch_breaker(Core& core, const moment& at, std::string_view topic = {}, errc code = errc::none) noexcept {
    if (!core.silent() && (!core.all_closed || core.breaker.state() != circuit::closed)) [[unlikely]] {
        look_at_circuits(core, at, topic, code);
    }
}

// What a call has shown, to the breaker, if the slot holds a permit; and to the tracer what comes of it.
template <class Core>
void tell_result(Core& core, slot& s, signal what, errc code, std::string_view cause, const moment& at) noexcept {
    if (!core.all_closed) {
        watch_breaker(core, at, s.topic->text);
    }
    return_permit(core, s, what, code, cause, at);
    if (what != signal::neutral) {
        watch_breaker(core, at, s.topic->text, code);
    }
}

// The breaker hears of one that waited in vain. It holds no permit while it waits, so it takes one to say so; where none is to be
// had the circuit is open already.
template <class Core>
void tell_breaker(Core& core, slot& s, signal what, errc code, std::string_view cause, const moment& at) noexcept {
    const bool never_tried = s.tries.tries() == 0 || s.tries.redirected();
    if (!s.permit && never_tried && what != signal::neutral && !core.silent()) {
        s.permit = core.breaker.allow(s.topic->text, at);
        s.handed_at = s.started.get();
    }
    tell_result(core, s, what, code, cause, at);
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/hand_over.hpp

// The event thread's half of handing over: what is parked goes out in order as soon as its lane, its back-off, the breaker and the
// transport agree. Nothing here recurses: whoever becomes a front is queued, and `pump` goes on until nothing moves.

namespace stentor::inline v0::detail {

template <class Core>
void fail_try(Core& core, typename Core::slot_type& s, const fault& why, outcome what, bool taken_back, const record* returned,
              const moment& at) noexcept;

// A waiter may be ending this very operation on its own thread: a handful of instructions, then it is one of the done phases.
[[nodiscard]] inline phase settled_phase(const slot& s) noexcept {
    phase p = s.at();
    while (p == phase::claimed) {
        ::sched_yield();
        p = s.at();
    }
    return p;
}

// Out of whichever structure the event thread keeps it in, but for its lane.
template <class Core>
void unlink(Core& core, slot& s) noexcept {
    if (s.where == place::topic_queue) {
        core.queues.remove(s);
    } else if (s.where == place::timer) {
        core.back_off.remove(s);
        s.where = place::nowhere;
    }
}

// A queued slot that nothing holds back any more but time, the breaker and the transport.
template <class Core>
void make_ready(Core& core, slot& s, const moment& at) noexcept {
    const phase p = settled_phase(s);
    // `caller`: it is still on its way here, nothing else of it may be read, and it looks for itself when it arrives.
    if (p == phase::caller || s.where != place::nowhere) {
        return;
    }
    if (p == phase::queued_done || (p == phase::queued && s.doomed.load(std::memory_order_relaxed))) {
        s.where = place::finishing;
        s.next = core.to_finish;
        core.to_finish = &s;
    } else if (p == phase::queued) {
        if (s.due <= at.now && !core.queues.push_back(s)) {
            s.due = at.now + milliseconds(10);  // there was no memory for its queue: again then
        }
        if (s.due > at.now) {
            s.where = place::timer;
            core.back_off.add(s);
        }
    }
}

// Something in the lane of `any` has changed: settle what is back, and let the front go.
template <class Core>
void look_after(Core& core, slot* any, const moment& at) noexcept {
    if (any != nullptr) {
        if (slot* const front = core.by_key.settle(*any)) {
            make_ready(core, *front, at);
        }
    }
}

template <class Core>
void leave_lane(Core& core, slot& s, bool maybe_logged, const moment& at) noexcept {
    if (s.lane_at != lane_state::none) {
        look_after(core, core.by_key.leave(s, maybe_logged), at);
    }
}

// The operation has ended without the event thread: only the slot is left to clean up.
template <class Core>
void discard(Core& core, typename Core::slot_type& s, const moment& at) noexcept {
    unlink(core, s);
    s.where = place::nowhere;
    leave_lane(core, s, false, at);
    release(core, s);
}

// A queued slot ends with its own last error, or with this one.
template <class Core>
void end_queued(Core& core, typename Core::slot_type& s, errc code, std::string_view cause, signal what, const moment& at,
                std::string_view hint = {}) noexcept {
    if (!s.move(phase::queued, phase::busy)) {
        if (settled_phase(s) == phase::queued_done) {
            discard(core, s, at);
        }
        return;
    }
    unlink(core, s);
    s.where = place::nowhere;
    tell_breaker(core, s, what, code, cause, at);
    leave_lane(core, s, false, at);
    const bool own_error = s.last == nullptr;
    error e = failing_unsent(s, code, cause);
    if (own_error && !hint.empty()) {
        e.hint = words(hint);
    }
    end(core, s, std::move(e), false, at);
}

// What the client last said, and why the topic's queue stands still.
template <class Core>
[[nodiscard]] std::string why_parked(const Core& core, const slot& s) {
    std::string why;
    if (s.where != place::topic_queue) {
        why = "it waited for an earlier record of its key";
    } else if (const char* const text = core.queues.text(*s.topic)) {
        why = text;
    }
    if (!core.said.empty() && s.where == place::topic_queue && !core.broker_up()) {
        why = core.said;  // with no broker this is the whole story: why it reaches none
    } else if (!core.said.empty()) {
        why.append(why.empty() ? "" : ": ").append(core.said);
    } else if (why.empty()) {
        why = "it could not be handed to a broker in time";
    }
    return why.append(" (waited ").append(patience(s)).append(")");
}

// What helps against the time-out of one that waited: more time does not bring a broker.
template <class Core>
[[nodiscard]] std::string_view parked_hint(const Core& core) noexcept {
    if (core.broker_up()) {
        return hint_for(errc::deadline_exceeded);
    }
    switch (core.said_code) {
        case errc::dns:
        case errc::tls:
        case errc::authentication: return hint_for(core.said_code);
        default: return "Check host and port in `brokers`, that a Kafka broker runs there, and that this machine reaches it.";
    }
}

// The time of a queued one is up, and nothing of this operation is inside the transport.
template <class Core>
void expire_queued(Core& core, typename Core::slot_type& s, const moment& at) noexcept {
    if (core.deadline_of(s) < s.deadline.get()) {
        end_queued(core, s, errc::closed, "it was still waiting to be sent", signal::neutral, at);
    } else if (s.where == place::topic_queue && core.queues.last_block(*s.topic) == topic_queues::block::breaker) {
        end_queued(core, s, errc::circuit_open, why_open(core, *s.topic), signal::neutral, at);
    } else {
        const std::string why = words_of([&] { return why_parked(core, s); });
        end_queued(core, s, errc::deadline_exceeded, why, signal::failure, at, parked_hint(core));
    }
}

// Its topic waits for the breaker, which is asked again when its alarm rings and at each transition.
template <class Core>
void hold_for_breaker(Core& core, const topic_name& topic, const moment& at) noexcept {
    core.queues.hold(topic, topic_queues::block::breaker, nullptr);
    instant when = at.now + std::chrono::milliseconds(100);
    if constexpr (requires { core.breaker.probe_at(topic.text); }) {
        // It may be opened by hand, which nobody tells us: look now and then all the same.
        when = clamped(core.breaker.probe_at(topic.text), at.now + std::chrono::milliseconds(1), at.now + std::chrono::seconds(1));
    }
    core.breaker_alarm = lesser(core.breaker_alarm, when);
}

// Tries to hand over the first of a topic's queue. It leaves the queue unless its topic has to wait.
template <class Core>
void try_hand_over(Core& core, typename Core::slot_type& s) noexcept {
    if (s.lane_at != lane_state::none && !core.by_key.is_front(s)) {
        // One before it has come back since it was queued: its turn comes again behind that one.
        core.queues.remove(s);
        return;
    }
    // Read anew: a handler may have held up this thread past the deadline, and what has expired must not go out any more.
    const moment at = core.transport.now();
    if (core.refused_by_all) {
        // It would wait for a broker that will not have us: say so now, not at its deadline.
        end_queued(core, s, core.said_code, core.said, signal::trip, at);
        return;
    }
    if (at.now >= core.deadline_of(s) || !s.tries.in_time(core.deadline_of(s) - at.now, {core.margin, true})) {
        expire_queued(core, s, at);
        return;
    }
    // Before the breaker is asked, because a waiter may be ending this operation on its own thread.
    if (!s.move(phase::queued, phase::busy)) {
        (void)settled_phase(s);
        discard(core, s, at);
        return;
    }
    s.permit = core.breaker.allow(s.topic->text, at);
    if (!s.permit) {
        s.put(phase::queued);
        hold_for_breaker(core, *s.topic, at);
        return;
    }
    s.handed_at = at.now;
    const fault f = core.transport.submit(s.parked->view(), s);
    if (f.again) {
        return_permit(core, s, signal::neutral, errc::none, {}, at);
        s.put(phase::queued);
        core.queues.hold(*s.topic, topic_queues::block::transport, f.name);
        return;
    }
    core.queues.remove(s);
    s.tries.admitted();
    if (f) {
        fail_try(core, s, f, outcome::not_persisted, false, nullptr, at);
        return;
    }
    // The bytes are the transport's now; a failed report hands them back.
    s.parked.reset();
    s.put(phase::wire);
    if (s.lane_at != lane_state::none) {
        if (slot* const front = core.by_key.handed_over(s)) {
            make_ready(core, *front, at);
        }
    }
    core.sweep_by(s.deadline.get());
}

// Goes on until nothing moves, then sees to the alarm.
template <class Core>
void pump(Core& core, const moment& at) noexcept {
    for (;;) {
        if (slot* const s = core.to_finish) {
            core.to_finish = s->next;
            s->next = nullptr;
            s->where = place::nowhere;
            auto& full = Core::full(*s);
            if (settled_phase(full) == phase::queued_done) {
                discard(core, full, at);
            } else {
                end_queued(core, full, errc::broker_unavailable, "it came back unsent, and a later record of its key is in the log",
                           signal::neutral, at);
            }
        } else if (slot* const next = core.queues.ready()) {
            try_hand_over(core, Core::full(*next));
        } else {
            return;
        }
    }
}

// After `woken`, or when something was added: the transport forgets its alarm each time that it rings.
template <class Core>
void set_alarm(Core& core) noexcept {
    const instant sweep{nanoseconds(core.next_sweep.load(std::memory_order_seq_cst))};
    const instant next = lesser(sweep, lesser(core.back_off.next(), core.breaker_alarm));
    if (next != instant::max()) {
        core.transport.wake_at(next);
    }
}

// What publishing threads have left: refused by the transport, or told to wait.
template <class Core>
void take_incoming(Core& core, const moment& at) noexcept {
    if (core.incoming.empty()) {
        return;
    }
    for (slot* s = core.incoming.take(); s != nullptr;) {
        slot* const next = std::exchange(s->next, nullptr);
        auto& full = Core::full(*s);
        full.where = place::nowhere;
        core.sweep_by(core.parked_until(full));
        if (const phase p = settled_phase(full); p == phase::queued_done || p == phase::wire_done) {
            discard(core, full, at);
        } else if (full.refused != nullptr || full.parked == nullptr) {
            if (full.move(phase::queued, phase::busy)) {
                const box<fault> why = std::move(full.refused);
                fault no_memory;
                no_memory.code = errc::out_of_memory;
                fail_try(core, full, why != nullptr ? *why : no_memory, outcome::not_persisted, false, nullptr, at);
            } else {
                (void)settled_phase(full);
                discard(core, full, at);
            }
        } else if (full.lane_at == lane_state::none) {
            make_ready(core, full, at);
        } else {
            // It may have been the last one handed over when it was put off: then what is back is settled only here.
            look_after(core, &full, at);
        }
        s = next;
    }
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/reports.hpp

// What happens when the wire has spoken, or refused: breaker, retry policy, dead letter, end. On the event thread.

namespace stentor::inline v0::detail {

// The failed record as a dead letter: the same bytes, and what befell it in headers. May throw std::bad_alloc.
[[nodiscard]] inline box<owned_record> make_letter(const slot& s, const failed_try& why, const record& failed, const topic_name& to,
                                                   const moment& at) {
    std::array<char, 16> tries{};
    const auto end_of_tries = std::to_chars(tries.data(), tries.data() + tries.size(), s.tries.tries());
    const rfc3339 time(at.wall);
    const std::string message = s.last->message();
    const std::array<header, 5> added{{
        {"stentor-dlq-original-topic", s.topic->text, true},
        {"stentor-dlq-attempts", {tries.data(), static_cast<std::size_t>(end_of_tries.ptr - tries.data())}, false},
        {"stentor-dlq-error", to_string(why.code), true},
        {"stentor-dlq-message", message, false},
        {"stentor-dlq-time", time.view(), false},
    }};
    record letter = failed;
    letter.topic = to.text;
    letter.partition = -1;
    return box<owned_record>(new owned_record(letter, header_view(added.data(), added.size())));
}

// Keeps what the next try needs: the bytes, and why the last one failed. False: there is no memory, or there are no bytes.
[[nodiscard]] inline bool keep_for_next(slot& s, const action& next, const failed_try& why, const record* returned,
                                        const moment& at) noexcept {
    if (returned == nullptr && s.parked == nullptr) {
        return false;
    }
    try {
        if (next.what != action::kind::submit) {
            s.last = box<error>(new error(error_of(s, why.code, why.cause, next.outcome)));
        }
        if (next.what == action::kind::redirect) {
            s.parked = make_letter(s, why, returned != nullptr ? *returned : s.parked->view(), topic_names::intern(next.topic), at);
        } else if (returned != nullptr) {
            // Topic and partition as they were asked for: the report may have its own view of the one, and the outcome of the
            // other.
            record again = *returned;
            again.topic = s.topic->text;
            again.partition = s.partition;
            s.parked = box<owned_record>(new owned_record(again));
        }
        return true;
    } catch (const std::bad_alloc&) {
        s.last.reset();
        return false;
    }
}

// The dead letter sets out. The slot leaves its lane and gets a deadline of its own.
template <class Core>
void redirect(Core& core, typename Core::slot_type& s, const action& next, const moment& at) noexcept {
    leave_lane(core, s, false, at);
    s.topic = &topic_names::intern(next.topic);
    s.partition = -1;
    const instant its_own = later(at.now, next.deadline);
    s.deadline = its_own;
    s.due = at.now;
    s.doomed.store(false, std::memory_order_relaxed);
    s.where = place::nowhere;
    if (waiter* const w = s.waiting.load(std::memory_order_relaxed)) {
        w->until.store(its_own.time_since_epoch().count(), std::memory_order_release);
    }
    s.put(phase::queued);
    core.sweep_by(core.deadline_of(s));
    make_ready(core, s, at);
}

// What a failed try means. One that was taken back was never sent: not the try has failed, but at its deadline the operation has.
template <class Core>
[[nodiscard]] failure_class class_of(const Core& core, const slot& s, const fault& why, bool taken_back, bool expired) noexcept {
    if (!taken_back) {
        return classify(why);
    }
    if (expired && core.deadline_of(s) == s.deadline.get()) {
        return {errc::deadline_exceeded, false, signal::failure};
    }
    return {errc::closed, false, signal::neutral};
}

// A try has failed: at submit or by report. The slot is busy, its permit not yet returned. `returned` is the record when the report
// hands it back; otherwise the slot has kept its bytes.
template <class Core>
void fail_try(Core& core, typename Core::slot_type& s, const fault& why, outcome what, bool taken_back, const record* returned,
              const moment& at) noexcept {
    const instant limit = core.deadline_of(s);
    const bool expired = at.now >= limit;
    const failure_class kind = class_of(core, s, why, taken_back, expired);
    const std::string_view cause = !taken_back         ? why.text()
                                   : core.said.empty() ? std::string_view{"it was still waiting to be sent"}
                                                       : std::string_view{core.said};
    tell_result(core, s, kind.signal, kind.code, cause, at);
    const attempt_rules rules{core.margin, core.broker_up() && core.close_by.load(std::memory_order_relaxed) == Core::never};
    const failed_try failed{kind.code,  kind.transient,           what,           cause,
                            taken_back, at.now - s.started.get(), limit - at.now, at.random};
    if (kind.code == errc::unknown_topic || kind.code == errc::authorization) {
        event e;
        e.what = kind.code == errc::unknown_topic ? event::kind::topic_missing : event::kind::topic_denied;
        e.topic = s.topic->text;
        e.code = kind.code;
        e.cause = cause;
        e.at = at;
        core.tell(e);
    }
    if (expired && taken_back) {
        s.tries.withdrawn();
        leave_lane(core, s, false, at);
        end(core, s, failing_unsent(s, kind.code, cause), false, at);
        return;
    }
    const bool logged = what == outcome::unknown;
    // After the deadline, or after close, there is nothing left to decide: no policy is asked, nothing is redirected.
    const action next = expired || core.silent() ? s.tries.expired(what) : s.tries.failed(core.retry, failed, rules);
    if (next.what == action::kind::finish || !keep_for_next(s, next, failed, returned, at)) {
        leave_lane(core, s, logged, at);
        end(core, s, failing(s, failed.code, cause, what), false, at);
        return;
    }
    const failure f{s.tries.tries(), failed.elapsed, failed.remaining, failed.code, cause, next.outcome, kind.transient, at.random};
    if (next.what == action::kind::redirect) {
        redirect_span(s, f, redirect_to(next.topic, next.deadline), at);
        redirect(core, s, next, at);
        return;
    }
    // It goes again: `wait` after its back-off, `submit` as soon as it may.
    s.due = at.now + next.delay;
    s.where = place::nowhere;
    if (next.what == action::kind::wait && s.span) {
        s.span->retrying(f, retry_in(next.delay), at);
    }
    s.put(phase::queued);
    core.sweep_by(core.parked_until(s));
    if (s.lane_at == lane_state::none) {
        make_ready(core, s, at);
        return;
    }
    if (s.lane_at == lane_state::handed) {
        core.by_key.came_back(s, logged);
    }
    look_after(core, &s, at);
}

// The wire speaks of an operation that has ended: the slot goes home, and whoever wants to know is told.
template <class Core>
void report_late(Core& core, typename Core::slot_type& s, const report& what, const moment& at) noexcept {
    const topic_name& topic = *s.topic;
    leave_lane(core, s, what.outcome != outcome::not_persisted, at);
    release(core, s);
    if (core.silent()) {
        return;
    }
    event e;
    e.what = event::kind::late_report;
    e.topic = topic.text;
    e.outcome = what.outcome;
    e.code = what.outcome == outcome::persisted ? errc::none : classify(what.why).code;
    e.cause = what.why.text();
    e.at = at;
    core.tell(e);
    if (core.options.late_outcome) {
        late_report late;
        late.topic = topic.text;
        late.key = what.returned != nullptr ? what.returned->key : std::string_view{};
        late.outcome = what.outcome;
        late.cause = what.why.text();
        late.where.topic = topic.text;
        late.where.partition = what.partition;
        late.where.offset = what.offset;
        late.where.time = what.time;
        run_handler(core, topic.text, [&] { core.options.late_outcome(late); });
    }
}

template <class Core>
void on_completed(Core& core, typename Core::slot_type& s, const report& what, const moment& at) noexcept {
    if (!s.move(phase::wire, phase::busy)) {
        (void)settled_phase(s);
        report_late(core, s, what, at);
    } else if (what.outcome == outcome::persisted) {
        tell_result(core, s, signal::success, errc::none, {}, at);
        leave_lane(core, s, true, at);
        receipt where{s.topic->text, what.partition, what.offset, what.time, s.tries.tries()};
        if (s.tries.redirected() && s.last != nullptr) {
            error e = std::move(*s.last);
            e.dead_letter.what = dead_letter_result::state::written;
            where.attempts = 1;
            e.dead_letter.where = where;
            end(core, s, std::move(e), false, at);
        } else {
            end(core, s, where, false, at);
        }
    } else {
        // A handler of an earlier report may have taken its time since this one's was read.
        fail_try(core, s, what.why, what.outcome, what.taken_back, what.returned, core.transport.now());
    }
    watch_breaker(core, at);
    pump(core, at);
    if (core.breaker_alarm != instant::max() || !core.back_off.empty()) {
        set_alarm(core);
    }
}

template <class Core>
void on_client(Core& core, const client_event& what, const moment& at) noexcept {
    if constexpr (requires { core.breaker.on_client(what, at); }) {
        if (!core.silent()) {
            core.breaker.on_client(what, at);
        }
    }
    switch (what.what) {
        case client_event::kind::broker_up:
            core.said.clear();
            core.said_code = errc::none;
            core.refused_by_all = false;
            break;
        case client_event::kind::authentication_failed:
        case client_event::kind::tls_failed:
            core.said_code = what.what == client_event::kind::tls_failed ? errc::tls : errc::authentication;
            core.said = words(what.cause);
            core.refused_by_all = true;
            break;
        default:
            if (!what.cause.empty() && !core.refused_by_all) {
                core.said_code = what.code;
                core.said = words(what.cause);
            }
            break;
    }
    event e;
    e.what = event::kind::client;
    e.client = what.what;
    e.code = what.code;
    e.cause = what.cause;
    e.at = at;
    core.tell(e);
    if (core.refused_by_all) {
        // Nothing that waits for a broker can get through, and all of it is to be told now.
        core.queues.release(topic_queues::block::transport);
        core.queues.release(topic_queues::block::breaker);
    }
    watch_breaker(core, at, {}, core.refused_by_all ? core.said_code : errc::none);
    pump(core, at);
    set_alarm(core);
}

template <class Core>
void on_resumed(Core& core, const moment& at) noexcept {
    take_incoming(core, at);
    core.queues.release(topic_queues::block::transport);
    pump(core, at);
    set_alarm(core);
}

}  // namespace stentor::inline v0::detail

// Deadlines. There is one alarm for all of them, at the earliest: when it rings, every slot in use is looked at. That costs
// microseconds a sweep and nothing a publish; a timer for each record cost 40 ns of every one.

namespace stentor::inline v0::detail {

// What the transport has when the deadline comes may be on its way to the log. 250 ms are promised; they are used: first for a
// report that is about to come, then for asking the transport what it never sent.
inline constexpr nanoseconds ask_after = std::chrono::milliseconds(100);
inline constexpr nanoseconds give_up_after = std::chrono::milliseconds(200);

// How a sweep went: when the next one is due, and what is inside the transport.
struct sweep_result {
    instant next = instant::max();
    bool unexpired_inside = false;
    bool ask = false;

    void by(instant when) noexcept { next = lesser(next, when); }
};

// The operation ends, the wire still has the record.
template <class Core>
void end_inside(Core& core, typename Core::slot_type& s, bool closing, const moment& at) noexcept {
    if (!s.move(phase::wire, phase::busy)) {
        return;  // a waiter was quicker
    }
    const errc code = closing ? errc::closed : errc::deadline_exceeded;
    const std::string cause = words_of([&] {
        return "no broker acknowledged it" + (closing ? std::string{" before close()"} : " within " + patience(s)) +
               ": it may or may not be in the log";
    });
    tell_result(core, s, closing ? signal::neutral : signal::failure, code, cause, at);
    end(core, s, failing(s, code, cause, outcome::unknown), true, at);
}

template <class Core>
void sweep_inside(Core& core, typename Core::slot_type& s, const moment& at, sweep_result& found) noexcept {
    const instant limit = core.deadline_of(s);
    if (at.now < limit) {
        found.unexpired_inside = true;
        found.by(limit);
    } else if (!takes_back<decltype(core.transport)> || at.now >= limit + give_up_after) {
        end_inside(core, s, limit < s.deadline.get(), at);
    } else if (at.now < limit + ask_after) {
        found.by(limit + ask_after);
    } else {
        found.ask = true;
        found.by(limit + give_up_after);
    }
}

template <class Core>
void sweep_queued(Core& core, typename Core::slot_type& s, const moment& at, sweep_result& found) noexcept {
    if (s.where == place::inbox || s.where == place::finishing) {
        found.by(at.now + std::chrono::milliseconds(1));  // its turn comes in a moment
        return;
    }
    if (const instant limit = core.parked_until(s); at.now < limit) {
        found.by(limit);
    } else {
        expire_queued(core, s, at);
    }
}

template <class Core>
void sweep(Core& core, const moment& at) noexcept {
    // From here on a publish sets its own alarm: either it sees this, or the loop below sees its slot.
    core.next_sweep.store(Core::never, std::memory_order_seq_cst);
    sweep_result found;
    for (std::size_t i = 0; i < core.pool.high_water(); ++i) {
        auto& s = core.pool[i];
        switch (phase_of(s.state.load(std::memory_order_seq_cst))) {
            case phase::wire: sweep_inside(core, s, at, found); break;
            case phase::queued: sweep_queued(core, s, at, found); break;
            case phase::queued_done:
                if (s.where != place::inbox && s.where != place::finishing) {
                    discard(core, s, at);
                }
                break;
            case phase::claimed: found.by(at.now + std::chrono::milliseconds(1)); break;
            default: break;
        }
    }
    if constexpr (takes_back<decltype(core.transport)>) {
        // The request is for the whole client: what others still have time for would only come back to be sent again.
        if (found.ask && !found.unexpired_inside) {
            core.transport.take_back();
        }
    }
    if (found.next != instant::max()) {
        core.sweep_by(found.next);
    }
}

template <class Core>
void on_woken(Core& core, const moment& at) noexcept {
    take_incoming(core, at);
    while (core.back_off.next() <= at.now) {
        slot& s = core.back_off.first();
        core.back_off.remove(s);
        s.where = place::nowhere;
        make_ready(core, s, at);
    }
    if (core.breaker_alarm <= at.now) {
        core.breaker_alarm = instant::max();
        core.queues.release(topic_queues::block::breaker);
    }
    pump(core, at);
    if (core.next_sweep.load(std::memory_order_seq_cst) <= at.now.time_since_epoch().count()) {
        sweep(core, at);
        pump(core, at);
    }
    watch_breaker(core, at);
    pump(core, at);
    set_alarm(core);
}

// At the end of every call of the transport: a publisher that was destroyed on an event thread goes when all has ended. May destroy
// the core.
template <class Core>
void let_go(Core& core) noexcept {
    if (core.leaving.load(std::memory_order_acquire) && core.books.read().in_flight == 0) {
        core.leaving.store(false, std::memory_order_relaxed);
        core.told_last.store(true, std::memory_order_seq_cst);
        core.tell_closed();
        std::shared_ptr<Core> last = std::move(core.itself);
        const instant until{nanoseconds(core.close_by.load(std::memory_order_relaxed))};
        core.transport.retire(std::move(last), until);
    }
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/fork.hpp

#include <pthread.h>

// A forked child has the publisher's memory but none of its threads: whatever it hands over is never sent. So a publisher remembers
// in which process it was made. A counter that the child's fork handler moves costs one load to compare; getpid() is a system call.

namespace stentor::inline v0::detail {

inline std::atomic<std::uint32_t> fork_count{0};

// How often this process is a child of a fork since the library was first used.
[[nodiscard]] inline std::uint32_t process_generation() noexcept {
    static const int registered = ::pthread_atfork(nullptr, nullptr, [] { fork_count.fetch_add(1, std::memory_order_relaxed); });
    (void)registered;
    return fork_count.load(std::memory_order_relaxed);
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/look.hpp

namespace stentor::inline v0::detail {

// An operation in that phase has no outcome yet, and its slot says when it began.
[[nodiscard]] constexpr bool in_flight(phase p) noexcept {
    return p == phase::wire || p == phase::queued || p == phase::busy || p == phase::claimed;
}

// On any thread, while all others go on. A slot may begin its next operation between the two loads: then its age is that of the new
// one, and the old one has just ended.
template <class Core>
void look_at_slots(Core& core, publisher_snapshot& seen) noexcept {
    for (std::size_t i = 0, end = core.pool.high_water(); i < end; ++i) {
        const slot& s = core.pool[i];
        const phase p = s.at();
        seen.slots_in_use += p != phase::free ? 1U : 0U;
        if (in_flight(p)) {
            seen.oldest_in_flight = std::max({seen.oldest_in_flight, seen.at.now - s.started.get(), nanoseconds(1)});
            seen.overdue = std::max(seen.overdue, seen.at.now - core.deadline_of(s));
        }
    }
}

template <class Core>
[[nodiscard]] publisher_snapshot look(Core& core) noexcept {
    using transport_type = decltype(core.transport);
    publisher_snapshot seen;
    seen.gone = false;
    seen.enabled = core.options.enabled;
    seen.closed = core.closed.load(std::memory_order_acquire);
    seen.account = core.books.read();
    seen.at = core.transport.now();
    seen.breaker = circuit_at(core.breaker, seen.at.now);
    seen.slots = core.pool.size();
    seen.bytes = core.options.bytes;
    seen.bytes_in_use = core.pool.bytes_in_use();
    // One that is not to publish, or does no more, is not ill because it has no broker.
    seen.knows_brokers = knows_brokers<transport_type> && seen.enabled && !seen.closed;
    if constexpr (counts_brokers<transport_type>) {
        seen.brokers_up = core.transport.brokers_up();
    } else if constexpr (knows_brokers<transport_type>) {
        seen.brokers_up = core.transport.up() ? 1 : 0;
    }
    look_at_slots(core, seen);
    return seen;
}

// What a publisher needs to make a source.
struct snapshot_access {
    template <class Core>
    [[nodiscard]] static snapshot_source source(const std::shared_ptr<Core>& core) noexcept {
        return {core, [](void* of) noexcept { return look(*static_cast<Core*>(of)); }};
    }
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/pick.hpp

// Sorts constructor arguments into their roles: `basic_publisher{transport, no_breaker{}}` swaps just the breaker. No two concepts
// share a verb, so a type can have one role only.

namespace stentor::inline v0::detail {

enum class role {
    serializer,
    retry,
    breaker,
    tracer,
    options,
    none
};

template <class Policy>
[[nodiscard]] consteval role role_of() noexcept {
    if constexpr (std::is_same_v<Policy, publisher_options>) {
        return role::options;
    } else if constexpr (retry_policy<Policy>) {
        return role::retry;
    } else if constexpr (breaker<Policy>) {
        return role::breaker;
    } else if constexpr (tracer<Policy>) {
        return role::tracer;
    } else if constexpr (serializer<Policy>) {
        return role::serializer;
    } else {
        return role::none;
    }
}

template <role Role, class... Policies>
[[nodiscard]] consteval std::size_t index_of() noexcept {
    constexpr std::size_t count = sizeof...(Policies);
    if constexpr (count != 0) {
        constexpr role roles[] = {role_of<Policies>()...};
        for (std::size_t i = 0; i < count; ++i) {
            if (roles[i] == Role) {
                return i;
            }
        }
    }
    return count;
}

template <role Role, class Default, class... Policies>
struct pick {
    using type = std::tuple_element_t<index_of<Role, Policies...>(), std::tuple<Policies..., Default>>;
};
template <role Role, class Default, class... Policies>
using pick_t = typename pick<Role, Default, Policies...>::type;

// The argument of that role, moved out, or a default one.
template <role Role, class Wanted, class... Policies>
[[nodiscard]] Wanted take(std::tuple<Policies...>& from) {
    constexpr std::size_t i = index_of<Role, std::decay_t<Policies>...>();
    if constexpr (i < sizeof...(Policies)) {
        return std::move(std::get<i>(from));
    } else {
        return Wanted{};
    }
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/waiting.hpp

#include <time.h>

#include <chrono>

// Those who wait: a synchronous publish, flush, close. None of them depends on the event thread for its end.

namespace stentor::inline v0::detail {

// A waiter ends its operation itself when the event thread has not by now: something holds that up.
inline constexpr nanoseconds claim_after = std::chrono::milliseconds(235);

// What it says then. A handler is only named when one certainly runs there: a process that gets no time looks the same from here.
struct hold_up {
    std::string_view past_deadline;
    std::string_view past_close;
    std::string_view hint;

    [[nodiscard]] constexpr std::string_view cause(errc code) const noexcept {
        return code == errc::closed ? past_close : past_deadline;
    }
    [[nodiscard]] constexpr bool is(std::string_view said) const noexcept { return said == past_deadline || said == past_close; }
};
inline constexpr hold_up by_a_handler{"a handler of this client has kept the event thread past the deadline",
                                      "a handler of this client has kept the event thread past the time given to close()",
                                      "Do slow work in a thread of your own, not in a handler."};
inline constexpr hold_up by_something{
    "the event thread of this client was held up past the deadline",
    "the event thread of this client was held up past the time given to close()",
    "Slow handlers do that, whose work belongs in a thread of your own, and a machine that is overloaded."};

[[nodiscard]] inline recipient awaited_by(waiter& w) noexcept {
    return {[](slot& into, void* from) noexcept {
                waiter& mine = *static_cast<waiter*>(from);
                mine.where = &into;
                mine.number = into.number();
                mine.until.store(into.deadline.get().time_since_epoch().count(), std::memory_order_relaxed);
                into.waiting.store(&mine, std::memory_order_relaxed);
            },
            &w};
}

// Ends that operation of a synchronous caller, on the thread of the caller or of who closes the publisher. False: the event thread
// is at it this moment, or has ended it. The brokers had no part in it, so the breaker does not count it.
template <class Core>
[[nodiscard]] bool claim(Core& core, typename Core::slot_type& s, std::uint64_t number, errc code) noexcept {
    for (const phase from : {phase::wire, phase::queued}) {
        std::uint64_t expected = state_word(number, from);
        if (!s.state.compare_exchange_strong(expected, state_word(number, phase::claimed), std::memory_order_acq_rel)) {
            continue;
        }
        const bool inside = from == phase::wire;
        const moment at = core.transport.now();
        const hold_up& why = core.served_by.surely_runs_a_handler() ? by_a_handler : by_something;
        const std::string_view cause = why.cause(code);
        error e = inside ? failing(s, code, cause, outcome::unknown) : failing_unsent(s, code, cause);
        if (e == code && e.cause == cause) {
            e.hint = words(why.hint, inside ? perhaps_twice : std::string_view{});
        }
        const outcome what = e.outcome;
        result<receipt> r = std::move(e);
        return_permit(core, s, signal::neutral, code, cause, at);
        core.books.close_claimed(what);
        finish_span(core, s, r, at);
        waiter* const w = s.waiting.exchange(nullptr, std::memory_order_relaxed);
        s.put(inside ? phase::wire_done : phase::queued_done);
        core.ended_in_place(s);
        w->finish(std::move(r));
        return true;
    }
    return false;
}

// All synchronous callers of a publisher that is closed while a handler holds up the event thread.
template <class Core>
void claim_all(Core& core) noexcept {
    for (std::size_t i = 0; i < core.pool.high_water(); ++i) {
        auto& s = core.pool[i];
        const std::uint64_t word = s.state.load(std::memory_order_acquire);
        // That it has a waiter can't change as long as its state is the same.
        if (s.waiting.load(std::memory_order_relaxed) != nullptr) {
            (void)claim(core, s, number_of(word), errc::closed);
        }
    }
}

// Until every one of them has its outcome.
template <class Core>
void await(Core& core, waiter* first, std::size_t count, latch& all) noexcept {
    for (;;) {
        instant until = instant::min();
        for (waiter* w = first; w != first + count; ++w) {
            if (!w->done.load(std::memory_order_acquire)) {
                until = greater(until, instant{nanoseconds(w->until.load(std::memory_order_acquire))});
            }
        }
        if (all.is_set() || core.transport.wait(all, until + claim_after)) {
            return;
        }
        const instant now = core.transport.now().now;
        for (waiter* w = first; w != first + count; ++w) {
            if (!w->done.load(std::memory_order_acquire) &&
                now >= instant{nanoseconds(w->until.load(std::memory_order_acquire))} + claim_after &&
                !claim(core, Core::full(*w->where), w->number, errc::deadline_exceeded)) {
                // The event thread has it: it will not be long.
                (void)core.transport.wait(all, core.transport.now().now + std::chrono::milliseconds(5));
            }
        }
    }
}

// Until all operations before this call have ended, or the instant has come.
template <class Core>
[[nodiscard]] bool drain(Core& core, instant until) noexcept {
    const std::uint64_t before = core.books.next();
    watchers::watch mine;
    core.watched.add(mine);
    core.pool.line_up();
    bool drained = true;
    for (std::size_t i = 0; drained && i < core.pool.high_water(); ++i) {
        auto& s = core.pool[i];
        // A slot that was free a moment ago and is not any more holds a later operation.
        const auto ended = [&] {
            const std::uint64_t word = s.state.load(std::memory_order_seq_cst);
            const phase p = phase_of(word);
            return p == phase::free || p == phase::wire_done || p == phase::queued_done || number_of(word) >= before;
        };
        while (drained && !ended()) {
            core.watched.look_at(mine, &s);
            drained = ended() || core.transport.wait(mine.woken, until) || ended();
        }
    }
    core.watched.remove(mine);
    return drained;
}

// Until nothing is in flight any more, or the instant has come. To be called once nothing new can begin.
template <class Core>
[[nodiscard]] bool drain_all(Core& core, instant until) noexcept {
    instant last{};
    for (int stills = 0; drain(core, until) && stills < 1'000'000; ::sched_yield()) {
        if (core.books.read().in_flight == 0) {
            return true;
        }
        // Counted by its publishing thread, but not in its slot yet: a few instructions. Virtual time may stand still meanwhile; if
        // the count is wrong, that is no reason to wait for ever.
        const instant now = core.transport.now().now;
        if (now >= until) {
            break;
        }
        stills = now == std::exchange(last, now) ? stills + 1 : 0;
    }
    return false;
}

// A nap of the real clock, also where time is virtual: who runs the handler that is waited for may be the only one to move that.
inline void nap() noexcept {
    const std::timespec a_little{0, 1'000'000};
    ::nanosleep(&a_little, nullptr);
}

// Until the transport's call that runs now, if any, has ended.
template <class Core>
void await_event_call(Core& core) noexcept {
    const std::uint64_t calls = core.event_calls.load(std::memory_order_seq_cst);
    while (calls % 2 == 1 && core.event_calls.load(std::memory_order_seq_cst) == calls) {
        nap();
    }
}

// Our alarm's time has come, and the event thread has not been at it yet.
template <class Core>
[[nodiscard]] bool sweep_due(Core& core) noexcept {
    return core.next_sweep.load(std::memory_order_seq_cst) <= core.transport.now().now.time_since_epoch().count();
}

// Until no handler, of this publisher or of another one on the same client, keeps the event thread from our alarm, and the rest has
// had its chance to end.
template <class Core>
[[nodiscard]] bool drain_behind_handlers(Core& core) noexcept {
    for (;;) {
        const std::uint64_t begun = core.served_by.handlers_begun();
        const bool waited = core.served_by.may_run_a_handler();
        await_event_call(core);
        while (core.served_by.may_run_a_handler() && sweep_due(core)) {
            nap();
        }
        // Also when none runs any more: it may have let go of the event thread just now, which needs a moment to get to our alarm.
        if (drain_all(core, core.transport.now().now + std::chrono::milliseconds(waited ? 250 : 20))) {
            return true;
        }
        // Several of them, one behind the other?
        if (!sweep_due(core) || (!core.served_by.may_run_a_handler() && core.served_by.handlers_begun() == begun)) {
            return false;
        }
    }
}

// Lowers every deadline, waits for the outcomes, and for a handler that is running. Afterwards no user code runs any more.
template <class Core>
[[nodiscard]] bool close(Core& core, nanoseconds within) noexcept {
    const instant until = later(core.transport.now().now, within);
    core.shut(until);
    bool drained = drain_all(core, until + give_up_after + std::chrono::milliseconds(20));
    if (!drained) {
        claim_all(core);
        drained = drain_behind_handlers(core);
    }
    const bool first = !core.told_last.exchange(true, std::memory_order_seq_cst);
    await_event_call(core);
    if (first) {
        core.tell_closed();
    }
    while (!core.told_closed.load(std::memory_order_acquire)) {
        nap();  // another thread closes, too, and the tracer is still at its last word
    }
    return drained;
}

// The publisher is destroyed on an event thread, its own or another's, which must not wait: what is in flight goes on to its
// outcome within that time, and the last report lets go of the core.
template <class Core>
void leave(std::shared_ptr<Core> last, nanoseconds within) noexcept {
    Core& core = *last;
    core.itself = last;
    core.leaving.store(true, std::memory_order_seq_cst);
    core.shut(later(core.transport.now().now, within));
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/wrong_policy.hpp

// What is wrong with a publisher's policies, said in one error (see all_right.hpp). A publisher that cannot be is made of
// stand-ins, about which there is nothing more to say.

namespace stentor::inline v0::detail {

enum class wrong {
    nothing,  // the rest in the order of the five roles
    attach,
    submit,
    now,
    wake_at,
    wait,
    retire,
    content_type,
    next,
    allow,
    record,
    state,
    start,
    retrying,
    finish,
    immovable,
    order,
    no_role,
    twice,
    other_type,
    inner_retry_policy,
    inner_breaker,
    inner_tracer
};

// Each says what the place or the nearest role requires. `Policy` is only there to be named by the compiler.
template <wrong What, class Policy>
struct verdict_on {
    [[nodiscard]] static consteval bool is_not(wrong that) noexcept { return What != that; }

    static_assert(is_not(wrong::attach),
                  "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: void attach(events&) "
                  "noexcept. This type has none, or it differs in its types or is not noexcept. See stentor/transport.hpp");
    static_assert(is_not(wrong::submit),
                  "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: fault submit(const "
                  "record&, completion&) noexcept. This type has none, or it differs in its types or is not noexcept. See "
                  "stentor/transport.hpp");
    static_assert(
        is_not(wrong::now),
        "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: moment now() noexcept. "
        "This type has none, or it differs in its types or is not noexcept. See stentor/transport.hpp");
    static_assert(is_not(wrong::wake_at),
                  "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: void wake_at(instant) "
                  "noexcept. This type has none, or it differs in its types or is not noexcept. See stentor/transport.hpp");
    static_assert(
        is_not(wrong::wait),
        "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: bool wait(latch&, "
        "instant) noexcept. This type has none, or it differs in its types or is not noexcept. See stentor/transport.hpp");
    static_assert(is_not(wrong::retire),
                  "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: void "
                  "retire(std::shared_ptr<void>, instant) noexcept. This type has none, or it differs in its types or is not "
                  "noexcept. See stentor/transport.hpp");
    static_assert(
        is_not(wrong::content_type),
        "stentor: a serializer (2nd of transport, serializer, retry_policy, breaker, tracer) needs: static constexpr "
        "std::string_view content_type, and fault serialize(const T&, buffer&) const. This type has no such content_type. "
        "See stentor/serializer.hpp");
    static_assert(is_not(wrong::next),
                  "stentor: a retry_policy (3rd of transport, serializer, retry_policy, breaker, tracer) needs: verdict next(const "
                  "failure&) const noexcept. This type has none, or it differs in its types or is not noexcept. See "
                  "stentor/retry.hpp");
    static_assert(is_not(wrong::allow),
                  "stentor: a breaker (4th of transport, serializer, retry_policy, breaker, tracer) needs: std::optional<permit> "
                  "allow(std::string_view, const moment&) noexcept. This type has none, or it differs in its types or is not "
                  "noexcept. See stentor/breaker.hpp");
    static_assert(
        is_not(wrong::record),
        "stentor: a breaker (4th of transport, serializer, retry_policy, breaker, tracer) needs: void record(permit, const "
        "call&, const moment&) noexcept. This type has none, or it differs in its types or is not noexcept. See "
        "stentor/breaker.hpp");
    static_assert(is_not(wrong::state),
                  "stentor: a breaker (4th of transport, serializer, retry_policy, breaker, tracer) needs: circuit state() const "
                  "noexcept. This type has none, or it differs in its types or is not noexcept. See stentor/breaker.hpp");
    static_assert(
        is_not(wrong::start),
        "stentor: a tracer (5th of transport, serializer, retry_policy, breaker, tracer) needs: span start(const record&, "
        "header_sink&, publish_context&) noexcept. This type has none, or it differs in its types or is not noexcept. See "
        "stentor/tracer.hpp");
    static_assert(
        is_not(wrong::retrying),
        "stentor: the span of a tracer (5th of transport, serializer, retry_policy, breaker, tracer) needs: void "
        "retrying(const failure&, const verdict&, const moment&) noexcept. This one has none, or it differs in its types or "
        "is not noexcept. See stentor/tracer.hpp");
    static_assert(is_not(wrong::finish),
                  "stentor: the span of a tracer (5th of transport, serializer, retry_policy, breaker, tracer) needs: void "
                  "finish(const result<receipt>&, const moment&) noexcept. This one has none, or it differs in its types or is not "
                  "noexcept. See stentor/tracer.hpp");
    static_assert(is_not(wrong::immovable),
                  "stentor: policies are moved into the publisher, and this type cannot be moved (a mutex or an atomic in it?). "
                  "Hold that by std::unique_ptr, or give the type a move constructor.");
    static_assert(is_not(wrong::order),
                  "stentor: the policies are in the wrong order. Template arguments: basic_publisher<Transport, Serializer, "
                  "RetryPolicy, Breaker, Tracer>. Constructor arguments: the transport first, the others in any order.");
    static_assert(
        is_not(wrong::no_role),
        "stentor: this argument has none of the five roles: transport (comes first), serializer (has serialize, "
        "content_type), retry_policy (next), breaker (allow, record, state), tracer (start); nor is it publisher_options.");
    static_assert(
        is_not(wrong::twice),
        "stentor: two arguments have the same role. Give one transport, and at most one serializer, retry_policy, breaker, "
        "tracer (several as one: tracer_chain{…}) and publisher_options.");
    static_assert(is_not(wrong::other_type),
                  "stentor: this argument is not of the type that basic_publisher's template arguments name for its role. Name its "
                  "type there, or leave the template arguments out: basic_publisher{transport, policies…}");
    static_assert(
        is_not(wrong::inner_retry_policy),
        "stentor: what a dead_letter<Inner> holds is a retry_policy: verdict next(const failure&) const noexcept. This type "
        "has none, or it differs in its types or is not noexcept. See stentor/retry.hpp");
    static_assert(
        is_not(wrong::inner_breaker),
        "stentor: what a per_topic<Breaker> holds is a breaker: allow, record and state, all noexcept. This type has not all "
        "of them, or they differ in their types or are not noexcept. See stentor/breaker.hpp");
    static_assert(is_not(wrong::inner_tracer),
                  "stentor: each element of a tracer_chain is a tracer: start, and its span retrying and finish, all noexcept. One "
                  "here has not all of them, or they differ in their types or are not noexcept. See stentor/tracer.hpp");
};

template <class T>
[[nodiscard]] consteval wrong wrong_with_transport() noexcept {
    return !has_attach<T>    ? wrong::attach
           : !has_submit<T>  ? wrong::submit
           : !has_now<T>     ? wrong::now
           : !has_wake_at<T> ? wrong::wake_at
           : !has_wait<T>    ? wrong::wait
           : !has_retire<T>  ? wrong::retire
                             : wrong::nothing;
}
template <class B>
[[nodiscard]] consteval wrong wrong_with_breaker() noexcept {
    return !has_allow<B> ? wrong::allow : !has_record<B> ? wrong::record : !has_state<B> ? wrong::state : wrong::nothing;
}
template <class T>
[[nodiscard]] consteval wrong wrong_with_tracer() noexcept {
    return !has_start<T> ? wrong::start : !has_retrying<T> ? wrong::retrying : !has_finish<T> ? wrong::finish : wrong::nothing;
}

// A type that has a member of a name, of whatever kind, makes that name ambiguous here.
struct role_names {
    int attach, submit, wake_at, retire, content_type, serialize, next, allow, record, start;
};
template <class Policy>
struct with_role_names : Policy, role_names {};

// For what is no policy at all: what is wrong for the role that its members' names suggest.
template <class Policy>
[[nodiscard]] consteval wrong wrong_with_nearest() noexcept {
    if constexpr (std::is_class_v<Policy> && !std::is_final_v<Policy>) {
        using names = with_role_names<Policy>;
        if constexpr (!requires { &names::next; }) {
            return wrong::next;
        } else if constexpr (!requires { &names::allow; } || !requires { &names::record; }) {
            return wrong_with_breaker<Policy>();
        } else if constexpr (!requires { &names::start; }) {
            return wrong_with_tracer<Policy>();
        } else if constexpr (!requires { &names::serialize; } || !requires { &names::content_type; }) {
            return wrong::content_type;
        } else if constexpr (!requires { &names::attach; } || !requires { &names::submit; }) {
            return wrong_with_transport<Policy>();
        }
    }
    return wrong::no_role;
}

template <class T, class List>
inline constexpr bool is_one_of = false;
template <class T, class... Types>
inline constexpr bool is_one_of<T, std::tuple<Types...>> = (std::is_same_v<T, Types> || ...);

template <class Policy>
inline constexpr bool has_a_role = stentor::transport<Policy> || role_of<Policy>() != role::none;

// A policy in another one's place is in the wrong order; one of no role at all is told what it lacks.
template <wrong Lack, class Policy>
using verdict_in_place = std::type_identity<verdict_on<has_a_role<Policy> ? wrong::order : Lack, Policy>>;

// A policy made of others stands for itself, but for what is wrong inside.
template <class Policy>
concept wrong_inside = requires { typename Policy::wrong_inside; };

template <class Policy, class... Rest>
[[nodiscard]] consteval auto judge_moves() noexcept {
    if constexpr (!std::is_move_constructible_v<Policy>) {
        return std::type_identity<verdict_on<wrong::immovable, Policy>>{};
    } else if constexpr (sizeof...(Rest) != 0) {
        return judge_moves<Rest...>();
    } else {
        return std::type_identity<all_right>{};
    }
}

// The first of the five that is wrong, and how.
template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
[[nodiscard]] consteval auto judge_places() noexcept {
    if constexpr (!stentor::transport<Transport>) {
        return verdict_in_place<wrong_with_transport<Transport>(), Transport>{};
    } else if constexpr (!stentor::serializer<Serializer>) {
        return verdict_in_place<wrong::content_type, Serializer>{};
    } else if constexpr (!stentor::retry_policy<RetryPolicy>) {
        return verdict_in_place<wrong::next, RetryPolicy>{};
    } else if constexpr (!stentor::breaker<Breaker>) {
        return verdict_in_place<wrong_with_breaker<Breaker>(), Breaker>{};
    } else if constexpr (!stentor::tracer<Tracer>) {
        return verdict_in_place<wrong_with_tracer<Tracer>(), Tracer>{};
    } else if constexpr (wrong_inside<RetryPolicy>) {
        return std::type_identity<verdict_on<wrong::inner_retry_policy, typename RetryPolicy::wrong_inside>>{};
    } else if constexpr (wrong_inside<Breaker>) {
        return std::type_identity<verdict_on<wrong::inner_breaker, typename Breaker::wrong_inside>>{};
    } else if constexpr (wrong_inside<Tracer>) {
        return std::type_identity<verdict_on<wrong::inner_tracer, typename Tracer::wrong_inside>>{};
    } else {
        return judge_moves<Transport, Serializer, RetryPolicy, Breaker, Tracer>();
    }
}
template <class... Places>
using verdict_on_places = typename decltype(judge_places<Places...>())::type;

// The same for the constructor's arguments behind the transport, of which nothing is said when a place is wrong already.
template <class Places>
[[nodiscard]] consteval auto judge_arguments() noexcept {
    return std::type_identity<all_right>{};
}
template <class Places, class First, class... Rest>
[[nodiscard]] consteval auto judge_arguments() noexcept {
    constexpr role mine = role_of<First>();
    if constexpr (mine == role::none && !stentor::transport<First>) {
        return std::type_identity<verdict_on<wrong_with_nearest<First>(), First>>{};
    } else if constexpr (mine == role::none || ((role_of<Rest>() == mine) || ...)) {
        return std::type_identity<verdict_on<wrong::twice, First>>{};
    } else if constexpr (mine != role::options && !is_one_of<First, Places>) {
        return std::type_identity<verdict_on<wrong::other_type, First>>{};
    } else {
        return judge_arguments<Places, Rest...>();
    }
}
template <class OnPlaces, class Places, class... Policies>
using verdict_on_arguments = typename std::conditional_t<fine<OnPlaces>, decltype(judge_arguments<Places, Policies...>()),
                                                         std::type_identity<OnPlaces>>::type;

// Stands in where there is no transport: declared only, because what uses it does not compile.
struct no_transport {
    void attach(events&) noexcept;
    fault submit(const stentor::record&, completion&) noexcept;
    moment now() noexcept;
    void wake_at(instant) noexcept;
    bool wait(latch&, instant) noexcept;
    void retire(std::shared_ptr<void>, instant) noexcept;
};

// The policy that was found, as the one that is wanted; they differ only in what does not compile anyway.
template <class Wanted, class Found>
[[nodiscard]] constexpr Wanted& as(Found& found) noexcept {
    if constexpr (std::is_same_v<Wanted, Found>) {
        return found;
    } else {
        std::terminate();
    }
}

}  // namespace stentor::inline v0::detail

/// @file
/// `basic_publisher`: five policies, put together.

namespace stentor::inline v0 {

/// Publishes typed messages. Copies nothing that it can move, retries what may be retried, and gives every accepted message exactly
/// one outcome by its deadline + 250 ms, whatever the brokers do.
///
/// Threads: as many as the transport allows (`kafka_transport`: any number). Handlers, `late_outcome` and policies run on the
/// transport's event thread. `publish`, `publish_all`, `flush` and `close` wait, and answer `would_deadlock` on that thread;
/// `async_publish` never waits there. Errors are values; what users' traits and serializers throw becomes `errc::serialization`.
/// Movable, also while messages are in flight; a moved-from publisher answers `closed`.
template <class Transport, class Serializer = json_serializer, class RetryPolicy = exponential_backoff,
          class Breaker = failure_breaker, class Tracer = w3c_tracer>
class basic_publisher {
    using places = detail::verdict_on_places<Transport, Serializer, RetryPolicy, Breaker, Tracer>;
    static_assert(sizeof(places) != 0);
    template <class T>
    using fitting = detail::verdict_on_publish<places, T, Serializer>;

public:
    /// The transport first, then any policies in any order, and `publisher_options`; what is not given is made by default. Throws
    /// what copying a policy throws, and `std::bad_alloc`.
    template <class... Policies>
    explicit basic_publisher(Transport transport, Policies... policies) {
        using arguments = detail::verdict_on_arguments<places, std::tuple<Serializer, RetryPolicy, Breaker, Tracer>, Policies...>;
        static_assert(sizeof(arguments) != 0);
        if constexpr (detail::fine<arguments>) {
            std::tuple<Policies...> given(std::move(policies)...);
            serializer_ = detail::take<detail::role::serializer, Serializer>(given);
            core_ = std::make_shared<core>(std::move(transport), detail::take<detail::role::retry, RetryPolicy>(given),
                                           detail::take<detail::role::breaker, Breaker>(given),
                                           detail::take<detail::role::tracer, Tracer>(given),
                                           detail::take<detail::role::options, publisher_options>(given));
            id_ = core_->transport.now().random;
        }
    }

    /// What is in flight goes on; the one that was moved from answers `closed`.
    basic_publisher(basic_publisher&&) noexcept = default;
    /// Closes what it had first, as the destructor does.
    basic_publisher& operator=(basic_publisher&& other) noexcept {
        if (this != &other) {
            shut_down();
            core_ = std::move(other.core_);
            serializer_ = std::move(other.serializer_);
            generation_ = other.generation_;
            id_ = other.id_;
        }
        return *this;
    }
    /// Closes within `publisher_options::close_within`. On an event thread it does not wait: what is in flight goes on to its
    /// outcome, whose handlers still run, within that time.
    ~basic_publisher() { shut_down(); }

    /// Sends one message and waits for its outcome, at the latest until its deadline + 250 ms.
    template <class T>
    [[nodiscard]] result<receipt> publish(const T& message, const publish_options& options = {}) {
        static_assert(sizeof(fitting<T>) != 0);
        return publish_and_wait(&message, options);
    }

    /// Sends one message; `handler(result<receipt>)` is called with its outcome, exactly once, on the event thread. It may throw:
    /// that is caught and reported. An error here means: refused, and the handler is not called. Waits for a free slot, if need be
    /// until the deadline, and is then refused with `deadline_exceeded`; on an event thread it answers `queue_full` instead.
    template <class T, class Handler>
    [[nodiscard]] result<void> async_publish(const T& message, Handler&& handler, const publish_options& options = {}) {
        static_assert(sizeof(fitting<T>) != 0);
        return send(message, std::forward<Handler>(handler), options, !detail::on_event_thread());
    }

    /// The same, but never waits: `queue_full` at once.
    template <class T, class Handler>
    [[nodiscard]] result<void> try_async_publish(const T& message, Handler&& handler, const publish_options& options = {}) {
        static_assert(sizeof(fitting<T>) != 0);
        return send(message, std::forward<Handler>(handler), options, false);
    }

    /// Sends a tombstone, a record with a null value, for that key, to the topic of T.
    template <class T>
    [[nodiscard]] result<receipt> erase(std::string_view key, publish_options options = {}) {
        static_assert(sizeof(fitting<T>) != 0);
        options.key = key;
        return publish_and_wait(static_cast<const T*>(nullptr), options);
    }

    /// Sends a range of messages and waits for all: one result an item, in order, under one deadline (that of `options`).
    template <class Range>
    [[nodiscard]] std::vector<result<receipt>> publish_all(const Range& messages, const publish_options& options = {});
    /// The same with a braced list: `publish_all({first, second})`.
    template <class T>
    [[nodiscard]] std::vector<result<receipt>> publish_all(std::initializer_list<T> messages, const publish_options& options = {}) {
        return publish_all<std::initializer_list<T>>(messages, options);
    }

    /// Waits until everything that was accepted before this call has its outcome and its handler has run. `deadline_exceeded`: not
    /// within that time; nothing is lost by that.
    [[nodiscard]] result<void> flush(nanoseconds within);

    /// Refuses what comes from now on, lowers every deadline to now + `within`, and waits for the outcomes (until then + 250 ms)
    /// and for handlers that run. After its return no user code runs any more. Any number of times.
    [[nodiscard]] result<void> close(nanoseconds within);

    /// Where all accepted messages are at this moment. From any thread; `accepted` may count a message for a moment that is then
    /// refused because its lane is full or the publisher is being closed.
    [[nodiscard]] stentor::account account() const noexcept { return core_ ? core_->books.read() : stentor::account{}; }
    /// A look at it from outside, for metrics, health checks and status pages; see `snapshot_source::read`.
    [[nodiscard]] publisher_snapshot snapshot() const noexcept { return core_ ? detail::look(*core_) : publisher_snapshot{}; }
    /// The same for those who must not depend on its type, or may live longer. Goes on with the publisher when that is moved.
    [[nodiscard]] snapshot_source snapshots() const noexcept {
        return core_ ? detail::snapshot_access::source(core_) : snapshot_source{};
    }
    /// The policies and the world, in place. A publisher that was moved from has none: do not ask.
    [[nodiscard]] Breaker& breaker() noexcept { return detail::as<Breaker>(core_->breaker); }
    /// The transport, in place; as `breaker`.
    [[nodiscard]] Transport& transport() noexcept { return detail::as<Transport>(core_->transport); }
    /// The tracer, in place; as `breaker`.
    [[nodiscard]] Tracer& tracer() noexcept { return detail::as<Tracer>(core_->tracer); }
    /// The transport's time, and fresh random bits.
    [[nodiscard]] moment now() noexcept { return core_->transport.now(); }

private:
    using core = std::conditional_t<detail::fine<places>, detail::core<Transport, RetryPolicy, Breaker, Tracer>,
                                    detail::core<detail::no_transport, no_retry, no_breaker, no_tracer>>;

    // Why nothing at all can be done now; `none` if it can.
    [[nodiscard]] errc unusable() const noexcept {
        if (!core_ || generation_ != detail::process_generation() || core_->closed.load(std::memory_order_relaxed)) {
            return errc::closed;
        }
        return core_->options.enabled ? errc::none : errc::disabled;
    }
    [[nodiscard]] const char* why_unusable() const noexcept {
        return !core_                                          ? "it was moved from"
               : generation_ != detail::process_generation()   ? "a forked child cannot use its parent's publisher"
               : core_->closed.load(std::memory_order_relaxed) ? "close() was called"
               : transport_disabled()                          ? "its transport is switched off (kafka_config::enabled)"
                                                               : "publisher_options::enabled is false";
    }
    [[nodiscard]] bool transport_disabled() const noexcept {
        if constexpr (can_be_disabled<Transport>) {
            return !detail::as<Transport>(core_->transport).enabled();
        } else {
            return false;
        }
    }
    [[nodiscard]] error refused(errc code, std::string_view cause, const detail::topic_name* topic = nullptr) noexcept {
        error e(code, detail::words(cause));
        if (core_) {
            core_->books.refuse();
        }
        e.topic = topic != nullptr ? topic->text : std::string_view{};
        return e;
    }

    template <class T>
    [[nodiscard]] result<void> launch(const T* what, const publish_options& options, bool may_wait, const detail::recipient& to);
    template <class T>
    [[nodiscard]] result<void> launch_checked(const T* what, const publish_options& options, bool may_wait,
                                              const detail::recipient& to);
    template <class T>
    [[nodiscard]] result<receipt> publish_and_wait(const T* message, const publish_options& options);
    template <class T, class Handler>
    [[nodiscard]] result<void> send(const T& message, Handler&& handler, const publish_options& options, bool may_wait);
    void shut_down() noexcept;

    std::shared_ptr<core> core_{};
    std::conditional_t<detail::fine<places>, Serializer, raw_serializer> serializer_{};
    std::uint32_t generation_ = detail::process_generation();
    std::uint64_t id_ = 0;
};

/// Sorts the arguments behind the transport into their roles; defaults for the rest.
template <class Transport, class... Policies>
explicit basic_publisher(Transport, Policies...)
    -> basic_publisher<Transport, detail::pick_t<detail::role::serializer, json_serializer, Policies...>,
                       detail::pick_t<detail::role::retry, exponential_backoff, Policies...>,
                       detail::pick_t<detail::role::breaker, failure_breaker, Policies...>,
                       detail::pick_t<detail::role::tracer, w3c_tracer, Policies...>>;

}  // namespace stentor::inline v0

// ---- stentor/detail/publisher.ipp

// The bodies of publisher.hpp, in the order of a publish.

namespace stentor::inline v0 {

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
template <class T>
result<void> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::launch(const T* what,
                                                                                          const publish_options& options,
                                                                                          bool may_wait,
                                                                                          const detail::recipient& to) {
    // Only what has passed goes on, so that a mistake is one error and not the twenty that follow from it.
    if constexpr (detail::fine<fitting<T>>) {
        return launch_checked(what, options, may_wait, to);
    } else {
        std::terminate();  // has not compiled
    }
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
template <class T>
result<void> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::launch_checked(const T* what,
                                                                                                  const publish_options& options,
                                                                                                  bool may_wait,
                                                                                                  const detail::recipient& to) {
    std::string cause;
    errc code = unusable();
    if (code != errc::none) {
        return refused(code, why_unusable());
    }
    std::optional<typename core::span> span;
    const moment at = core_->transport.now();
    try {
        const detail::scratch_lease scratch;
        detail::departure& d = scratch->what;
        d.begin(at, may_wait);
        if (fault f = detail::compose(what, serializer_, options, core_->options, *scratch, d)) {
            return refused(f.code, f.text(), d.topic);
        }
        span.emplace(core_->tracer.start(d.what, scratch->headers, d.context));
        detail::add_headers(what, serializer_, options, d.context, scratch->headers);
        bool wants_id = core_->options.message_id;
        if constexpr (requires { static_cast<bool>(core_->retry.allow_duplicates); }) {
            wants_id = wants_id || static_cast<bool>(core_->retry.allow_duplicates);
        }
        if (wants_id) {
            scratch->headers("message-id", detail::message_id(d.context.at.random, id_).view());
        }
        d.what.headers = scratch->headers.headers();
        if constexpr (requires { span->composed(d.what); }) {
            span->composed(d.what);
        }
        result<void> begun = detail::begin(*core_, d, *span, to);
        if (!begun) {
            span->finish(detail::error_in(begun), core_->transport.now());  // it may have waited for room
        }
        return begun;
    } catch (const std::bad_alloc&) {
        code = errc::out_of_memory;
        cause = detail::words("while the record was built");
    } catch (const std::exception& e) {
        code = errc::serialization;
        cause = detail::words(e.what());
    } catch (...) {
        code = errc::serialization;
        cause = detail::words("what was thrown is no std::exception");
    }
    if (span) {
        span->finish(refused(code, cause), core_->transport.now());
        return error(code, std::move(cause));
    }
    return refused(code, cause);
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
template <class T>
result<receipt> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::publish_and_wait(
    const T* message, const publish_options& options) {
    if (detail::on_event_thread()) {
        return refused(errc::would_deadlock, "publish() was called from a handler");
    }
    detail::waiter waiter;
    if (result<void> begun = launch(message, options, true, detail::awaited_by(waiter)); !begun) {
        return detail::error_in(std::move(begun));
    }
    detail::await(*core_, &waiter, 1, waiter.own);
    return *std::move(waiter.out);
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
template <class T, class Handler>
result<void> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::send(const T& message, Handler&& handler,
                                                                                        const publish_options& options,
                                                                                        bool may_wait) {
    // A variable: of a trait in the assertion itself g++ 16 explains on twenty lines why it is false.
    constexpr bool fits = std::is_invocable_v<std::decay_t<Handler>&, result<receipt>>;
    static_assert(fits, "stentor: the handler must be callable as handler(stentor::result<stentor::receipt>).");
    if constexpr (fits) {
        std::optional<detail::handler> made;
        try {
            made.emplace(std::forward<Handler>(handler));
        } catch (const std::exception& e) {
            return refused(errc::out_of_memory, detail::words("the handler could not be copied: ", e.what()));
        } catch (...) {
            return refused(errc::out_of_memory, "the handler could not be copied: what it threw is no std::exception");
        }
        const detail::recipient to{
            [](detail::slot& into, void* from) noexcept { into.handler = std::move(*static_cast<detail::handler*>(from)); },
            &*made};
        return launch(&message, options, may_wait, to);
    } else {
        std::terminate();  // has not compiled
    }
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
template <class Range>
std::vector<result<receipt>> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::publish_all(
    const Range& messages, const publish_options& options) {
    static_assert(sizeof(fitting<std::remove_cvref_t<decltype(*std::begin(messages))>>) != 0);
    std::vector<result<receipt>> results;
    const auto count = static_cast<std::size_t>(std::distance(std::begin(messages), std::end(messages)));
    results.reserve(count);
    if (detail::on_event_thread()) {
        for (std::size_t i = 0; i < count; ++i) {
            results.emplace_back(refused(errc::would_deadlock, "publish_all() was called from a handler"));
        }
        return results;
    }
    struct batch {
        latch all{};
        std::atomic<std::size_t> remaining{0};
    } batch;
    const detail::box<detail::waiter[]> waiters(new detail::waiter[count]);
    batch.remaining.store(count + 1, std::memory_order_relaxed);  // one for us: it must not open while we still send
    publish_options each = options;
    const instant until = core_ ? detail::later(core_->transport.now().now,
                                                each.deadline > nanoseconds::zero() ? each.deadline : core_->options.deadline)
                                : instant{};
    std::size_t begun = 0;
    const auto launch_next = [&](const auto& message) {
        detail::waiter& w = waiters[begun];
        w.opened = &batch.all;
        w.remaining = &batch.remaining;
        if (core_) {
            each.deadline = until - core_->transport.now().now;
            if (each.deadline <= nanoseconds::zero()) {
                w.finish(refused(errc::deadline_exceeded, "the deadline of publish_all() came before its turn"));
                ++begun;
                return;
            }
        }
        if (result<void> taken = launch(&message, each, true, detail::awaited_by(w)); !taken) {
            w.finish(detail::error_in(std::move(taken)));
        }
        ++begun;
    };
    try {
        for (const auto& message : messages) {
            launch_next(message);
        }
    } catch (...) {
        // The user's range has thrown. What is under way has its waiters here, so it ends before they go.
        for (std::size_t k = begun; k < count; ++k) {
            waiters[k].done.store(true, std::memory_order_relaxed);
        }
        if (const std::size_t left = count + 1 - begun; batch.remaining.fetch_sub(left, std::memory_order_acq_rel) != left) {
            detail::await(*core_, waiters.get(), count, batch.all);
        }
        throw;
    }
    if (batch.remaining.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        detail::await(*core_, waiters.get(), count, batch.all);
    }
    for (std::size_t k = 0; k < count; ++k) {
        results.push_back(*std::move(waiters[k].out));
    }
    return results;
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
result<void> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::flush(nanoseconds within) {
    if (detail::on_event_thread()) {
        return error(errc::would_deadlock, detail::words("flush() was called from a handler"));
    }
    if (!core_ || generation_ != detail::process_generation()) {
        return error(errc::closed, detail::words("the publisher was moved from, or belongs to the parent process"));
    }
    if (!detail::drain(*core_, detail::later(core_->transport.now().now, within))) {
        return error(errc::deadline_exceeded, detail::words(std::to_string(account().in_flight), " messages are still in flight"),
                     outcome::unknown);
    }
    return {};
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
result<void> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::close(nanoseconds within) {
    if (detail::on_event_thread()) {
        return error(errc::would_deadlock, detail::words("close() was called from a handler"));
    }
    if (!core_ || generation_ != detail::process_generation()) {
        return {};
    }
    if (!detail::close(*core_, within)) {
        return error(errc::deadline_exceeded, detail::words(std::to_string(account().in_flight), " messages were still in flight"),
                     outcome::unknown);
    }
    return {};
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
void basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::shut_down() noexcept {
    if (!core_) {
        return;
    }
    if (generation_ != detail::process_generation()) {
        // A forked child: the event thread that would finish this is the parent's. Left alone on purpose.
        (void)new (std::nothrow) std::shared_ptr<core>(std::move(core_));
        return;
    }
    const nanoseconds within = core_->options.close_within;
    if (detail::on_event_thread()) {
        detail::leave(std::move(core_), within);
        return;
    }
    (void)detail::close(*core_, within);
    core& kept = *core_;
    const instant until = detail::later(kept.transport.now().now, within);
    kept.transport.retire(std::move(core_), until);
}

}  // namespace stentor::inline v0
// ---- stentor/port.hpp

/// @file
/// `port`: publishing as an abstract interface, so that domain code knows its messages and neither Kafka nor templates of policies;
/// and `adapt`, which makes one of any publisher.

namespace stentor::inline v0 {

/// The handler of an asynchronous publish, of any type that can be called with a `result<receipt>`; move-only ones, too. Costs one
/// allocation. Call it at most once.
class port_handler {
public:
    /// Moves or copies the handler in. Throws what that throws, and `std::bad_alloc`.
    template <class Handler>
        requires(!std::same_as<std::remove_cvref_t<Handler>, port_handler>)
    port_handler(Handler&& handler) {
        using taken = std::decay_t<Handler>;
        constexpr bool fits = std::invocable<taken&, result<receipt>>;  // see basic_publisher::send
        static_assert(fits, "stentor: the handler must be callable as handler(stentor::result<stentor::receipt>).");
        if constexpr (fits) {
            call_ = std::make_unique<stored<taken>>(std::forward<Handler>(handler));
        }
    }

    /// False when it was moved from.
    [[nodiscard]] explicit operator bool() const noexcept { return call_ != nullptr; }
    /// Calls it.
    void operator()(result<receipt> r) { call_->call(std::move(r)); }

private:
    struct callable {
        virtual ~callable() = default;
        virtual void call(result<receipt>&& r) = 0;
    };
    template <class Handler>
    struct stored final : callable {
        template <class From>
            requires(!std::is_same_v<std::decay_t<From>, stored>)
        explicit stored(From&& from) : handler(std::forward<From>(from)) {}
        void call(result<receipt>&& r) override { handler(std::move(r)); }
        Handler handler;
    };

    std::unique_ptr<callable> call_;
};

namespace detail {

// One message type's part of a port, so that a class may implement each apart.
template <class T>
class port_part {
public:
    virtual ~port_part() = default;

    /// As `basic_publisher::publish`.
    [[nodiscard]] result<receipt> publish(const T& message, const publish_options& options = {}) {
        return do_publish(message, options);
    }
    /// As `basic_publisher::async_publish`: the handler is called exactly once when this answers no error, else never.
    [[nodiscard]] result<void> async_publish(const T& message, port_handler handler, const publish_options& options = {}) {
        return do_async_publish(message, std::move(handler), options);
    }

protected:
    port_part() = default;
    port_part(const port_part&) = default;
    port_part& operator=(const port_part&) = default;

    virtual result<receipt> do_publish(const T& message, const publish_options& options) = 0;
    virtual result<void> do_async_publish(const T& message, port_handler&& handler, const publish_options& options) = 0;
};

}  // namespace detail

/// What domain code depends on: publishing these message types and no others. `class crawler { stentor::port<app::new_task>& out_;
/// };` Threads and errors are those of the implementation. Implement it yourself by overriding, for each type, `do_publish` and
/// `do_async_publish`, and once `flush` and `now`.
template <class... Messages>
class port : public detail::port_part<Messages>... {
public:
    static_assert(sizeof...(Messages) > 0, "stentor: a port needs at least one message type: port<app::new_task>");

    using detail::port_part<Messages>::publish...;
    using detail::port_part<Messages>::async_publish...;

    /// As `basic_publisher::flush`.
    [[nodiscard]] virtual result<void> flush(nanoseconds within) = 0;
    /// The publisher's time.
    [[nodiscard]] virtual moment now() = 0;

protected:
    using detail::port_part<Messages>::do_publish...;
    using detail::port_part<Messages>::do_async_publish...;
};

namespace detail {

// Overrides the parts one after the other: a pack of types cannot be overridden in one class.
template <class Publisher, class Port, class... Messages>
class port_adapter;

template <class Publisher, class Port>
class port_adapter<Publisher, Port> : public Port {
public:
    explicit port_adapter(Publisher& publisher) noexcept : publisher_(&publisher) {}
    [[nodiscard]] result<void> flush(nanoseconds within) final { return publisher_->flush(within); }
    [[nodiscard]] moment now() final { return publisher_->now(); }

protected:
    Publisher* publisher_;
};

template <class Publisher, class Port, class First, class... Rest>
class port_adapter<Publisher, Port, First, Rest...> : public port_adapter<Publisher, Port, Rest...> {
public:
    using port_adapter<Publisher, Port, Rest...>::port_adapter;

protected:
    using port_adapter<Publisher, Port, Rest...>::do_publish;
    using port_adapter<Publisher, Port, Rest...>::do_async_publish;
    result<receipt> do_publish(const First& message, const publish_options& options) final {
        return this->publisher_->publish(message, options);
    }
    result<void> do_async_publish(const First& message, port_handler&& handler, const publish_options& options) final {
        return this->publisher_->async_publish(message, std::move(handler), options);
    }
};

template <class Publisher, class... Messages>
using adapter_of = port_adapter<Publisher, port<Messages...>, Messages...>;

}  // namespace detail

/// A port over any publisher, by reference: the publisher must outlive it and stay where it is.
/// `auto out = stentor::adapt<app::a, app::b>(publisher); crawler c{out};`, as `out` is a `port<app::a, app::b>`.
template <class... Messages, class Publisher>
[[nodiscard]] auto adapt(Publisher& publisher) noexcept {
    return detail::adapter_of<Publisher, Messages...>(publisher);
}
/// Not over a temporary publisher: the port only refers to it.
template <class... Messages, class Publisher>
detail::adapter_of<Publisher, Messages...> adapt(const Publisher&&) = delete;  // the publisher is a temporary. Name it.

}  // namespace stentor::inline v0
// ---- stentor/transport/memory.hpp

// ---- stentor/detail/memory/world.hpp

#include <deque>

// ---- stentor/detail/memory/arena.hpp

// Where the memory broker keeps records: big chunks, filled from front to back. A chunk counts the records in it that are still in
// flight, and goes back to be filled again when there are none left, unless it holds history.

namespace stentor::inline v0::detail {

class arena {
public:
    struct chunk {
        std::unique_ptr<std::byte[]> bytes{};
        std::size_t size = 0;
        std::size_t used = 0;
        std::size_t live = 0;
        bool kept = false;   // holds history
        bool spare = false;  // waits to be filled again
    };

    // Uninitialised bytes, aligned for anything, that count as one live block of `*where()`. Throws std::bad_alloc.
    [[nodiscard]] std::byte* take(std::size_t n, bool keep) {
        n = (n + alignment - 1) & ~(alignment - 1);
        if (current_ == nullptr || current_->size - current_->used < n) {
            next(n);
        }
        std::byte* const at = current_->bytes.get() + current_->used;
        current_->used += n;
        ++current_->live;
        current_->kept = current_->kept || keep;
        return at;
    }
    // The chunk of the block that was taken last.
    [[nodiscard]] chunk* where() const noexcept { return current_; }

    void release(chunk& c) noexcept {
        if (--c.live == 0 && !c.kept) {
            recycle(c);
        }
    }
    // Forgets the history. Blocks in flight stay.
    void forget() noexcept {
        for (const std::unique_ptr<chunk>& c : chunks_) {
            c->kept = false;
            if (c->live == 0) {
                recycle(*c);
            }
        }
    }

private:
    static constexpr std::size_t alignment = alignof(std::max_align_t);
    static constexpr std::size_t chunk_size = std::size_t{256} << 10U;

    void recycle(chunk& c) noexcept {
        c.used = 0;
        // The list has room for every chunk: `next` saw to that.
        if (&c != current_ && !c.spare) {
            c.spare = true;
            spare_.push_back(&c);
        }
    }

    void next(std::size_t n) {
        if (n <= chunk_size && !spare_.empty()) {
            chunk* const again = spare_.back();
            if (again->size >= n) {
                spare_.pop_back();
                again->spare = false;
                leave(again);
                return;
            }
        }
        spare_.reserve(chunks_.size() + 1);
        auto fresh = std::make_unique<chunk>();
        fresh->size = n > chunk_size ? n : chunk_size;
        fresh->bytes = std::make_unique_for_overwrite<std::byte[]>(fresh->size);
        chunk* const to = fresh.get();
        chunks_.push_back(std::move(fresh));
        leave(to);
    }

    void leave(chunk* to) noexcept {
        chunk* const from = current_;
        current_ = to;
        if (from != nullptr && from->live == 0 && !from->kept) {
            recycle(*from);
        }
    }

    std::vector<std::unique_ptr<chunk>> chunks_;
    std::vector<chunk*> spare_;
    chunk* current_ = nullptr;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/memory/calendar.hpp

// ---- stentor/detail/memory/entry.hpp

// ---- stentor/detail/memory/topics.hpp

// ---- stentor/transport/memory_record.hpp

#include <compare>

/// @file
/// What a `memory_broker` has in its log.

namespace stentor::inline v0 {

/// One record as it lies in the log. The broker owns all bytes: they live until `memory_broker::clear`, or as long as the broker.
struct memory_record {
    std::string_view topic{};      ///< an interned name: valid as long as the process
    std::string_view key{};        ///< null (`data() == nullptr`) when the record had no key
    std::string_view value{};      ///< null when it is a tombstone
    header_view headers{};         ///< in the order in which they were sent
    timestamp time{};              ///< as it was sent, or when the broker wrote it
    std::int32_t partition = -1;   ///< counts from 0
    std::int64_t offset = -1;      ///< counts from 0 in each partition
    std::uint32_t publisher = 0;   ///< which transport sent it: 1, 2, … in the order of their `attach`
    std::uint64_t submission = 0;  ///< which `submit` of the broker it was: 1, 2, …

    /// False for a null key; true for an empty one.
    [[nodiscard]] bool has_key() const noexcept { return key.data() != nullptr; }
    /// The value is null.
    [[nodiscard]] bool is_tombstone() const noexcept { return value.data() == nullptr; }
};

/// The records of one topic in the order in which the broker wrote them, all partitions together. References to its elements stay
/// valid until `memory_broker::clear`.
class memory_log {
public:
    /// Goes through the records in order, at random.
    class const_iterator {
    public:
        /// What the standard library asks of a random access iterator.
        /// @{
        using iterator_category = std::random_access_iterator_tag;
        using value_type = memory_record;
        using difference_type = std::ptrdiff_t;
        using pointer = const memory_record*;
        using reference = const memory_record&;

        const_iterator() noexcept = default;
        explicit const_iterator(const memory_record* const* at) noexcept : at_(at) {}
        reference operator*() const noexcept { return **at_; }
        pointer operator->() const noexcept { return *at_; }
        reference operator[](difference_type n) const noexcept { return *at_[n]; }
        const_iterator& operator++() noexcept { return *this += 1; }
        const_iterator& operator--() noexcept { return *this += -1; }
        const_iterator operator++(int) noexcept { return const_iterator(at_++); }
        const_iterator operator--(int) noexcept { return const_iterator(at_--); }
        const_iterator& operator+=(difference_type n) noexcept {
            at_ += n;
            return *this;
        }
        const_iterator& operator-=(difference_type n) noexcept { return *this += -n; }
        friend const_iterator operator+(const_iterator i, difference_type n) noexcept { return i += n; }
        friend const_iterator operator+(difference_type n, const_iterator i) noexcept { return i += n; }
        friend const_iterator operator-(const_iterator i, difference_type n) noexcept { return i -= n; }
        friend difference_type operator-(const_iterator a, const_iterator b) noexcept { return a.at_ - b.at_; }
        friend auto operator<=>(const const_iterator&, const const_iterator&) noexcept = default;
        /// @}

    private:
        const memory_record* const* at_ = nullptr;
    };
    using iterator = const_iterator;   ///< as containers have it
    using value_type = memory_record;  ///< as containers have it

    /// As of a container. `operator[]`, `front` and `back` check nothing.
    /// @{
    [[nodiscard]] std::size_t size() const noexcept { return list_.size(); }
    [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
    [[nodiscard]] const memory_record& operator[](std::size_t i) const noexcept { return *list_[i]; }
    /// @}
    /// Throws `std::out_of_range`.
    [[nodiscard]] const memory_record& at(std::size_t i) const { return *list_.at(i); }
    /// As of a container.
    /// @{
    [[nodiscard]] const memory_record& front() const noexcept { return *list_.front(); }
    [[nodiscard]] const memory_record& back() const noexcept { return *list_.back(); }
    [[nodiscard]] const_iterator begin() const noexcept { return const_iterator(list_.data()); }
    [[nodiscard]] const_iterator end() const noexcept { return const_iterator(list_.data() + list_.size()); }
    /// @}

    /// For the broker: takes one more; `r` must stay where it is.
    void add(const memory_record& r) { list_.push_back(&r); }
    /// For the broker: forgets all.
    void clear() noexcept { list_.clear(); }

private:
    std::vector<const memory_record*> list_;
};

}  // namespace stentor::inline v0

namespace stentor::inline v0::detail {

struct memory_topic {
    std::string_view name;
    std::uint64_t hash = 0;  // of the name alone: a topic's id depends on what else the process has interned
    bool exists = false;
    bool deleted = false;  // stays away until somebody makes it again
    bool denied = false;
    std::uint32_t turn = 0;  // whose turn it is among the partitions, for records with no key
    std::vector<std::int64_t> next_offset{};
    memory_log log{};
};

class topic_table {
public:
    // Throws std::bad_alloc.
    [[nodiscard]] memory_topic& get(std::string_view name) {
        // Publishers intern their topics, so the pointer usually says it all.
        if (last_ != nullptr && last_->name.size() == name.size() && (last_->name.data() == name.data() || last_->name == name)) {
            return *last_;
        }
        const topic_name& interned = topic_names::intern(name);
        if (interned.id >= by_id_.size()) {
            by_id_.resize(interned.id + std::size_t{1});
        }
        if (by_id_[interned.id] == nullptr) {
            auto fresh = std::make_unique<memory_topic>();
            fresh->name = interned.text;
            fresh->hash = hash_of(interned.text);
            by_id_[interned.id] = std::move(fresh);
        }
        last_ = by_id_[interned.id].get();
        return *last_;
    }
    template <class F>
    void each(F&& f) {
        for (const std::unique_ptr<memory_topic>& t : by_id_) {
            if (t != nullptr) {
                f(*t);
            }
        }
    }

private:
    [[nodiscard]] static std::uint64_t hash_of(std::string_view text) noexcept {
        std::uint64_t h = 0xcbf29ce484222325ULL;
        for (const char c : text) {
            h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
        }
        return h;
    }

    std::vector<std::unique_ptr<memory_topic>> by_id_;
    memory_topic* last_ = nullptr;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/transport/memory_fault.hpp

/// @file
/// What a `memory_broker` can be told to do wrong.

namespace stentor::inline v0 {

/// What happens to one submitted record instead of being written and acknowledged. Made by the functions below.
struct memory_fault {
    /// What goes wrong.
    enum class kind : std::uint8_t {
        none,                  ///< see the function of that name
        refuse,                ///< see the function of that name
        queue_full,            ///< see the function of that name
        answer,                ///< see the function of that name
        time_out,              ///< see the function of that name
        lost_request,          ///< see the function of that name
        late_write,            ///< see the function of that name
        lost_acknowledgement,  ///< see the function of that name
        slow_acknowledgement,  ///< see the function of that name
        duplicate,             ///< see the function of that name
        broker_down,           ///< see the function of that name
    };
    kind what = kind::none;                             ///< what goes wrong
    std::int32_t native = 0;                            ///< Kafka's or librdkafka's number of the error
    stentor::outcome outcome = outcome::not_persisted;  ///< what the publisher is told
    nanoseconds after{};                                ///< a delay or a length of time, by kind

    /// Nothing goes wrong.
    [[nodiscard]] static memory_fault none() noexcept { return {}; }
    /// `submit` itself answers this error; no report follows. For example 10: MSG_SIZE_TOO_LARGE.
    [[nodiscard]] static memory_fault refuse(std::int32_t native) noexcept {
        return {kind::refuse, native, outcome::not_persisted, {}};
    }
    /// `submit` answers `again`; `resumed` follows after `d`, or after the broker's latency when that is longer.
    [[nodiscard]] static memory_fault queue_full(nanoseconds d = {}) noexcept {
        return {kind::queue_full, -184, outcome::not_persisted, d};
    }
    /// The broker answers this error, and the record is not in the log. For example 19: NOT_ENOUGH_REPLICAS. The outcome is
    /// `not_persisted`, but `unknown` for those numbers that leave librdkafka in doubt (7, 20, 45, 46, -195).
    [[nodiscard]] static memory_fault answer(std::int32_t native) noexcept {
        const bool doubt = native == 7 || native == 20 || native == 45 || native == 46 || native == -195;
        return answer(native, doubt ? outcome::unknown : outcome::not_persisted);
    }
    /// The same with an outcome of one's own: `not_persisted` or `unknown`.
    [[nodiscard]] static memory_fault answer(std::int32_t native, stentor::outcome what) noexcept {
        return {kind::answer, native, what, {}};
    }
    /// The record is never sent: `_MSG_TIMED_OUT`, `not_persisted`, after the attempt timeout.
    [[nodiscard]] static memory_fault time_out() noexcept { return {kind::time_out, -192, outcome::not_persisted, {}}; }
    /// The request never reaches the log: `_MSG_TIMED_OUT`, `unknown`, after the attempt timeout.
    [[nodiscard]] static memory_fault lost_request() noexcept { return {kind::lost_request, -192, outcome::unknown, {}}; }
    /// The client gives the request up: `_MSG_TIMED_OUT`, `unknown`, after the attempt timeout; or, with -195, because the
    /// connection is lost, when the answer would have come. The request is still on its way, and `d` later it is in the log, behind
    /// what was written since: Kafka allows that without idempotence. So only with `memory_broker_options::idempotence` switched
    /// off, and while the broker is up; else the broker turns it away, and it is a `lost_request`.
    [[nodiscard]] static memory_fault late_write(nanoseconds d, std::int32_t native = -192) noexcept {
        return {kind::late_write, native, outcome::unknown, d};
    }
    /// The record is in the log, its acknowledgement is lost: `_MSG_TIMED_OUT`, `unknown`, after the attempt timeout.
    [[nodiscard]] static memory_fault lost_acknowledgement() noexcept {
        return {kind::lost_acknowledgement, -192, outcome::unknown, {}};
    }
    /// The record is in the log in its turn, and is acknowledged `d` after its `submit`, even if that is past the attempt timeout.
    [[nodiscard]] static memory_fault slow_acknowledgement(nanoseconds d) noexcept {
        return {kind::slow_acknowledgement, 0, outcome::persisted, d};
    }
    /// The same, named for what it is good for: choose `d` past the deadline of the operation.
    [[nodiscard]] static memory_fault late_acknowledgement(nanoseconds d) noexcept { return slow_acknowledgement(d); }
    /// The record is in the log twice, and acknowledged.
    [[nodiscard]] static memory_fault duplicate() noexcept { return {kind::duplicate, 0, outcome::persisted, {}}; }
    /// The broker goes down for `d` when this record is on its way; see `memory_broker::down`.
    [[nodiscard]] static memory_fault broker_down(nanoseconds d) noexcept { return {kind::broker_down, 0, outcome::persisted, d}; }
};

/// When a fault happens. All that is given must fit. Of several that fit the one that was added first wins.
struct memory_script {
    std::string topic{};               ///< empty: any
    std::optional<std::string> key{};  ///< not given: any, null keys too
    std::uint32_t attempt = 0;         ///< just the n-th submit that fits topic and key, from now on, counted from 1
    std::uint32_t from = 1;            ///< from the n-th one that fits
    std::uint32_t to = std::numeric_limits<std::uint32_t>::max();     ///< up to the n-th one that fits
    std::uint32_t times = std::numeric_limits<std::uint32_t>::max();  ///< at most so often
    memory_fault fault{};                                             ///< what happens then
};

/// Faults by chance, drawn from the broker's seed.
struct memory_chaos {
    double probability = 0;                             ///< of a fault, for each submit: 0 to 1
    std::vector<memory_fault> faults{};                 ///< one of these, equally likely; empty: a mixture of all
    nanoseconds slow = std::chrono::milliseconds(500);  ///< of the mixture: the delay, and how long the broker is down
};

}  // namespace stentor::inline v0

namespace stentor::inline v0::detail {

inline constexpr instant never = instant::max();

// One attached transport, as the world knows it. Stays until the world goes, so that nothing in the calendar can dangle.
struct port {
    events* core = nullptr;
    std::uint32_t id = 0;
    bool gone = false;        // what is still inside is dropped, not reported
    bool told_again = false;  // waits for `resumed` because the queue was full
    std::size_t inside = 0;   // submitted and not reported
    instant alarm = never;
    std::uint64_t alarm_order = 0;
    instant purge_at = never;  // retired: when to stop waiting for reports
    std::shared_ptr<void> keep{};
};

// One record inside the broker, with its bytes behind it in the arena. What is stored is handed out by reference, so it is here
// too.
struct entry {
    memory_record stored{};
    memory_topic* topic = nullptr;
    port* from = nullptr;
    completion* which = nullptr;
    arena::chunk* home = nullptr;
    entry* previous = nullptr;  // in the waiting room
    entry* next = nullptr;
    instant submitted{};
    std::uint64_t content = 0;  // for the hash of the trace
    memory_fault plan{};
    std::int32_t asked_partition = -1;
    bool unsent = false;  // the broker went down before it was on the wire
    bool logged = false;

    [[nodiscard]] record as_submitted() const noexcept {
        return {stored.topic, stored.key, stored.value, stored.headers, stored.time, asked_partition};
    }
};

// The bytes of a view, copied to `to`, which moves on. Null stays null.
[[nodiscard]] inline std::string_view copy_bytes(std::string_view from, char*& to) noexcept {
    if (from.data() == nullptr) {
        return {};
    }
    if (from.empty()) {
        return {"", 0};
    }
    copy_short(to, from.data(), from.size());
    const std::string_view copy{to, from.size()};
    to += from.size();
    return copy;
}

// Copies a record into the arena. Throws std::bad_alloc.
[[nodiscard]] inline entry* store(arena& memory, const record& r, bool keep) {
    std::size_t bytes = r.key.size() + r.value.size();
    for (const header& h : r.headers) {
        bytes += h.fixed ? 0 : h.name.size() + h.value.size();
    }
    const std::size_t count = r.headers.size();
    std::byte* const block = memory.take(sizeof(entry) + count * sizeof(header) + bytes, keep);
    auto* const e = ::new (block) entry;
    auto* const headers = reinterpret_cast<header*>(block + sizeof(entry));
    char* to = reinterpret_cast<char*>(headers + count);
    e->home = memory.where();
    e->stored.key = copy_bytes(r.key, to);
    e->stored.value = copy_bytes(r.value, to);
    for (std::size_t i = 0; i < count; ++i) {
        const header& h = r.headers[i];
        ::new (headers + i) header(h.fixed ? h : header{copy_bytes(h.name, to), copy_bytes(h.value, to), false});
    }
    e->stored.headers = header_view(headers, count);
    e->stored.time = r.time;
    e->asked_partition = r.partition;
    return e;
}

// Entries with no answer under way, in the order of their submit: the broker is down, or completion is manual.
class waiting_room {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] entry* front() const noexcept { return first_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void add(entry& e) noexcept {
        entry* before = last_;
        while (before != nullptr && before->stored.submission > e.stored.submission) {
            before = before->previous;
        }
        e.previous = before;
        e.next = before != nullptr ? before->next : first_;
        (before != nullptr ? before->next : first_) = &e;
        (e.next != nullptr ? e.next->previous : last_) = &e;
        ++size_;
    }
    void remove(entry& e) noexcept {
        (e.previous != nullptr ? e.previous->next : first_) = e.next;
        (e.next != nullptr ? e.next->previous : last_) = e.previous;
        e.previous = e.next = nullptr;
        --size_;
    }

private:
    entry* first_ = nullptr;
    entry* last_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

// When something happens; equal instants in the order in which they were asked for, so that a run is the same every time.
struct due {
    instant at = never;
    std::uint64_t order = 0;
    [[nodiscard]] bool before(const due& o) const noexcept { return at != o.at ? at < o.at : order < o.order; }
};

// Something that happens at a time of its own.
struct appointment {
    enum class kind : std::uint8_t {
        acknowledge,
        fail,
        write,
        take_back,
        resume,
        tell
    };
    due when{};
    kind what = kind::resume;
    port* whom = nullptr;
    entry* which = nullptr;
    client_event news{};
    [[nodiscard]] friend bool operator<(const appointment& a, const appointment& b) noexcept { return b.when.before(a.when); }
};

// What is going to happen. Nearly all of it is the broker's usual answers, each after the same latency and so in order already:
// they are a ring, and only the rest is a heap.
class calendar {
public:
    struct arrival {
        due when{};
        entry* which = nullptr;
    };

    [[nodiscard]] bool has_arrival() const noexcept { return head_ != tail_; }
    [[nodiscard]] const arrival& next_arrival() const noexcept { return ring_[head_ & mask()]; }
    [[nodiscard]] bool has_appointment() const noexcept { return !heap_.empty(); }
    [[nodiscard]] const appointment& next_appointment() const noexcept { return heap_.front(); }
    [[nodiscard]] std::size_t arrivals() const noexcept { return tail_ - head_; }

    // For so many arrivals, and so many appointments more: then neither `arrive` nor `add` needs memory. Throws std::bad_alloc.
    void make_room(std::size_t arrivals, std::size_t appointments) {
        while (ring_.size() < arrivals) {
            grow();
        }
        detail::make_room(heap_, heap_.size() + appointments);
    }
    // `when` must not be before an earlier arrival's. Throws std::bad_alloc.
    void arrive(due when, entry& e) {
        if (tail_ - head_ == ring_.size()) {
            grow();
        }
        ring_[tail_ & mask()] = {when, &e};
        ++tail_;
    }
    // Takes those out for which `gone` is true.
    template <class F>
    void cancel_arrivals(F&& gone) {
        std::size_t kept = head_;
        for (std::size_t i = head_; i != tail_; ++i) {
            const arrival a = ring_[i & mask()];
            if (!gone(*a.which)) {
                ring_[kept++ & mask()] = a;
            }
        }
        tail_ = kept;
    }
    entry& pop_arrival() noexcept { return *ring_[head_++ & mask()].which; }

    void add(const appointment& a) {
        heap_.push_back(a);
        std::push_heap(heap_.begin(), heap_.end());
    }
    appointment pop_appointment() noexcept {
        std::pop_heap(heap_.begin(), heap_.end());
        const appointment a = heap_.back();
        heap_.pop_back();
        return a;
    }

private:
    [[nodiscard]] std::size_t mask() const noexcept { return ring_.size() - 1; }
    void grow() {
        std::vector<arrival> bigger(ring_.empty() ? 64 : ring_.size() * 2);
        const std::size_t n = arrivals();
        for (std::size_t i = 0; i < n; ++i) {
            bigger[i] = ring_[(head_ + i) & mask()];
        }
        ring_.swap(bigger);
        head_ = 0;
        tail_ = n;
    }

    std::vector<arrival> ring_;
    std::size_t head_ = 0;
    std::size_t tail_ = 0;
    std::vector<appointment> heap_;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/memory/chance.hpp

namespace stentor::inline v0::detail {

// splitmix64: a few instructions, any seed is a good one, and the same numbers from every compiler, which <random> does not
// promise.
class generator {
public:
    explicit generator(std::uint64_t seed) noexcept : state_(seed) {}
    [[nodiscard, gnu::always_inline]] std::uint64_t next() noexcept {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }
    // From 0 up to 1, 1 left out; exact in a double, hence the same everywhere.
    [[nodiscard]] double fraction() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

private:
    std::uint64_t state_;
};

// The faults that are due: scripted ones first, then chance.
class fault_source {
public:
    void add(memory_script s) {
        if (s.attempt != 0) {
            s.from = s.to = s.attempt;
        }
        rules_.push_back({std::move(s), 0});
    }
    void by_chance(memory_chaos c) { chaos_ = std::move(c); }
    void clear() {
        rules_.clear();
        chaos_ = {};
    }
    [[nodiscard]] bool idle() const noexcept { return rules_.empty() && chaos_.probability <= 0; }

    [[nodiscard]] memory_fault draw(std::string_view topic, std::string_view key, generator& random) {
        const memory_fault* found = nullptr;
        for (rule& r : rules_) {
            if (!fits(r.script, topic, key)) {
                continue;
            }
            ++r.seen;
            if (found == nullptr && r.script.times > 0 && r.seen >= r.script.from && r.seen <= r.script.to) {
                --r.script.times;
                found = &r.script.fault;
            }
        }
        if (found != nullptr) {
            const memory_fault chosen = *found;
            std::erase_if(rules_, [](const rule& r) { return r.script.times == 0 || r.seen >= r.script.to; });
            return chosen;
        }
        return chaos_.probability > 0 && random.fraction() < chaos_.probability ? any(random) : memory_fault{};
    }

private:
    struct rule {
        memory_script script{};
        std::uint32_t seen = 0;
    };

    [[nodiscard]] static bool fits(const memory_script& s, std::string_view topic, std::string_view key) noexcept {
        return (s.topic.empty() || s.topic == topic) && (!s.key || (key.data() != nullptr && *s.key == key));
    }

    [[nodiscard]] memory_fault any(generator& random) const {
        if (!chaos_.faults.empty()) {
            return chaos_.faults[static_cast<std::size_t>(random.next() % chaos_.faults.size())];
        }
        switch (random.next() % 10) {
            case 0: return memory_fault::refuse(10);
            case 1: return memory_fault::queue_full(chaos_.slow);
            case 2: return memory_fault::answer(10);
            case 3: return memory_fault::answer(7);
            case 4: return memory_fault::lost_request();
            case 5: return memory_fault::lost_acknowledgement();
            case 6: return memory_fault::slow_acknowledgement(chaos_.slow);
            case 7: return memory_fault::duplicate();
            case 8: return memory_fault::broker_down(chaos_.slow);
            default: return memory_fault::answer(19);
        }
    }

    std::vector<rule> rules_;
    memory_chaos chaos_{};
};

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/memory/director.hpp

// ---- stentor/detail/memory/history.hpp

// ---- stentor/detail/memory/native_names.hpp

namespace stentor::inline v0::detail {

// What Kafka and librdkafka call the errors of the class table, so that a test on the fake sees the names that production logs
// show.
[[nodiscard]] constexpr const char* native_name(std::int32_t native) noexcept {
    switch (native) {
        case -195: return "_TRANSPORT";
        case -193: return "_RESOLVE";
        case -192: return "_MSG_TIMED_OUT";
        case -190: return "_UNKNOWN_PARTITION";
        case -188: return "_UNKNOWN_TOPIC";
        case -187: return "_ALL_BROKERS_DOWN";
        case -185: return "_TIMED_OUT";
        case -184: return "_QUEUE_FULL";
        case -181: return "_SSL";
        case -169: return "_AUTHENTICATION";
        case -165: return "_UNSUPPORTED_FEATURE";
        case -152: return "_PURGE_QUEUE";
        case -151: return "_PURGE_INFLIGHT";
        case -150: return "_FATAL";
        case -144: return "_FENCED";
        case 2: return "INVALID_MSG";
        case 3: return "UNKNOWN_TOPIC_OR_PART";
        case 5: return "LEADER_NOT_AVAILABLE";
        case 6: return "NOT_LEADER_FOR_PARTITION";
        case 7: return "REQUEST_TIMED_OUT";
        case 8: return "BROKER_NOT_AVAILABLE";
        case 9: return "REPLICA_NOT_AVAILABLE";
        case 10: return "MSG_SIZE_TOO_LARGE";
        case 13: return "NETWORK_EXCEPTION";
        case 14: return "COORDINATOR_LOAD_IN_PROGRESS";
        case 17: return "TOPIC_EXCEPTION";
        case 18: return "RECORD_LIST_TOO_LARGE";
        case 19: return "NOT_ENOUGH_REPLICAS";
        case 20: return "NOT_ENOUGH_REPLICAS_AFTER_APPEND";
        case 29: return "TOPIC_AUTHORIZATION_FAILED";
        case 31: return "CLUSTER_AUTHORIZATION_FAILED";
        case 32: return "INVALID_TIMESTAMP";
        case 35: return "UNSUPPORTED_VERSION";
        case 43: return "UNSUPPORTED_FOR_MESSAGE_FORMAT";
        case 44: return "POLICY_VIOLATION";
        case 45: return "OUT_OF_ORDER_SEQUENCE_NUMBER";
        case 46: return "DUPLICATE_SEQUENCE_NUMBER";
        case 47: return "INVALID_PRODUCER_EPOCH";
        case 49: return "INVALID_PRODUCER_ID_MAPPING";
        case 53: return "TRANSACTIONAL_ID_AUTHORIZATION_FAILED";
        case 56: return "KAFKA_STORAGE_ERROR";
        case 58: return "SASL_AUTHENTICATION_FAILED";
        case 74: return "FENCED_LEADER_EPOCH";
        case 76: return "UNSUPPORTED_COMPRESSION_TYPE";
        case 87: return "INVALID_RECORD";
        case 89: return "THROTTLING_QUOTA_EXCEEDED";
        case 90: return "PRODUCER_FENCED";
        default: return "UNKNOWN";
    }
}

[[nodiscard]] inline fault native_fault(std::int32_t native) noexcept {
    fault f;
    f.code = classify(native).code;
    f.native = native;
    f.name = native_name(native);
    return f;
}

// How a broker brings about a condition. Throws std::invalid_argument for one that it can't.
[[nodiscard]] inline memory_fault fault_for(errc code) {
    switch (code) {
        case errc::queue_full: return memory_fault::queue_full();
        case errc::deadline_exceeded: return memory_fault::time_out();
        case errc::authentication: return memory_fault::answer(-169);
        case errc::authorization: return memory_fault::answer(29);
        case errc::tls: return memory_fault::answer(-181);
        case errc::dns: return memory_fault::answer(-193);
        case errc::broker_unavailable: return memory_fault::answer(19);
        case errc::unknown_topic: return memory_fault::answer(3);
        case errc::message_too_large: return memory_fault::answer(10);
        case errc::rejected: return memory_fault::answer(87);
        case errc::invalid_config: return memory_fault::answer(35);
        case errc::fatal: return memory_fault::answer(-150);
        default: break;
    }
    throw std::invalid_argument("memory_broker: no broker can cause " + std::string(to_string(code)) +
                                ". Use a condition that comes from outside, such as broker_unavailable, or bring it about in the "
                                "publisher itself.");
}

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

enum class happening : std::uint8_t {
    submit,
    again,
    refuse,
    log,
    report,
    taken_back,
    dropped,
    resumed,
    told,
    alarm,
    down,
    up
};

// Everything that happened, as numbers; text only when somebody asks. The hash covers it even when nothing is kept.
class history {
public:
    struct step {
        instant at{};
        const memory_record* which = nullptr;  // in the arena; null when it is of no record
        std::int64_t offset = -1;
        std::int32_t native = 0;
        std::uint32_t publisher = 0;
        happening what = happening::submit;
        stentor::outcome outcome = outcome::persisted;
    };

    // `content` is a hash of what the step does not hold: topic and key.
    void add(const step& s, std::uint64_t content, bool keep) noexcept {
        const std::uint64_t numbers = static_cast<std::uint64_t>(s.offset) << 20U ^ static_cast<std::uint64_t>(s.publisher) << 40U ^
                                      static_cast<std::uint64_t>(static_cast<std::uint32_t>(s.native)) << 12U ^
                                      static_cast<std::uint64_t>(s.what) << 4U ^ static_cast<std::uint64_t>(s.outcome);
        const auto time = static_cast<std::uint64_t>(s.at.time_since_epoch().count());
        // Both parts are mixed apart from the chain, so that a step costs the chain one multiplication only.
        mix(time * 0x9e3779b97f4a7c15ULL ^ (content ^ numbers) * 0xbf58476d1ce4e5b9ULL);
        if (keep) {
            // Without memory the trace has a gap, and the world goes on.
            try {
                steps_.push_back(s);
            } catch (const std::bad_alloc&) {
                return;
            }
        }
    }
    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
    void clear() noexcept {
        steps_.clear();
        hash_ = seed;
    }

    [[nodiscard]] std::string text(instant start) const {
        std::string out;
        for (const step& s : steps_) {
            const std::int64_t ns = (s.at - start).count();
            const std::string fraction = std::to_string(ns % 1'000'000'000);
            out.append("+").append(std::to_string(ns / 1'000'000'000)).append(".");
            out.append(9 - fraction.size(), '0').append(fraction);
            if (s.publisher != 0) {
                out.append(" publisher ").append(std::to_string(s.publisher));
            }
            out.append(" ").append(word(s.what));
            if (s.what == happening::report) {
                out.append(" ").append(to_string(s.outcome));
            }
            if (s.which != nullptr) {
                if (s.which->submission != 0) {
                    out.append(" #").append(std::to_string(s.which->submission));
                }
                out.append(" ").append(s.which->topic);
                if (s.which->partition >= 0) {
                    out.append("-").append(std::to_string(s.which->partition));
                }
                append_key(out, s.which->key);
            }
            if (s.what == happening::told) {
                out.append(" ").append(news(static_cast<client_event::kind>(s.offset)));
            } else if (s.offset >= 0) {
                out.append(" @").append(std::to_string(s.offset));
            }
            if (s.native != 0) {
                out.append(" ").append(native_name(s.native)).append(" (").append(std::to_string(s.native)).append(")");
            }
            out.push_back('\n');
        }
        return out;
    }

private:
    static constexpr std::uint64_t seed = 0xcbf29ce484222325ULL;

    [[nodiscard]] static std::string_view word(happening h) noexcept {
        switch (h) {
            case happening::submit: return "submit";
            case happening::again: return "again";
            case happening::refuse: return "refuse";
            case happening::log: return "log";
            case happening::report: return "report";
            case happening::taken_back: return "taken_back";
            case happening::dropped: return "dropped";
            case happening::resumed: return "resumed";
            case happening::told: return "told";
            case happening::alarm: return "alarm";
            case happening::down: return "down";
            case happening::up: break;
        }
        return "up";
    }

    [[nodiscard]] static std::string_view news(client_event::kind k) noexcept {
        switch (k) {
            case client_event::kind::broker_up: return "broker_up";
            case client_event::kind::all_brokers_down: return "all_brokers_down";
            case client_event::kind::authentication_failed: return "authentication_failed";
            case client_event::kind::tls_failed: return "tls_failed";
            case client_event::kind::fault: return "fault";
            case client_event::kind::fatal: break;
        }
        return "fatal";
    }

    // A key may be any bytes; a line of the trace is one line of text.
    static void append_key(std::string& out, std::string_view key) {
        if (key.data() == nullptr) {
            return;
        }
        constexpr std::string_view digits = "0123456789abcdef";
        out.append(" [");
        for (const char c : key) {
            const auto u = static_cast<unsigned char>(c);
            if (u > 0x1f && u < 0x7f && c != '\\' && c != ']') {
                out.push_back(c);
            } else {
                out.append("\\x").push_back(digits[u >> 4U]);
                out.push_back(digits[u & 15U]);
            }
        }
        out.push_back(']');
    }

    void mix(std::uint64_t word) noexcept {
        hash_ = (hash_ ^ word) * 0x100000001b3ULL;
        hash_ ^= hash_ >> 29U;
    }

    std::vector<step> steps_;
    std::uint64_t hash_ = seed;
};

}  // namespace stentor::inline v0::detail

namespace stentor::inline v0::detail {

// One line of the trace as it is written, with the record that it is about. Views live for the call.
struct notice {
    happening what = happening::submit;
    instant at{};
    std::uint32_t publisher = 0;
    stentor::outcome outcome = outcome::persisted;
    std::int32_t native = 0;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::uint64_t submission = 0;
    const record* which = nullptr;  // null when it is of no record
};

// Who plays a whole run on a world of one thread: plans the faults, sees everything, and acts at times of its own, also while a
// caller waits inside the publisher. Called with the lock open; `visit` may submit, and wait: who waited before goes on after that.
class director {
public:
    director() = default;
    virtual ~director() = default;
    director(const director&) = delete;
    director& operator=(const director&) = delete;
    // What happens to the record that is being submitted.
    [[nodiscard]] virtual memory_fault fault_for(const record& r) = 0;
    virtual void noted(const notice& what) = 0;
    // One thing has happened, and what followed from it at once.
    virtual void stepped() = 0;
    // When it wants to act; `instant::max()`: not any more. A visit must move it on.
    [[nodiscard]] virtual instant next_visit() const noexcept = 0;
    virtual void visit() = 0;
};

}  // namespace stentor::inline v0::detail
// ---- stentor/transport/memory_options.hpp

namespace stentor::inline v0 {

/// What a `memory_broker` is made with.
struct memory_broker_options {
    bool shared = false;          ///< true: several threads may use it, and only `advance` and `run_until_idle` move time
    std::uint64_t seed = 1;       ///< of all randomness, that of `moment` too
    std::int32_t partitions = 1;  ///< of a topic that is made without saying; at least 1
    nanoseconds latency{};        ///< from `submit` to the broker's answer
    timestamp start{std::chrono::seconds(1'767'225'600)};   ///< wall time at the beginning: 2026-01-01T00:00:00Z
    bool auto_create_topics = true;                         ///< false: a topic that was not made is UNKNOWN_TOPIC_OR_PART (3)
    nanoseconds attempt_timeout = std::chrono::seconds(9);  ///< how long a record may stay inside with no answer
    std::size_t queue_limit = std::numeric_limits<std::size_t>::max();  ///< records inside; over that `submit` answers `again`
    /// How many of the records inside are on the wire when the broker goes down. The others are only queued: `take_back` returns
    /// them, and if they time out they are definitely not in the log.
    std::size_t on_the_wire = 10;
    /// The publishers' producers are idempotent, as `kafka_config::idempotence` says. False: a request that its client has given up
    /// can be written later (`memory_fault::late_write`).
    bool idempotence = true;
    /// Keep records and trace. False (for benchmarks): memory stays bounded, `records` and `trace` stay empty, the hash goes on.
    bool keep_history = true;
};

}  // namespace stentor::inline v0

namespace stentor::inline v0::detail {

// The virtual world: clock, calendar, broker, log. Shared by a memory_broker and its transports. All state is under one lock, which
// is a no-op unless the world is shared; calls into `events` are made with the lock open, by the one thread that holds the token.
class memory_world {
public:
    explicit memory_world(const memory_broker_options& o) : options_(o), random_(o.seed) {}
    memory_world(const memory_world&) = delete;
    memory_world& operator=(const memory_world&) = delete;

    // what a transport needs (submit.ipp, dispatch.ipp, ports.ipp)
    // What `attach` needs is allocated here; then it is attached, or not expected any more. Throws std::bad_alloc.
    void expect_port();
    void expect_no_port() noexcept;
    [[nodiscard]] port* attach(events& core) noexcept;
    void detach(port& p) noexcept;
    [[nodiscard]] fault submit(port& p, const record& r, completion& c) noexcept;
    // Inline, so that the caller need not read from memory what was stored in smaller pieces a moment ago.
    [[nodiscard, gnu::always_inline]] moment now() noexcept {
        const guard hold(*this);
        return moment_now();
    }
    void wake_at(port& p, instant when) noexcept;
    [[nodiscard]] bool wait(latch& l, instant until) noexcept;
    void retire(port& p, std::shared_ptr<void> keep, instant until) noexcept;
    void take_back(port& p) noexcept;
    void crash(port& p) noexcept;
    [[nodiscard]] bool up() noexcept {
        const guard hold(*this);
        return up_;
    }
    [[nodiscard]] const memory_broker_options& options() const noexcept { return options_; }

    // what the broker's owner can do (control.ipp)
    void advance(nanoseconds d);
    bool run_until_idle(nanoseconds at_most);
    void go_down(nanoseconds d);
    void go_up();
    void hold();
    void release();
    std::size_t complete_next(std::size_t n, const memory_fault& f);
    void create_topic(std::string_view name, std::int32_t partitions);
    void delete_topic(std::string_view name);
    void deny_topic(std::string_view name, bool denied);
    void script(memory_script s);
    void by_chance(memory_chaos c);
    void announce(const client_event& what);
    void clear();
    void abandon() noexcept;
    void shift_wall(milliseconds by) noexcept;
    void spend(nanoseconds d);
    // Null: nobody any more. For worlds of one thread.
    void direct(director* who) noexcept { director_ = who; }
    [[nodiscard]] const memory_log& records(std::string_view topic);
    [[nodiscard]] std::string trace();
    [[nodiscard]] std::uint64_t trace_hash();
    [[nodiscard]] instant present() noexcept {
        const guard hold(*this);
        return now_;
    }
    [[nodiscard]] timestamp wall() noexcept {
        const guard hold(*this);
        return wall_now();
    }
    [[nodiscard]] nanoseconds elapsed() noexcept {
        const guard hold(*this);
        return now_ - origin;
    }
    [[nodiscard]] std::size_t inside() noexcept {
        const guard hold(*this);
        return inside_;
    }

private:
    // Not zero, so that nobody who takes zero for "not set", or subtracts a little, is surprised.
    static constexpr instant origin{std::chrono::hours(1)};

    class guard {
    public:
        explicit guard(memory_world& w) noexcept : world_(w) { world_.lock(); }
        ~guard() { world_.unlock(); }
        guard(const guard&) = delete;
        guard& operator=(const guard&) = delete;

    private:
        memory_world& world_;
    };

    enum class source : std::uint8_t {
        nothing,
        arrival,
        appointment,
        alarm,
        expiry,
        recovery,
        purge,
        visit
    };
    struct candidate {
        due when{};
        source from = source::nothing;
        port* whom = nullptr;
    };

    void lock() noexcept {
        if (options_.shared) {
            lock_.lock();
        }
    }
    void unlock() noexcept {
        if (options_.shared) {
            lock_.unlock();
        }
    }
    [[nodiscard, gnu::always_inline]] moment moment_now() noexcept { return {now_, random_.next(), wall_now()}; }
    [[nodiscard]] timestamp wall_now() const noexcept {
        return options_.start + wall_shift_ + std::chrono::floor<milliseconds>(now_ - origin);
    }
    // Of topic, key and size: what a step of the trace does not say in numbers.
    [[nodiscard]] static std::uint64_t content_of(const memory_topic& t, const record& r, const completion& c) noexcept {
        return t.hash ^ (c.keyed ? c.key_hash : ~std::uint64_t{0}) * 0x9e3779b97f4a7c15ULL ^ r.value.size() << 8U;
    }
    [[nodiscard]] due at(instant when) noexcept { return {when < now_ ? now_ : when, ++order_}; }
    // `base` plus `d`, for a `d` that may be as large as can be.
    [[nodiscard]] static instant after(instant base, nanoseconds d) noexcept {
        return d.count() <= 0 ? base : d > never - base ? never : base + d;
    }
    void note(happening what, const entry* e, std::int32_t native = 0, stentor::outcome o = outcome::persisted,
              std::int64_t offset = -1, const port* p = nullptr);

    // All that the future of what is inside, of one record more, and of the news for every port can need: what happens later, and
    // may not fail, allocates nothing. Throws std::bad_alloc.
    void make_room() { calendar_.make_room(inside_ + 1, inside_ + 1 + 8 * (live_.size() + spare_.size() + 1)); }

    // submit.ipp
    [[nodiscard]] fault try_submit(port& p, const record& r, completion& c);
    [[nodiscard]] entry& copy_in(port& p, memory_topic& t, const record& r, completion& c);
    void tell_director(happening what, const entry* e, std::int32_t native, stentor::outcome o, std::int64_t offset,
                       std::uint32_t publisher);
    void note_refused(happening what, port& p, memory_topic& t, const record& r, completion& c, std::int32_t native);
    [[nodiscard]] entry& take(port& p, memory_topic& t, const record& r, completion& c);
    [[nodiscard]] memory_fault plan_for(memory_topic& t, const record& r);
    void place(memory_topic& t, entry& e, const completion& c);
    void arrived(entry& e);
    // False: there is no memory for it, and it is not in the log.
    [[nodiscard]] bool write_to_log(entry& e) noexcept;
    void append(entry& e);
    void give_up(entry& e);
    void write_late(entry& e);
    void report_no_room(entry& e);
    void open_topic(memory_topic& t, std::int32_t partitions);

    // dispatch.ipp
    [[nodiscard]] bool take_token(bool must);
    void return_token() noexcept;
    bool drive(instant limit, latch* until_set, bool must);
    [[nodiscard]] candidate next() const noexcept;
    [[nodiscard]] bool step(instant limit);
    template <class F>
    void call(port& p, F&& what);
    void keep_appointment(const appointment& a);
    void report_to_owner(entry& e, stentor::outcome o, std::int32_t native, bool taken_back);

    // ports.ipp
    void let_go(port& p) noexcept;
    void settle(port& p) noexcept {
        if (p.purge_at != never && (p.inside == 0 || abandoned_)) {
            let_go(p);
        }
    }

    // control.ipp
    void down_locked(nanoseconds d);
    void up_locked();
    void tell_all(const client_event& what, bool resume_too);
    void send_waiting();
    void run_due();

    const memory_broker_options options_;
    spin_lock lock_{};
    instant now_ = origin;
    std::uint64_t order_ = 0;
    std::uint64_t submissions_ = 0;
    generator random_;
    calendar calendar_{};
    waiting_room waiting_{};
    fault_source faults_{};
    topic_table topics_{};
    arena memory_{};
    history history_{};
    std::vector<std::unique_ptr<port>> ports_;
    std::vector<std::unique_ptr<port>> spare_;  // for those that are not attached yet
    std::vector<port*> live_;                   // of these, the ones that still want something
    std::deque<std::string> causes_;
    std::size_t inside_ = 0;
    bool up_ = true;
    bool held_ = false;
    bool abandoned_ = false;
    bool dispatching_ = false;
    bool again_told_ = false;
    port* calling_ = nullptr;  // whose callback runs
    ::pthread_t dispatcher_{};
    due recovery_{};  // when the broker comes up by itself
    milliseconds wall_shift_{};
    director* director_ = nullptr;
};

}  // namespace stentor::inline v0::detail

// ---- stentor/detail/memory/control.ipp

namespace stentor::inline v0::detail {

inline void memory_world::advance(nanoseconds d) {
    if (!take_token(true)) {
        throw std::logic_error("memory_broker: time can't be moved from inside a handler. Call advance() from the test itself.");
    }
    const instant target = after(now_, d);
    while (step(target)) {
    }
    if (now_ < target) {
        now_ = target;
    }
    return_token();
}

inline bool memory_world::run_until_idle(nanoseconds at_most) {
    if (!take_token(true)) {
        throw std::logic_error(
            "memory_broker: time can't be moved from inside a handler. Call run_until_idle() from the test itself.");
    }
    const instant limit = after(now_, at_most);
    while (step(limit)) {
    }
    const bool idle = next().from == source::nothing;
    return_token();
    return idle;
}

// In a world of one thread what became due waits for the next wait or advance. In a shared one a thread may be asleep over it.
inline void memory_world::run_due() {
    if (options_.shared) {
        lock();
        const instant present = now_;
        unlock();
        drive(present, nullptr, false);
    }
}

inline void memory_world::tell_all(const client_event& what, bool resume_too) {
    for (port* const p : live_) {
        calendar_.add({at(now_), appointment::kind::tell, p, nullptr, what});
    }
    for (port* const p : live_) {
        if (resume_too) {
            calendar_.add({at(now_), appointment::kind::resume, p, nullptr, {}});
        }
    }
}

inline void memory_world::down_locked(nanoseconds d) {
    recovery_ = d == nanoseconds::max() ? due{} : at(after(now_, d));
    if (!std::exchange(up_, false)) {
        return;
    }
    note(happening::down, nullptr);
    while (calendar_.has_arrival()) {
        waiting_.add(calendar_.pop_arrival());
    }
    std::size_t on_the_wire = 0;
    for (entry* e = waiting_.front(); e != nullptr; e = e->next) {
        e->unsent = !e->logged && on_the_wire++ >= options_.on_the_wire;
    }
    tell_all({client_event::kind::all_brokers_down, errc::broker_unavailable, "no broker is up"}, false);
}

inline void memory_world::send_waiting() {
    while (!waiting_.empty()) {
        entry& e = *waiting_.front();
        waiting_.remove(e);
        e.unsent = false;
        calendar_.arrive(at(after(now_, options_.latency)), e);
    }
}

inline void memory_world::up_locked() {
    recovery_ = {};
    if (std::exchange(up_, true)) {
        return;
    }
    note(happening::up, nullptr);
    tell_all({client_event::kind::broker_up, errc::none, {}}, true);
    if (!held_) {
        send_waiting();
    }
}

inline void memory_world::go_down(nanoseconds d) {
    {
        const guard hold(*this);
        make_room();
        down_locked(d);
    }
    run_due();
}

inline void memory_world::go_up() {
    {
        const guard hold(*this);
        make_room();
        up_locked();
    }
    run_due();
}

inline void memory_world::hold() {
    const guard hold(*this);
    held_ = true;
    while (calendar_.has_arrival()) {
        waiting_.add(calendar_.pop_arrival());
    }
}

inline void memory_world::release() {
    {
        const guard hold(*this);
        held_ = false;
        if (up_) {
            send_waiting();
        }
    }
    run_due();
}

inline std::size_t memory_world::complete_next(std::size_t n, const memory_fault& f) {
    using kind = memory_fault::kind;
    if (f.what == kind::refuse || f.what == kind::queue_full || f.what == kind::broker_down) {
        throw std::invalid_argument("memory_broker: complete_next() needs a fault that an answer can have, such as answer(19).");
    }
    if (!take_token(true)) {
        throw std::logic_error("memory_broker: complete_next() can't be called from inside a handler, which it would interrupt.");
    }
    std::size_t done = 0;
    for (; done < n && !waiting_.empty(); ++done) {
        entry& e = *waiting_.front();
        waiting_.remove(e);
        e.unsent = false;
        if (f.what != kind::none) {
            e.plan = f;
        }
        arrived(e);
    }
    while (step(now_)) {
    }
    return_token();
    return done;
}

inline void memory_world::create_topic(std::string_view name, std::int32_t partitions) {
    if (name.empty() || partitions < 1) {
        throw std::invalid_argument("memory_broker: a topic needs a name and at least one partition");
    }
    const guard hold(*this);
    memory_topic& t = topics_.get(name);
    t.deleted = false;
    if (!t.exists) {
        open_topic(t, partitions);
    } else if (static_cast<std::size_t>(partitions) > t.next_offset.size()) {
        t.next_offset.resize(static_cast<std::size_t>(partitions), 0);
    }
}

inline void memory_world::delete_topic(std::string_view name) {
    const guard hold(*this);
    memory_topic& t = topics_.get(name);
    t.exists = false;
    t.deleted = true;
    t.next_offset.clear();
    t.log.clear();
}

inline void memory_world::deny_topic(std::string_view name, bool denied) {
    const guard hold(*this);
    topics_.get(name).denied = denied;
}

inline void memory_world::script(memory_script s) {
    const guard hold(*this);
    faults_.add(std::move(s));
}

inline void memory_world::by_chance(memory_chaos c) {
    const guard hold(*this);
    faults_.by_chance(std::move(c));
}

inline void memory_world::announce(const client_event& what) {
    {
        const guard hold(*this);
        make_room();
        client_event kept = what;
        kept.cause = causes_.emplace_back(what.cause);
        tell_all(kept, false);
    }
    run_due();
}

// As a process dies: what it has on the wire goes on, what it had only queued is lost, and nobody is told of anything any more.
inline void memory_world::crash(port& p) noexcept {
    const guard hold(*this);
    p.gone = true;
    p.alarm = never;
    std::erase(live_, &p);
    std::size_t on_the_wire = 0;
    calendar_.cancel_arrivals([&](entry& e) {
        const bool lost = e.from == &p && !e.logged && on_the_wire++ >= options_.on_the_wire;
        if (lost) {
            report_to_owner(e, outcome::not_persisted, -152, false);
        }
        return lost;
    });
    for (entry* e = waiting_.front(); e != nullptr;) {
        entry* const following = e->next;
        if (e->from == &p && !e->logged && (e->unsent || on_the_wire++ >= options_.on_the_wire)) {
            waiting_.remove(*e);
            report_to_owner(*e, outcome::not_persisted, -152, false);
        }
        e = following;
    }
}

inline void memory_world::spend(nanoseconds d) {
    const guard hold(*this);
    if (calling_ == nullptr || ::pthread_equal(dispatcher_, ::pthread_self()) == 0) {
        throw std::logic_error("memory_broker: spend() is for handlers. Call advance() from the test itself.");
    }
    now_ = after(now_, d);
}

inline void memory_world::shift_wall(milliseconds by) noexcept {
    const guard hold(*this);
    wall_shift_ += by;
}

inline void memory_world::clear() {
    const guard hold(*this);
    topics_.each([](memory_topic& t) { t.log.clear(); });
    history_.clear();
    memory_.forget();
}

// Nobody can move time any more, so nothing that is still inside will ever be reported: what waits for that goes now.
inline void memory_world::abandon() noexcept {
    const guard hold(*this);
    abandoned_ = true;
    // By index: what dies here may open the lock to somebody who attaches.
    for (std::size_t i = 0; i < ports_.size(); ++i) {  // NOLINT(modernize-loop-convert)
        if (ports_[i]->keep != nullptr) {
            let_go(*ports_[i]);
        } else if (!ports_[i]->gone) {
            unlock();
            ports_[i]->core->abandoned();
            lock();
        }
    }
}

inline const memory_log& memory_world::records(std::string_view topic) {
    const guard hold(*this);
    return topics_.get(topic).log;
}

inline std::string memory_world::trace() {
    const guard hold(*this);
    return history_.text(origin);
}

inline std::uint64_t memory_world::trace_hash() {
    const guard hold(*this);
    return history_.hash();
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/memory/dispatch.ipp

namespace stentor::inline v0::detail {

// The token: who holds it runs events, one at a time. With `must` it waits for its turn. Leaves the lock held when it returns true.
inline bool memory_world::take_token(bool must) {
    lock();
    while (dispatching_) {
        const bool own = ::pthread_equal(dispatcher_, ::pthread_self()) != 0;
        unlock();
        if (own || !must) {
            return false;
        }
        ::sched_yield();
        lock();
    }
    dispatching_ = true;
    dispatcher_ = ::pthread_self();
    return true;
}

inline void memory_world::return_token() noexcept {
    dispatching_ = false;
    unlock();
}

// Runs what is due up to `limit`, in order, until the latch is set. False when somebody else holds the token.
inline bool memory_world::drive(instant limit, latch* until_set, bool must) {
    if (!take_token(must)) {
        return false;
    }
    // A slow handler may have taken so long that the waiter's time is over before what came meanwhile is looked at.
    while ((until_set == nullptr || (!until_set->is_set() && now_ <= limit)) && step(limit)) {
    }
    if (!options_.shared && now_ < limit && limit != never && (until_set == nullptr || !until_set->is_set())) {
        now_ = limit;
    }
    return_token();
    return true;
}

inline bool memory_world::wait(latch& l, instant until) noexcept {
    if (!options_.shared) {
        return l.is_set() || (drive(until, &l, false) && l.is_set());
    }
    for (;;) {
        lock();
        const instant present = now_;
        unlock();
        if (l.is_set()) {
            return true;
        }
        if (present >= until) {
            return false;
        }
        drive(present, &l, false);
        // Time moves, or something becomes due, on another thread, which knows nothing of this latch: so look again now and then.
        std::timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC, &t);
        const instant nap{std::chrono::seconds(t.tv_sec) + nanoseconds(t.tv_nsec) + milliseconds(1)};
        if (l.is_set() || l.wait_until(nap)) {
            return true;
        }
    }
}

inline memory_world::candidate memory_world::next() const noexcept {
    candidate best;
    const auto offer = [&](const due& when, source from, port* whom) {
        if (when.before(best.when)) {
            best = {when, from, whom};
        }
    };
    if (calendar_.has_arrival()) {
        offer(calendar_.next_arrival().when, source::arrival, nullptr);
    }
    if (calendar_.has_appointment()) {
        offer(calendar_.next_appointment().when, source::appointment, nullptr);
    }
    if (!up_) {
        offer(recovery_, source::recovery, nullptr);
        if (!waiting_.empty()) {
            const entry& e = *waiting_.front();
            const instant timeout = after(e.submitted, options_.attempt_timeout);
            offer({timeout < now_ ? now_ : timeout, e.stored.submission}, source::expiry, nullptr);
        }
    }
    for (port* const p : live_) {
        offer({p->alarm, p->alarm_order}, source::alarm, p);
        offer({p->purge_at, 0}, source::purge, p);
    }
    if (director_ != nullptr) [[unlikely]] {
        const instant when = director_->next_visit();
        offer({when < now_ ? now_ : when, 0}, source::visit, nullptr);
    }
    return best;
}

// A call into a publisher, with the lock open.
template <class F>
void memory_world::call(port& p, F&& what) {
    calling_ = &p;
    unlock();
    {
        const event_scope inside;
        what(*p.core);
    }
    lock();
    calling_ = nullptr;
}

inline bool memory_world::step(instant limit) {
    const candidate c = next();
    if (c.from == source::nothing || c.when.at > limit) {
        return false;
    }
    if (c.when.at > now_) {
        now_ = c.when.at;
    }
    switch (c.from) {
        case source::arrival: arrived(calendar_.pop_arrival()); break;
        case source::appointment: keep_appointment(calendar_.pop_appointment()); break;
        case source::alarm: {
            c.whom->alarm = never;
            note(happening::alarm, nullptr, 0, outcome::persisted, -1, c.whom);
            call(*c.whom, [m = moment_now()](events& core) { core.woken(m); });
            settle(*c.whom);
            break;
        }
        case source::expiry: {
            entry& e = *waiting_.front();
            waiting_.remove(e);
            const bool definite = e.unsent || e.plan.what == memory_fault::kind::time_out;
            report_to_owner(e, definite ? outcome::not_persisted : outcome::unknown, -192, false);
            break;
        }
        case source::recovery: up_locked(); break;
        case source::purge: let_go(*c.whom); break;
        case source::visit:
            // It may wait in there, as another thread would: then the world goes on from inside.
            dispatching_ = false;
            director_->visit();
            dispatching_ = true;
            break;
        case source::nothing: break;
    }
    if (director_ != nullptr) [[unlikely]] {
        director_->stepped();
    }
    return true;
}

inline void memory_world::keep_appointment(const appointment& a) {
    using kind = appointment::kind;
    switch (a.what) {
        case kind::acknowledge:
            if (!up_) {
                waiting_.add(*a.which);  // the answer comes when the broker is back, or its time-out before that
                return;
            }
            return report_to_owner(*a.which, outcome::persisted, 0, false);
        case kind::fail: return give_up(*a.which);
        case kind::write: return write_late(*a.which);
        case kind::take_back: return report_to_owner(*a.which, outcome::not_persisted, -152, true);
        case kind::resume:
        case kind::tell: break;
    }
    if (a.whom->gone) {
        return;
    }
    const bool resume = a.what == kind::resume;
    note(resume ? happening::resumed : happening::told, nullptr, 0, outcome::persisted,
         resume ? -1 : static_cast<std::int64_t>(a.news.what), a.whom);
    call(*a.whom, [&, m = moment_now()](events& core) { resume ? core.resumed(m) : core.client(a.news, m); });
    settle(*a.whom);
}

inline void memory_world::report_to_owner(entry& e, stentor::outcome o, std::int32_t native, bool taken_back) {
    port& p = *e.from;
    const bool dropped = p.gone;
    note(dropped ? happening::dropped : taken_back ? happening::taken_back : happening::report, &e, native, o);
    --p.inside;
    --inside_;
    if (!dropped) {
        report r;
        r.outcome = o;
        r.taken_back = taken_back;
        record back;
        if (o == outcome::persisted) {
            r.partition = e.stored.partition;
            r.offset = e.stored.offset;
            r.time = e.stored.time;
        } else {
            r.why = native_fault(native);
            back = e.as_submitted();
            r.returned = &back;
        }
        call(p, [&, m = moment_now()](events& core) { core.completed(*e.which, r, m); });
    }
    memory_.release(*e.home);
    if (again_told_ && inside_ < options_.queue_limit) {
        again_told_ = false;
        for (port* const each : live_) {
            if (std::exchange(each->told_again, false)) {
                calendar_.add({at(now_), appointment::kind::resume, each, nullptr, {}});
            }
        }
    }
    settle(p);
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/memory/ports.ipp

// Publishers come to the world, ask it for alarms, and go.

namespace stentor::inline v0::detail {

// Nothing of it is wanted any more. What it kept may own a transport of this world, so it dies with the lock open.
inline void memory_world::let_go(port& p) noexcept {
    p.gone = true;
    p.alarm = p.purge_at = never;
    std::erase(live_, &p);
    std::shared_ptr<void> last = std::move(p.keep);
    unlock();
    last.reset();
    lock();
}

inline void memory_world::expect_port() {
    const guard hold(*this);
    detail::make_room(ports_, ports_.size() + spare_.size() + 1);
    detail::make_room(live_, live_.size() + spare_.size() + 1);
    make_room();
    spare_.push_back(std::make_unique<port>());
}

inline void memory_world::expect_no_port() noexcept {
    const guard hold(*this);
    spare_.pop_back();
}

inline port* memory_world::attach(events& core) noexcept {
    const guard hold(*this);
    std::unique_ptr<port> fresh = std::move(spare_.back());
    spare_.pop_back();
    fresh->core = &core;
    fresh->id = static_cast<std::uint32_t>(ports_.size() + 1);
    port* const p = fresh.get();
    ports_.push_back(std::move(fresh));
    live_.push_back(p);
    if (!up_) {
        calendar_.add({at(now_),
                       appointment::kind::tell,
                       p,
                       nullptr,
                       {client_event::kind::all_brokers_down, errc::broker_unavailable, "no broker is up"}});
    }
    return p;
}

inline void memory_world::detach(port& p) noexcept {
    const guard hold(*this);
    // Another thread may be inside the owner: it must not lose the ground under its feet.
    while (calling_ == &p && ::pthread_equal(dispatcher_, ::pthread_self()) == 0) {
        unlock();
        ::sched_yield();
        lock();
    }
    p.gone = true;
    p.alarm = never;
    if (p.keep == nullptr) {
        std::erase(live_, &p);
    }
}

inline void memory_world::wake_at(port& p, instant when) noexcept {
    const guard hold(*this);
    const instant wanted = when < now_ ? now_ : when;
    if (!p.gone && p.purge_at == never && wanted < p.alarm) {
        p.alarm = wanted;
        p.alarm_order = ++order_;
    }
}

inline void memory_world::retire(port& p, std::shared_ptr<void> keep, instant until) noexcept {
    {
        const guard hold(*this);
        p.alarm = never;
        // From inside its own callback, on this thread or another: it must not die before that returns.
        if ((p.inside != 0 && !abandoned_) || calling_ == &p) {
            p.keep = std::move(keep);
            p.purge_at = p.inside == 0 || abandoned_ || until < now_ ? now_ : until;
            return;
        }
        p.gone = true;
        std::erase(live_, &p);
    }
    // `keep` dies here, with the lock open: it may own the transport that called.
}

inline void memory_world::take_back(port& p) noexcept {
    const guard hold(*this);
    for (entry* e = waiting_.front(); e != nullptr;) {
        entry* const following = e->next;
        if (e->from == &p && e->unsent) {
            waiting_.remove(*e);
            calendar_.add({at(now_), appointment::kind::take_back, &p, e, {}});
        }
        e = following;
    }
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/memory/submit.ipp

namespace stentor::inline v0::detail {

inline void memory_world::note(happening what, const entry* e, std::int32_t native, stentor::outcome o, std::int64_t offset,
                               const port* p) {
    const bool keep = options_.keep_history;
    std::uint64_t content = 0;
    std::uint32_t publisher = p != nullptr ? p->id : 0;
    if (e != nullptr) {
        e->home->kept = e->home->kept || keep;  // `clear` may have forgotten the chunk while this was in flight
        content = e->content;
        publisher = e->stored.publisher;
    }
    history_.add({now_, e != nullptr ? &e->stored : nullptr, offset, native, publisher, what, o}, content, keep);
    if (director_ != nullptr) [[unlikely]] {
        tell_director(what, e, native, o, offset, publisher);
    }
}

inline void memory_world::tell_director(happening what, const entry* e, std::int32_t native, stentor::outcome o,
                                        std::int64_t offset, std::uint32_t publisher) {
    notice n{what, now_, publisher, o, native, -1, offset, 0, nullptr};
    record r;
    if (e != nullptr) {
        r = e->as_submitted();
        n.which = &r;
        n.partition = e->stored.partition;
        n.submission = e->stored.submission;
    }
    director_->noted(n);
}

inline fault memory_world::submit(port& p, const record& r, completion& c) noexcept {
    const guard hold(*this);
    try {
        return try_submit(p, r, c);
    } catch (const std::bad_alloc&) {
        fault f;
        f.code = errc::out_of_memory;
        f.name = "std::bad_alloc";
        return f;
    }
}

inline memory_fault memory_world::plan_for(memory_topic& t, const record& r) {
    memory_fault plan = director_ != nullptr ? director_->fault_for(r)
                        : faults_.idle()     ? memory_fault{}
                                             : faults_.draw(t.name, r.key, random_);
    if (plan.what == memory_fault::kind::none) {
        if (t.denied) {
            plan = memory_fault::answer(29);
        } else if (!t.exists) {
            plan = memory_fault::answer(3);
        } else if (r.partition >= static_cast<std::int32_t>(t.next_offset.size())) {
            plan = memory_fault::answer(-190);
        }
    }
    return plan;
}

inline entry& memory_world::copy_in(port& p, memory_topic& t, const record& r, completion& c) {
    entry& e = *store(memory_, r, options_.keep_history);
    e.stored.topic = t.name;
    e.stored.publisher = p.id;
    if (r.time == timestamp{}) {
        e.stored.time = wall_now();
    }
    e.topic = &t;
    e.content = content_of(t, r, c);
    e.from = &p;
    e.which = &c;
    e.submitted = now_;
    return e;
}

// What was not taken is in the trace, too.
inline void memory_world::note_refused(happening what, port& p, memory_topic& t, const record& r, completion& c,
                                       std::int32_t native) {
    if (options_.keep_history || director_ != nullptr) {
        entry& e = copy_in(p, t, r, c);
        note(what, &e, native, outcome::not_persisted);
        memory_.release(*e.home);
    } else {
        history_.add({now_, nullptr, -1, native, p.id, what, outcome::not_persisted}, content_of(t, r, c), false);
    }
}

inline fault memory_world::try_submit(port& p, const record& r, completion& c) {
    make_room();
    memory_topic& t = topics_.get(r.topic);
    if (!up_) {
        note_refused(happening::again, p, t, r, c, -187);
        return fault::not_now("no broker is up", -187);
    }
    if (inside_ >= options_.queue_limit) {
        p.told_again = again_told_ = true;
        note_refused(happening::again, p, t, r, c, -184);
        return fault::not_now("_QUEUE_FULL", -184);
    }
    if (!t.exists && !t.deleted && options_.auto_create_topics) {
        open_topic(t, options_.partitions);
    }
    // Nearly always nothing is planned; asking costs more than looking.
    const bool plain = faults_.idle() && director_ == nullptr && t.exists && !t.denied &&
                       r.partition < static_cast<std::int32_t>(t.next_offset.size());
    if (plain) {
        (void)take(p, t, r, c);
        return {};
    }
    const memory_fault plan = plan_for(t, r);
    if (plan.what == memory_fault::kind::refuse) {
        note_refused(happening::refuse, p, t, r, c, plan.native);
        return native_fault(plan.native);
    }
    if (plan.what == memory_fault::kind::queue_full) {
        const nanoseconds d = plan.after > options_.latency ? plan.after : options_.latency;
        calendar_.add({at(after(now_, d)), appointment::kind::resume, &p, nullptr, {}});
        note_refused(happening::again, p, t, r, c, -184);
        return fault::not_now("_QUEUE_FULL", -184);
    }
    entry& e = take(p, t, r, c);
    e.plan = plan;
    if (plan.what == memory_fault::kind::broker_down) {
        e.plan = {};
        down_locked(plan.after);
    }
    return {};
}

// The record is inside, and on its way.
inline entry& memory_world::take(port& p, memory_topic& t, const record& r, completion& c) {
    entry& e = copy_in(p, t, r, c);
    e.stored.submission = ++submissions_;
    place(t, e, c);
    if (held_) {
        waiting_.add(e);
    } else {
        calendar_.arrive(at(after(now_, options_.latency)), e);
    }
    ++p.inside;
    ++inside_;
    note(happening::submit, &e);
    return e;
}

// The partition, as Java's producer picks it; for records with no key one after the other.
inline void memory_world::place(memory_topic& t, entry& e, const completion& c) {
    const auto count = static_cast<std::uint32_t>(t.next_offset.size());
    if (count == 0) {
        return;
    }
    if (e.asked_partition >= 0) {
        e.stored.partition = e.asked_partition;
    } else if (count == 1) {
        e.stored.partition = 0;
    } else {
        const std::uint32_t pick = c.keyed ? c.key_hash & 0x7fffffffU : t.turn++;
        e.stored.partition = static_cast<std::int32_t>(pick % count);
    }
}

// The request has come to the broker, and its answer back, unless the plan says otherwise.
inline void memory_world::arrived(entry& e) {
    using kind = memory_fault::kind;
    if (e.logged) {
        return report_to_owner(e, outcome::persisted, 0, false);
    }
    const memory_fault& plan = e.plan;
    if (plan.what != kind::answer && static_cast<std::size_t>(e.stored.partition) >= e.topic->next_offset.size()) {
        // The topic went while this was on its way.
        return report_to_owner(e, outcome::not_persisted, 3, false);
    }
    switch (plan.what) {
        case kind::answer: return report_to_owner(e, plan.outcome, plan.native, false);
        case kind::time_out:
        case kind::lost_request: break;
        case kind::late_write:
            if (plan.native == -195) {
                return give_up(e);
            }
            break;
        case kind::lost_acknowledgement: (void)write_to_log(e); break;
        case kind::slow_acknowledgement:
            if (!write_to_log(e)) {
                return report_no_room(e);
            }
            calendar_.add({at(after(e.submitted, plan.after)), appointment::kind::acknowledge, e.from, &e, {}});
            return;
        case kind::duplicate:
            if (!write_to_log(e)) {
                return report_no_room(e);
            }
            (void)write_to_log(e);
            return report_to_owner(e, outcome::persisted, 0, false);
        default: return write_to_log(e) ? report_to_owner(e, outcome::persisted, 0, false) : report_no_room(e);
    }
    calendar_.add({at(after(e.submitted, options_.attempt_timeout)), appointment::kind::fail, e.from, &e, {}});
}

// The client waits no longer for the answer. What it has sent may be on its way all the same, for as long as it keeps its place in
// the arena.
inline void memory_world::give_up(entry& e) {
    if (e.plan.what == memory_fault::kind::late_write && !options_.idempotence) {
        ++e.home->live;
        calendar_.add({at(after(now_, e.plan.after)), appointment::kind::write, e.from, &e, {}});
    }
    report_to_owner(e, e.plan.outcome, e.plan.native, false);
}

inline void memory_world::write_late(entry& e) {
    if (up_ && static_cast<std::size_t>(e.stored.partition) < e.topic->next_offset.size()) {
        (void)write_to_log(e);
    }
    memory_.release(*e.home);
}

// What no memory was left for is not in the log: KAFKA_STORAGE_ERROR.
inline void memory_world::report_no_room(entry& e) { report_to_owner(e, outcome::not_persisted, 56, false); }

inline bool memory_world::write_to_log(entry& e) noexcept {
    try {
        append(e);
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

inline void memory_world::append(entry& e) {
    memory_topic& t = *e.topic;
    std::int64_t& offset = t.next_offset[static_cast<std::size_t>(e.stored.partition)];
    if (options_.keep_history) {
        memory_record* kept = &e.stored;
        if (e.logged) {
            // A second time: a record of its own over the same bytes.
            kept = ::new (memory_.take(sizeof(memory_record), true)) memory_record(e.stored);
            memory_.release(*memory_.where());
            kept->offset = offset;
        } else {
            e.stored.offset = offset;
        }
        t.log.add(*kept);
    } else if (!e.logged) {
        e.stored.offset = offset;
    }
    e.logged = true;
    note(happening::log, &e, 0, outcome::persisted, offset);
    ++offset;
}

inline void memory_world::open_topic(memory_topic& t, std::int32_t partitions) {
    t.next_offset.assign(static_cast<std::size_t>(partitions > 0 ? partitions : 1), 0);
    t.exists = true;
}

}  // namespace stentor::inline v0::detail
// ---- stentor/transport/memory_broker.hpp

/// @file
/// A Kafka cluster in memory, on virtual time, that does what a test tells it.

namespace stentor::inline v0 {

/// The world that `memory_transport`s talk to. Nothing happens by itself: time moves when a synchronous call waits, or by `advance`
/// and `run_until_idle`, and completions come from there, never from inside `submit`. The same calls give the same trace every
/// time. One thread, unless made with `.shared = true`. What transports need of it stays alive as long as they do.
class memory_broker {
public:
    memory_broker() : memory_broker(memory_broker_options{}) {}
    /// `memory_broker{{.seed = 7, .latency = 1ms}}`.
    explicit memory_broker(const memory_broker_options& options) : world_(std::make_shared<detail::memory_world>(options)) {}
    memory_broker(const memory_broker&) = delete;
    memory_broker& operator=(const memory_broker&) = delete;
    /// Drops what retired publishers still waited for.
    ~memory_broker() { world_->abandon(); }

    // Time

    /// Moves time by `d` and does all that happens meanwhile, in order. Throws `std::logic_error` inside a handler.
    void advance(nanoseconds d) { world_->advance(d); }
    /// Moves time until nothing is left to happen, alarms of publishers included. A publisher may still have one set for the
    /// deadline of an operation that has ended: time can end up there. (`advance(0ns)` does just what is due now.) True when there
    /// is nothing left, false when there was after `at_most`. Throws `std::logic_error` inside a handler.
    bool run_until_idle(nanoseconds at_most = std::chrono::hours(24)) { return world_->run_until_idle(at_most); }
    /// Virtual time since the broker was made.
    [[nodiscard]] nanoseconds elapsed() const noexcept { return world_->elapsed(); }
    /// What transports on it take for the monotonic clock.
    [[nodiscard]] instant now() const noexcept { return world_->present(); }
    /// Virtual wall time.
    [[nodiscard]] timestamp wall() const noexcept { return world_->wall(); }

    /// For a handler that is slow: it takes `d`, and nothing else happens meanwhile. Who waits for longer than he wanted by then
    /// does not wait any more. Throws `std::logic_error` outside of handlers.
    void spend(nanoseconds d) { world_->spend(d); }
    /// The wall clock jumps, back if it is negative; the monotonic clock does not, so no deadline moves.
    void shift_wall(milliseconds by) noexcept { world_->shift_wall(by); }

    // Topics and records

    /// What is in the log of a topic, all partitions, in the order of arrival; empty for an unknown topic. The reference lives as
    /// long as the broker. Don't read it while other threads publish.
    [[nodiscard]] const memory_log& records(std::string_view topic) const { return world_->records(topic); }
    /// Makes a topic, or gives it more partitions. Throws `std::invalid_argument` for no name or no partition.
    void create_topic(std::string_view name, std::int32_t partitions = 1) { world_->create_topic(name, partitions); }
    /// From now on it is UNKNOWN_TOPIC_OR_PART (3), until `create_topic`. Its records are gone.
    void delete_topic(std::string_view name) { world_->delete_topic(name); }
    /// From now on it is TOPIC_AUTHORIZATION_FAILED (29).
    void deny_topic(std::string_view name) { world_->deny_topic(name, true); }
    /// Ends `deny_topic`.
    void allow_topic(std::string_view name) { world_->deny_topic(name, false); }
    /// Forgets all records and the trace, and keeps the memory. Offsets, topics, faults and what is in flight stay.
    void clear() { world_->clear(); }

    // Faults

    /// The next `n` submits end as the class table has it for that condition. Throws `std::invalid_argument` for a condition that
    /// no broker can cause (`serialization`, `closed`, …).
    void fail_next(std::uint32_t n, errc code) {
        if (const memory_fault f = detail::fault_for(code); n > 0) {
            fail_next(n, f);
        }
    }
    /// The next `n` submits meet that fault.
    void fail_next(std::uint32_t n, const memory_fault& f) {
        memory_script s;
        s.times = n;
        s.fault = f;
        world_->script(std::move(s));
    }
    /// `broker.script({.topic = "t", .key = "k", .attempt = 2, .fault = memory_fault::lost_request()})`.
    void script(memory_script s) { world_->script(std::move(s)); }
    /// Faults by chance from now on; `{}` ends it.
    void random_faults(memory_chaos c) { world_->by_chance(std::move(c)); }
    /// The broker goes down, for `d` or until `up`. New submits are parked by their publisher; what is inside is written when it is
    /// up again, or times out: `not_persisted` if it was only queued, else `unknown`.
    void down(nanoseconds d = nanoseconds::max()) { world_->go_down(d); }
    /// Ends `down`: what is parked goes out, what is inside is written.
    void up() { world_->go_up(); }
    /// It is not down.
    [[nodiscard]] bool is_up() const noexcept { return world_->up(); }
    /// Tells every publisher so, as a client does that had bad news of its brokers: `authentication_failed`, `tls_failed`, `fatal`,
    /// …
    void announce(const client_event& what) { world_->announce(what); }

    // Manual completion

    /// From now on nothing completes by itself, what is under way included. Held records don't time out while the broker is up.
    void hold() { world_->hold(); }
    /// Ends `hold`: what was held is answered, in order, after the usual latency.
    void release() { world_->release(); }
    /// Completes the `n` oldest held ones now, as planned or with another fault, and tells their publishers before it returns. How
    /// many there were. Throws `std::logic_error` inside a handler, `std::invalid_argument` for a fault that is no answer.
    std::size_t complete_next(std::size_t n = 1) { return world_->complete_next(n, {}); }
    /// Completes the oldest held one now, with that fault. 1, or 0 when none is held.
    std::size_t complete_next(const memory_fault& f) { return world_->complete_next(1, f); }
    /// Records that were submitted and not yet reported.
    [[nodiscard]] std::size_t pending() const noexcept { return world_->inside(); }

    // What happened

    /// Everything, one line each: time, publisher, what, record, offset, error.
    [[nodiscard]] std::string trace() const { return world_->trace(); }
    /// A hash of the same, equal for equal runs on every compiler; there with `keep_history = false`, too.
    [[nodiscard]] std::uint64_t trace_hash() const { return world_->trace_hash(); }

    /// For `memory_transport`.
    [[nodiscard]] const std::shared_ptr<detail::memory_world>& world() const noexcept { return world_; }

private:
    std::shared_ptr<detail::memory_world> world_;
};

}  // namespace stentor::inline v0

/// @file
/// The transport for tests: no broker, no socket, no clock.

namespace stentor::inline v0 {

/// A transport to a `memory_broker`. Any number of them may share one. It belongs to the broker's one thread, or to any if the
/// broker is `shared`. Keeps what it needs of the broker alive.
class memory_transport {
public:
    /// To that broker, whose world it keeps alive. Throws `std::bad_alloc`.
    /// @{
    explicit memory_transport(const memory_broker& broker) : world_(broker.world()) { world_->expect_port(); }
    explicit memory_transport(const memory_broker&&) = delete;  // the broker is a temporary. Name it: memory_broker broker;
    explicit memory_transport(const memory_broker* broker) : memory_transport(*broker) {}
    /// @}
    /// Only before it is attached, or by the publisher that it is attached to.
    /// @{
    memory_transport(memory_transport&& other) noexcept
        : world_(std::move(other.world_)), port_(std::exchange(other.port_, nullptr)) {}
    memory_transport& operator=(memory_transport&& other) noexcept {
        memory_transport old(std::move(*this));
        world_ = std::move(other.world_);
        port_ = std::exchange(other.port_, nullptr);
        return *this;
    }
    /// @}
    ~memory_transport() {
        if (port_ != nullptr) {
            world_->detach(*port_);
        } else if (world_ != nullptr) {
            world_->expect_no_port();
        }
    }

    /// As the transport concept says, in virtual time.
    /// @{
    void attach(events& core) noexcept { port_ = world_->attach(core); }
    [[nodiscard]] fault submit(const record& r, completion& c) noexcept { return world_->submit(*port_, r, c); }
    [[nodiscard, gnu::always_inline]] moment now() noexcept { return world_->now(); }
    void wake_at(instant at) noexcept { world_->wake_at(*port_, at); }
    /// @}
    /// Drives the virtual world until the latch is set or `until` has come; in a shared world it runs what is due now, and sleeps.
    [[nodiscard]] bool wait(latch& l, instant until) noexcept { return world_->wait(l, until); }
    /// `keep` goes when all that is outstanding was reported, at the latest at `until`.
    void retire(std::shared_ptr<void> keep, instant until) noexcept {
        if (port_ != nullptr) {
            world_->retire(*port_, std::move(keep), until);
        }
    }
    /// What of this publisher was only queued when the broker went down comes back.
    void take_back() noexcept { world_->take_back(*port_); }
    /// The process of this publisher dies: what of it is on the wire goes on to the log, what was only queued is lost, and the
    /// publisher hears nothing any more. For a broker of one thread. Publish nothing on it any more, and destroy it when all else
    /// is over: its `close` waits in vain for what is in flight.
    void crash() noexcept { world_->crash(*port_); }
    /// `memory_broker_options::attempt_timeout`.
    [[nodiscard]] nanoseconds attempt_timeout() const noexcept { return world_->options().attempt_timeout; }
    /// The broker is up.
    [[nodiscard]] bool up() const noexcept { return world_->up(); }

private:
    std::shared_ptr<detail::memory_world> world_;
    detail::port* port_ = nullptr;
};

static_assert(takes_back<memory_transport> && bounded_attempts<memory_transport> && knows_brokers<memory_transport>);

}  // namespace stentor::inline v0
// ---- stentor/formats/gateway.hpp

// ---- stentor/detail/field_rules.hpp

// ---- stentor/detail/url.hpp

// Is this the URL of something on a network: scheme "://" [user "@"] host [":" port] …, RFC 3986. Bytes over 0x7F pass everywhere
// but in the scheme: browsers hand over addresses with them. Path and query are not looked into, but for blanks.

namespace stentor::inline v0::detail {

[[nodiscard]] constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_hex_digit(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
[[nodiscard]] constexpr bool is_scheme_tail(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
}
[[nodiscard]] constexpr bool is_above_ascii(char c) noexcept { return static_cast<unsigned char>(c) > 0x7F; }
// White space and control characters of ASCII.
[[nodiscard]] constexpr bool is_blank(char c) noexcept { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }

// Empty, or 0 to 65535; leading zeros are legal.
[[nodiscard]] constexpr bool is_port(std::string_view text) noexcept {
    unsigned value = 0;
    for (const char c : text) {
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (!is_digit(c) || value > 65535) {
            return false;
        }
    }
    return true;
}

// Four numbers of 0 to 255, as they end an IPv6 address.
[[nodiscard]] constexpr bool is_ipv4(std::string_view text) noexcept {
    for (int i = 0; i < 4; ++i) {
        const std::size_t end = i < 3 ? text.find('.') : text.size();
        if (end == 0 || end > 3) {  // npos is more, too
            return false;
        }
        unsigned value = 0;
        for (const char c : text.substr(0, end)) {
            value = is_digit(c) ? value * 10 + static_cast<unsigned>(c - '0') : 256;
            if (value > 255) {
                return false;
            }
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

// Groups of one to four hex digits between colons; -1: something else. An IPv4 address may be the end, and counts as two.
[[nodiscard]] constexpr int ipv6_groups(std::string_view text, bool at_end) noexcept {
    int groups = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(':'), text.size());
        const std::string_view group = text.substr(0, end);
        const bool last = end == text.size();
        if (last && at_end && is_ipv4(group)) {
            return groups + 2;
        }
        if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex_digit) || end + 1 == text.size()) {
            return -1;
        }
        ++groups;
        text.remove_prefix(last ? end : end + 1);
    }
    return groups;
}

// Without a zone: that would name a network card of the machine it came from.
[[nodiscard]] constexpr bool is_ipv6(std::string_view text) noexcept {
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) {
        return ipv6_groups(text, true) == 8;
    }
    const int before = ipv6_groups(text.substr(0, gap), false);
    const int after = ipv6_groups(text.substr(gap + 2), true);
    return before >= 0 && after >= 0 && before + after < 8;
}

// What RFC 3986 lets stand in a host's name or a user's, but for the colon. A percent sign begins %XX.
[[nodiscard]] constexpr bool is_name_text(std::string_view text) noexcept {
    constexpr std::string_view others = "-._~!$&'()*+,;=";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) {
                return false;
            }
        } else if (!is_letter(c) && !is_digit(c) && !is_above_ascii(c) && others.find(c) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

// A name needs more than dots and dashes.
[[nodiscard]] constexpr bool is_host_name(std::string_view text) noexcept {
    return is_name_text(text) &&
           std::any_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || is_above_ascii(c); });
}

[[nodiscard]] constexpr bool is_scheme(std::string_view text) noexcept {
    return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), is_scheme_tail);
}

// Whoever writes a user's name before the host may have left out the %40 and %3A that belong there; the last @ counts.
[[nodiscard]] constexpr bool is_user(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(":@"), text.size());
        if (!is_name_text(text.substr(0, end))) {
            return false;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

// [user "@"] host [":" port]
[[nodiscard]] constexpr bool is_authority(std::string_view text) noexcept {
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        if (!is_user(text.substr(0, at))) {
            return false;
        }
        text.remove_prefix(at + 1);
    }
    const bool bracketed = text.starts_with('[');
    const std::size_t end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
    if (end == std::string_view::npos || !(bracketed ? is_ipv6(text.substr(1, end - 1)) : is_host_name(text.substr(0, end)))) {
        return false;
    }
    const std::string_view rest = text.substr(bracketed ? end + 1 : end);
    return rest.empty() || (rest[0] == ':' && is_port(rest.substr(1)));
}

[[nodiscard]] constexpr bool is_url(std::string_view url) noexcept {
    const std::size_t colon = url.find("://");
    if (colon == std::string_view::npos || !is_scheme(url.substr(0, colon)) || std::any_of(url.begin(), url.end(), is_blank)) {
        return false;
    }
    const std::string_view rest = url.substr(colon + 3);
    return is_authority(rest.substr(0, rest.find_first_of("/?#")));
}

}  // namespace stentor::inline v0::detail

// The few rules that ready-made formats check before anything is sent. A broken rule is told by the field's JSON pointer and the
// rule alone: the value may be personal data, so it is never part of the text.

namespace stentor::inline v0::detail {

[[nodiscard]] inline fault broken_rule(std::string_view field, std::string_view rule) {
    fault f;
    f.code = errc::invalid_message;
    f.cause.reserve(field.size() + 2 + rule.size());
    f.cause.append(field).append(": ").append(rule);
    return f;
}

[[nodiscard]] inline fault check_not_empty(std::string_view field, std::string_view value) {
    if (value.empty()) {
        return broken_rule(field, "must not be empty");
    }
    return std::all_of(value.begin(), value.end(), is_blank) ? broken_rule(field, "must not be blank") : fault{};
}

// Only what no mail system accepts is refused: the address itself is the mail system's business. A quoted space is legal in RFC
// 5321 and met nowhere; what is met is text around an address, which would be sent to nobody.
[[nodiscard]] inline fault check_email(std::string_view field, std::string_view value) {
    const std::size_t at = value.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == value.size()) {
        return broken_rule(field, "must be an e-mail address, with text on both sides of an @");
    }
    if (std::any_of(value.begin(), value.end(), is_blank)) {
        return broken_rule(field, "must be an e-mail address, without spaces or control characters");
    }
    return {};
}

[[nodiscard]] inline fault check_url(std::string_view field, std::string_view value) {
    return is_url(value) ? fault{} : broken_rule(field, "must be a URL with scheme and host, as in https://example.com/");
}

}  // namespace stentor::inline v0::detail

/// @file
/// What a gateway service sends to a task manager: one message for each new web crawl task, on topic `task-status`.
///
/// On the wire, key = taskId:
/// ```
/// traceparent: 00-…-…-01     tracestate: (may be empty)     task-type: web-crawl
/// source-service: gateway    timestamp: 2026-01-01T00:00:00.000Z
/// {"taskId":"…","userEmail":"…","query":"…","originalUrl":"…","timestamp":"2026-01-01T00:00:00.000Z","status":"new"}
/// ```
/// Choices where the requirement leaves one:
/// - The task manager's own documents call two of the fields `userQuery` and `receivedAt`. The gateway's document lists its six
///   fields one by one, so its names are the ones on the wire.
/// - `tracestate` is always there, and empty when there is none: the document writes it so, although W3C asks to leave it out.
/// - `traceparent` comes from the publisher's tracer. With `no_tracer` there is none.

namespace stentor::inline v0::formats::gateway {

/// The state of a task in a message of the gateway: it only ever announces new ones.
enum class task_status : std::uint8_t {
    new_,  ///< "new" on the wire
};
BOOST_DESCRIBE_ENUM(task_status, new_)

/// A new web crawl task. `Text` is `std::string` for a message that is kept, `std::string_view` for one that lives for a call.
template <class Text>
struct basic_new_task {
    Text task_id{};                          ///< the record's key
    Text user_email{};                       ///< who asked
    Text query{};                            ///< what was asked
    Text original_url{};                     ///< where to begin
    stentor::timestamp timestamp{};          ///< when it was asked
    task_status status = task_status::new_;  ///< always "new"

    BOOST_DESCRIBE_CLASS(basic_new_task, (), (task_id, user_email, query, original_url, timestamp, status), (), ())
};

/// The message that owns its text.
using new_task = basic_new_task<std::string>;
/// The message that only views its text.
using new_task_view = basic_new_task<std::string_view>;

/// What domain code depends on: publishes new tasks, by whatever means. Implementations say which threads may call.
class web_crawl_task_publisher_port {
public:
    virtual ~web_crawl_task_publisher_port() = default;
    /// Publishes one new task and waits for its outcome. All views live for the call.
    /// Errors: those of `publish`; `errc::invalid_message` names the field that breaks a rule.
    [[nodiscard]] virtual result<receipt> publish_new_task(std::string_view task_id, std::string_view user_email,
                                                           std::string_view query, std::string_view original_url,
                                                           const trace_context& trace) = 0;

protected:
    /// For implementations only.
    /// @{
    web_crawl_task_publisher_port() = default;
    web_crawl_task_publisher_port(const web_crawl_task_publisher_port&) = default;
    web_crawl_task_publisher_port& operator=(const web_crawl_task_publisher_port&) = default;
    /// @}
};

/// Publishes one new task on any publisher and waits for its outcome. The value's timestamp is the publisher's `now()`. Threads:
/// those of the publisher. All views live for the call. Errors: those of `publish`; `errc::invalid_message` names the field.
template <class Publisher>
    requires(!std::derived_from<Publisher, web_crawl_task_publisher_port>)
[[nodiscard]] result<receipt> publish_new_task(Publisher& publisher, std::string_view task_id, std::string_view user_email,
                                               std::string_view query, std::string_view original_url,
                                               const trace_context& trace = {}) {
    const new_task_view task{task_id, user_email, query, original_url, publisher.now().wall};
    return publisher.publish(task, publish_options{.trace = trace});
}

/// The same through the port.
[[nodiscard]] inline result<receipt> publish_new_task(web_crawl_task_publisher_port& port, std::string_view task_id,
                                                      std::string_view user_email, std::string_view query,
                                                      std::string_view original_url, const trace_context& trace = {}) {
    return port.publish_new_task(task_id, user_email, query, original_url, trace);
}

/// Publishes one new task without waiting. `handler` gets the `result<receipt>` as in `async_publish`: on the event thread, exactly
/// once, but not at all when this answers an error. All views live for the call.
template <class Publisher, class Handler>
[[nodiscard]] result<void> async_publish_new_task(Publisher& publisher, std::string_view task_id, std::string_view user_email,
                                                  std::string_view query, std::string_view original_url, const trace_context& trace,
                                                  Handler&& handler) {
    const new_task_view task{task_id, user_email, query, original_url, publisher.now().wall};
    return publisher.async_publish(task, std::forward<Handler>(handler), publish_options{.trace = trace});
}

/// The port over any publisher, which must outlive it. Threads: those of the publisher.
template <class Publisher>
class kafka_web_crawl_task_publisher final : public web_crawl_task_publisher_port {
public:
    /// Over that publisher, by reference.
    explicit kafka_web_crawl_task_publisher(Publisher& publisher) noexcept : publisher_(&publisher) {}

    [[nodiscard]] result<receipt> publish_new_task(std::string_view task_id, std::string_view user_email, std::string_view query,
                                                   std::string_view original_url, const trace_context& trace) override {
        return gateway::publish_new_task(*publisher_, task_id, user_email, query, original_url, trace);
    }

private:
    Publisher* publisher_;
};

}  // namespace stentor::inline v0::formats::gateway

/// How a new task looks on the wire. `validate`: a taskId that is empty or blank, an e-mail without text on both sides of an @, a
/// URL without scheme and host.
template <class Text>
struct stentor::message_traits<stentor::formats::gateway::basic_new_task<Text>> {
    /// What the members say to the publisher; see `message_traits`.
    /// @{
    using message = stentor::formats::gateway::basic_new_task<Text>;

    static constexpr std::string_view topic = "task-status";
    static constexpr std::string_view type = "web-crawl";
    static constexpr std::string_view type_header = "task-type";
    static constexpr auto naming = stentor::naming::camel_case;

    static std::string_view key(const message& m) noexcept { return m.task_id; }

    static void headers(const message&, stentor::header_sink& add, const stentor::publish_context& context) {
        add("source-service", "gateway");
        const stentor::detail::rfc3339 now{context.at.wall};
        add("timestamp", now.view());
        // A tracer adds a tracestate only when there is something in it, and has done so before this is asked.
        if (add.headers().find("tracestate").data() == nullptr) {
            add("tracestate", "");
        }
    }

    static stentor::fault validate(const message& m) {
        using namespace stentor::detail;
        if (fault f = check_not_empty("/taskId", m.task_id)) {
            return f;
        }
        if (fault f = check_email("/userEmail", m.user_email)) {
            return f;
        }
        return check_url("/originalUrl", m.original_url);
    }
    /// @}
};
// ---- stentor/formats/task_manager.hpp

/// @file
/// What a task manager service exchanges: `new_task`, `task_completion` and `task_error` on topic `task-status`, and
/// `web_crawl_request` on topic `requests-web-crawl`.
///
/// Each carries the headers taskId, taskType, timestamp, traceId, spanId (a request: requestId, requestType, …). The key is the
/// task's or the request's id. Choices where the requirement leaves one or contradicts itself:
/// - It shows `{"headers": …, "message": …}`. These are Kafka headers, and the value is what stands under `message` alone: its own
///   test script sends just that, and its consumer validates headers before it parses the value.
/// - The test script sends no headers at all. They are sent here: a consumer that needs them would refuse such a message, and one
///   that doesn't ignores them.
/// - The new task message is listed under "Task Status Messages", yet not among what `task-status` receives. It goes to
///   `task-status`: there the gateway sends its own, too, and `requests-web-crawl` is for requests.
/// - A request's id is not in its value, as shown there: it is the key and the header `requestId`, so Boost.Describe doesn't
///   see it.
/// - `timestamp` is when the message was published; `receivedAt`, `finishedAt` and `requestedAt` are the caller's.
/// - `traceId` and `spanId` are those of the `traceparent` that the publisher's tracer sends with the message. With
///   `no_tracer` they are there and empty, so that the set of headers is always the same.

namespace stentor::inline v0::formats::task_manager {

/// The state of a task.
enum class task_status : std::uint8_t {
    new_,       ///< "new" on the wire
    completed,  ///< "completed" on the wire
    error,      ///< "error" on the wire
};
BOOST_DESCRIBE_ENUM(task_status, new_, completed, error)

/// A task was created.
struct new_task {
    std::string task_id{};                   ///< the record's key
    std::string user_email{};                ///< who asked
    std::string user_query{};                ///< what was asked
    std::string original_url{};              ///< where to begin
    timestamp received_at{};                 ///< when the gateway got it
    task_status status = task_status::new_;  ///< always "new"
};
BOOST_DESCRIBE_STRUCT(new_task, (), (task_id, user_email, user_query, original_url, received_at, status))

/// A task ended well.
struct task_completion {
    std::string task_id{};                        ///< the record's key
    task_status status = task_status::completed;  ///< always "completed"
    std::string result{};                         ///< what came of it
    timestamp finished_at{};                      ///< when it ended
};
BOOST_DESCRIBE_STRUCT(task_completion, (), (task_id, status, result, finished_at))

/// A task failed. `error` is for people.
struct task_error {
    std::string task_id{};                    ///< the record's key
    task_status status = task_status::error;  ///< always "error"
    std::string error{};                      ///< why, for people
    timestamp finished_at{};                  ///< when it ended
};
BOOST_DESCRIBE_STRUCT(task_error, (), (task_id, status, error, finished_at))

/// Somebody asks for a web crawl. `request_id` is key and header only.
struct web_crawl_request {
    std::string request_id{};    ///< the record's key and the header `requestId`; not in the JSON
    std::string user_email{};    ///< who asked
    std::string user_query{};    ///< what was asked
    std::string original_url{};  ///< where to begin
    timestamp requested_at{};    ///< when it was asked
};
BOOST_DESCRIBE_STRUCT(web_crawl_request, (), (user_email, user_query, original_url, requested_at))

}  // namespace stentor::inline v0::formats::task_manager

namespace stentor::inline v0::detail {

// When, and in which trace: the three headers that all four messages end with.
inline void add_task_manager_headers(header_sink& add, const publish_context& context) {
    const rfc3339 now{context.at.wall};
    add("timestamp", now.view());
    add("traceId", context.trace_id());
    add("spanId", context.span_id());
}

// Traits of the three messages about a task.
template <class Message>
struct task_status_traits {
    static constexpr std::string_view topic = "task-status";
    static constexpr std::string_view type = "web-crawl";
    static constexpr std::string_view type_header = "taskType";
    static constexpr auto naming = stentor::naming::camel_case;

    static std::string_view key(const Message& m) noexcept { return m.task_id; }
    static void headers(const Message& m, header_sink& add, const publish_context& context) {
        add("taskId", std::string_view{m.task_id});
        add_task_manager_headers(add, context);
    }

protected:
    // A message about a state that it does not have would mislead its consumer.
    static fault check_task(const Message& m, formats::task_manager::task_status expected, std::string_view rule) {
        if (fault f = check_not_empty("/taskId", m.task_id)) {
            return f;
        }
        return m.status == expected ? fault{} : broken_rule("/status", rule);
    }
};

}  // namespace stentor::inline v0::detail

/// `validate`: a taskId that is empty or blank, a status that is not "new", an e-mail without text on both sides of an @, a URL
/// without scheme and host.
template <>
struct stentor::message_traits<stentor::formats::task_manager::new_task>
    : stentor::detail::task_status_traits<stentor::formats::task_manager::new_task> {
    /// `invalid_message` with the member and the rule it breaks.
    static stentor::fault validate(const stentor::formats::task_manager::new_task& m) {
        if (fault f = check_task(m, formats::task_manager::task_status::new_, "must be new")) {
            return f;
        }
        if (fault f = detail::check_email("/userEmail", m.user_email)) {
            return f;
        }
        return detail::check_url("/originalUrl", m.original_url);
    }
};

/// `validate`: a taskId that is empty or blank, a status that is not "completed".
template <>
struct stentor::message_traits<stentor::formats::task_manager::task_completion>
    : stentor::detail::task_status_traits<stentor::formats::task_manager::task_completion> {
    /// `invalid_message` with the member and the rule it breaks.
    static stentor::fault validate(const stentor::formats::task_manager::task_completion& m) {
        return check_task(m, formats::task_manager::task_status::completed, "must be completed");
    }
};

/// `validate`: a taskId that is empty or blank, a status that is not "error".
template <>
struct stentor::message_traits<stentor::formats::task_manager::task_error>
    : stentor::detail::task_status_traits<stentor::formats::task_manager::task_error> {
    /// `invalid_message` with the member and the rule it breaks.
    static stentor::fault validate(const stentor::formats::task_manager::task_error& m) {
        return check_task(m, formats::task_manager::task_status::error, "must be error");
    }
};

/// `validate`: a request id that is empty or blank, an e-mail without text on both sides of an @, a URL without scheme and host.
template <>
struct stentor::message_traits<stentor::formats::task_manager::web_crawl_request> {
    /// What the members say to the publisher; see `message_traits`.
    /// @{
    using message = stentor::formats::task_manager::web_crawl_request;

    static constexpr std::string_view topic = "requests-web-crawl";
    static constexpr std::string_view type = "web-crawl";
    static constexpr std::string_view type_header = "requestType";
    static constexpr auto naming = stentor::naming::camel_case;

    static std::string_view key(const message& m) noexcept { return m.request_id; }
    static void headers(const message& m, stentor::header_sink& add, const stentor::publish_context& context) {
        add("requestId", std::string_view{m.request_id});
        detail::add_task_manager_headers(add, context);
    }

    static stentor::fault validate(const message& m) {
        if (fault f = detail::check_not_empty("requestId", m.request_id)) {
            return f;
        }
        if (fault f = detail::check_email("/userEmail", m.user_email)) {
            return f;
        }
        return detail::check_url("/originalUrl", m.original_url);
    }
    /// @}
};
// ---- stentor/secret.hpp

/// @file
/// `secret`: a text that must not be seen.

namespace stentor::inline v0 {

/// A password, a private key or a token. It is made from text without ceremony and given back only by name (`reveal`), so that none
/// gets into a log by accident: a stream prints `***`. Its memory is wiped when it goes or changes.
class secret {
public:
    /// Empty: not given.
    secret() noexcept = default;
    /// Takes a copy; the caller's own text is the caller's to wipe.
    secret(std::string_view text) : text_(text) {}
    /// The same; null is empty.
    secret(const char* text) : text_(text != nullptr ? text : "") {}
    /// The same. Moving a string in would leave a copy behind where it is short.
    secret(const std::string& text) : text_(text) {}
    /// Another copy, wiped in its own time.
    secret(const secret&) = default;
    /// The source is wiped and empty.
    secret(secret&& other) noexcept {
        text_.swap(other.text_);
        other.wipe();
    }
    /// What was held before is wiped.
    secret& operator=(const secret& other) {
        if (this != &other) {
            std::string fresh(other.text_);
            wipe();
            text_.swap(fresh);
        }
        return *this;
    }
    /// What was held before is wiped, and the source with it.
    secret& operator=(secret&& other) noexcept {
        if (this != &other) {
            wipe();
            text_.swap(other.text_);
            other.wipe();
        }
        return *this;
    }
    ~secret() { wipe(); }

    /// The text itself, for whoever must send it; until this is changed or gone.
    [[nodiscard]] const std::string& reveal() const noexcept { return text_; }
    /// Nothing was given.
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    /// Takes as long for any two texts of the same length.
    [[nodiscard]] friend bool operator==(const secret& a, const secret& b) noexcept {
        if (a.text_.size() != b.text_.size()) {
            return false;
        }
        unsigned char different = 0;
        for (std::size_t i = 0; i < a.text_.size(); ++i) {
            different = static_cast<unsigned char>(different | (a.text_[i] ^ b.text_[i]));
        }
        return different == 0;
    }

private:
    void wipe() noexcept {
        // Not a plain memset: what nobody reads afterwards, a compiler leaves out. The capacity and not the size, because a string
        // that got shorter still has its tail.
        text_.resize(text_.capacity());
        ::explicit_bzero(text_.data(), text_.size());
        text_.clear();
    }

    std::string text_{};
};

/// Writes `***`, or nothing for an empty one. Needs `<ostream>` where it is used.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const secret& s) {
    return out << (s.empty() ? "" : "***");
}

}  // namespace stentor::inline v0
// ---- stentor/problem.hpp

/// @file
/// `problem`: one thing that is wrong with a configuration.

namespace stentor::inline v0 {

/// A setting and the rule that it breaks. Never holds the value of a secret.
struct problem {
    std::string key{};   ///< the member, the property or the environment variable, as it is spelled
    std::string rule{};  ///< what is wrong with it, or what it must be

    [[nodiscard]] friend bool operator==(const problem&, const problem&) = default;
};

/// All of them as one `errc::invalid_config`: "where: key: rule; key: rule".
[[nodiscard]] inline error error_of(std::string_view where, const std::vector<problem>& problems) {
    std::string text(where);
    const char* between = ": ";
    for (const problem& p : problems) {
        text.append(between).append(p.key).append(": ").append(p.rule);
        between = "; ";
    }
    return error(errc::invalid_config, std::move(text));
}

}  // namespace stentor::inline v0
// ---- stentor/token_source.hpp

/// @file
/// `token_source`: where a client gets its OAuth tokens.

namespace stentor::inline v0 {

/// What a client logs in with when its mechanism is OAUTHBEARER.
struct bearer_token {
    secret token{};                                                 ///< as it goes to the broker
    timestamp expires{};                                            ///< wall time; a new one is asked for some time before
    std::string principal{};                                        ///< whom it is for
    std::vector<std::pair<std::string, std::string>> extensions{};  ///< sent along with it, as the broker wants them
};

/// Gives tokens. Configurations that share one object share their client, too. `fetch` is called whenever a token is needed, never
/// two at a time for one client, on a thread that the client starts for that call alone: it may block, and nothing but the login
/// waits for it. It must not call the client or its publishers. A client that ends waits for a call under way for at most a second,
/// exit() for two; one that takes longer is left behind and may still run then, so it should give up in time.
class token_source {
public:
    token_source() = default;
    token_source(const token_source&) = delete;
    token_source& operator=(const token_source&) = delete;
    virtual ~token_source() = default;

    /// A fresh token, whose texts hold no NUL character, or why there is none; its cause is told to whoever waits for the login, so
    /// it must hold no secret. What it throws counts as an error.
    [[nodiscard]] virtual result<bearer_token> fetch() = 0;
};

}  // namespace stentor::inline v0
// ---- stentor/transport/topic_settings.hpp

/// @file
/// What a topic is created with.

namespace stentor::inline v0 {

/// A topic that a client needs. When it is missing and topics are to be created, it is made like this.
struct topic_settings {
    std::string name{};                                          ///< letters, digits and . _ - only, at most 249 of them
    std::int32_t partitions = -1;                                ///< how many; -1: the broker's default
    std::int32_t replication = -1;                               ///< copies of each; -1: the broker's default
    std::vector<std::pair<std::string, std::string>> configs{};  ///< of the topic: {"retention.ms", "86400000"}

    [[nodiscard]] friend bool operator==(const topic_settings&, const topic_settings&) = default;
};

}  // namespace stentor::inline v0
// ---- stentor/transport/kafka_config.hpp

/// @file
/// What a Kafka client is made with.

namespace stentor::inline v0 {

/// How batches are compressed on their way to the broker.
enum class compression : std::uint8_t {
    none,    ///< as it is
    gzip,    ///< zlib
    snappy,  ///< built in
    lz4,     ///< built in
    zstd,    ///< only if librdkafka was built with it
};

/// The configuration of one Kafka client. Everything has a default but `brokers`. It is checked strictly when a client is made from
/// it, and by `validate`; all that is wrong is told at once by `errc::invalid_config`, with the members' names and the rules. Two
/// equal configurations are one client for `kafka_client::shared`.
struct kafka_config {
    static constexpr int all = -1;    ///< for `acks`: every in-sync replica
    static constexpr int leader = 1;  ///< for `acks`: the leader alone; needs `idempotence = false`

    /// "host:port,host:port"; the port defaults to 9092, "[::1]:9092" for an IPv6 address. A scheme ("ssl://host") must be that of
    /// `security_protocol`. Never with user or password.
    std::string brokers{};
    std::string client_id = "stentor";  ///< how brokers log and meter this client
    nanoseconds attempt_timeout =
        std::chrono::seconds(9);  ///< how long one try may take, librdkafka's own retries included; 1 ms to 24 days
    /// Who must have a record before it counts as persisted: `all` or `leader`. 0 is refused: nothing could ever be persisted.
    int acks = all;
    /// Keeps order and dedupes librdkafka's own retries; needs `acks = all`. Without it librdkafka retries nothing by itself,
    /// because that would reorder the records of a key: all retries are the RetryPolicy's then. And what ended `unknown` can then
    /// be written later, behind newer records of its key: brokers know no better.
    bool idempotence = true;
    nanoseconds linger{};                                  ///< how long a record may wait for a fuller batch; under attempt_timeout
    std::int32_t batch_size = 1'000'000;                   ///< bytes of a batch, at most
    std::int32_t batch_messages = 10'000;                  ///< records of a batch, at most
    stentor::compression compression = compression::none;  ///< of the batches on the wire
    nanoseconds request_timeout{};                         ///< for one answer of a broker; zero: attempt_timeout, at most 30 s
    nanoseconds connection_timeout = std::chrono::seconds(10);  ///< for TCP, TLS and SASL together; at least 1 s
    /// Topics that this client needs, with what a missing one is created with.
    std::vector<topic_settings> topics{};
    bool create_topics = false;  ///< create a missing topic instead of failing: as `topics` has it, else with the broker's defaults

    std::string security_protocol{};         ///< plaintext (also when empty), ssl, sasl_plaintext, sasl_ssl
    std::string ssl_ca_location{};           ///< PEM file or folder of the CAs to trust; empty: the system's
    std::string ssl_ca_pem{};                ///< instead: the CAs themselves
    std::string ssl_certificate_location{};  ///< PEM file of this client's certificate
    std::string ssl_certificate_pem{};       ///< instead: the certificate itself
    std::string ssl_key_location{};          ///< PEM file of its key
    secret ssl_key_pem{};                    ///< instead: the key itself
    secret ssl_key_password{};               ///< of that key
    bool ssl_verify_certificate = true;      ///< false: any certificate will do, so anybody can be the broker
    bool ssl_verify_host = true;             ///< false: it may be another host's
    std::string sasl_mechanism{};            ///< PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI, OAUTHBEARER; in any case
    std::string sasl_username{};             ///< for PLAIN and SCRAM
    secret sasl_password{};                  ///< for PLAIN and SCRAM
    std::shared_ptr<token_source> tokens{};  ///< for OAUTHBEARER

    /// false: the transport never connects, and refuses each record with `errc::disabled`. Nothing else is checked then.
    bool enabled = true;
    /// Reuse header lists from one record to the next, when the librdkafka at hand is one that this was tested with (2.0.2 to
    /// 2.14). Off: a fresh list for each record; slower, and nothing else changes.
    bool recycle_headers = true;
    /// Takes `properties` that run code from outside this program: plugins, OpenSSL engines and providers, a command for Kerberos.
    bool allow_code_running_properties = false;
    /// Any other setting of librdkafka, by its own name. Those that promises of this library rest on are refused, and so are those
    /// that run code, unless allowed; of `max.in.flight` only 1 is taken. Their values are in no text of this library's.
    std::vector<std::pair<std::string, std::string>> properties{};

    [[nodiscard]] friend bool operator==(const kafka_config&, const kafka_config&) = default;
};

}  // namespace stentor::inline v0
// ---- stentor/transport/validate.hpp

// ---- stentor/detail/kafka/conf_rules.hpp

// ---- stentor/detail/kafka/broker_list.hpp

// ---- stentor/detail/ascii.hpp

// Letters of ASCII, whatever the locale.

namespace stentor::inline v0::detail {

[[nodiscard]] constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
[[nodiscard]] constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

[[nodiscard]] constexpr bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

[[nodiscard]] inline std::string uppercase(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = upper(c);
    }
    return out;
}
[[nodiscard]] inline std::string lowercase(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = lower(c);
    }
    return out;
}

// Without the blanks around it.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/read_value.hpp

// What people write into settings, read strictly: all of the text, or nothing. Nothing here repeats a value: it may be a secret
// that got into the wrong place.

namespace stentor::inline v0::detail {

// "-5", "3000"; no blanks, no plus, no other base.
[[nodiscard]] inline std::optional<std::int64_t> read_whole(std::string_view text) noexcept {
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

[[nodiscard]] inline std::string whole_rule(std::int64_t least, std::int64_t most, std::string_view unit = {}) {
    std::string rule = "must be a whole number";
    if (!unit.empty()) {
        rule.append(" of ").append(unit);
    }
    return rule.append(" from ")
        .append(std::to_string(least))
        .append(" to ")
        .append(std::to_string(most))
        .append(", in digits only");
}

// "5", "0.5".
[[nodiscard]] constexpr bool is_decimal(std::string_view text) noexcept {
    const auto digits = [](std::string_view part) {
        return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    const auto point = text.find('.');
    return digits(text.substr(0, point)) && (point == std::string_view::npos || digits(text.substr(point + 1)));
}

inline constexpr std::string_view boolean_rule = "must be true or false (or yes, no, on, off, 1, 0)";

[[nodiscard]] constexpr std::optional<bool> read_boolean(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 4> yes{"true", "yes", "on", "1"};
    constexpr std::array<std::string_view, 4> no{"false", "no", "off", "0"};
    for (const std::string_view word : yes) {
        if (same_ignoring_case(word, text)) {
            return true;
        }
    }
    for (const std::string_view word : no) {
        if (same_ignoring_case(word, text)) {
            return false;
        }
    }
    return std::nullopt;
}

// One of the words that `choices` has with blanks between them, as it is spelled there; empty if none.
[[nodiscard]] constexpr std::string_view read_choice(std::string_view text, std::string_view choices) noexcept {
    while (!choices.empty()) {
        const auto blank = choices.find(' ');
        const std::string_view word = choices.substr(0, blank);
        if (same_ignoring_case(word, text)) {
            return word;
        }
        choices.remove_prefix(blank == std::string_view::npos ? choices.size() : blank + 1);
    }
    return {};
}

// "must be a, b or c"
[[nodiscard]] inline std::string choice_rule(std::string_view choices) {
    std::string rule = "must be ";
    for (const char c : choices) {
        if (c == ' ') {
            rule.append(", ");
        } else {
            rule.push_back(c);
        }
    }
    if (const auto last = rule.rfind(", "); last != std::string::npos) {
        rule.replace(last, 2, " or ");
    }
    return rule;
}

}  // namespace stentor::inline v0::detail

// The list of bootstrap brokers, checked by us: librdkafka takes port 99999, any scheme and a broker named twice without a word.

namespace stentor::inline v0::detail::kafka {

inline constexpr std::array<std::string_view, 4> protocols{"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};

using problems = std::vector<problem>;

inline void complain(problems& to, std::string_view key, std::string_view rule) {
    // librdkafka's own words may end with a line of their own.
    while (!rule.empty() && (rule.back() == '\n' || rule.back() == ' ')) {
        rule.remove_suffix(1);
    }
    to.push_back({std::string(key), std::string(rule)});
}

[[nodiscard]] constexpr bool is_host_name(std::string_view host) noexcept {
    for (const char c : host) {
        const bool letter = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
        // Of bytes over 0x7F the resolver may know what they are.
        if (!letter && c != '.' && c != '-' && c != '_' && static_cast<unsigned char>(c) <= 0x7f) {
            return false;
        }
    }
    return !host.empty();
}

// One of "host:port", "[::1]:port" or "host", perhaps with "protocol://" before it. Answers it as host:port; empty after a
// complaint.
[[nodiscard]] inline std::string check_broker(std::string_view one, std::string_view protocol, problems& wrong) {
    const auto refused = [&, given = one](std::string_view why) {
        complain(wrong, "brokers", std::string("'").append(given).append("' ").append(why));
        return std::string{};
    };
    if (const auto scheme = one.find("://"); scheme != std::string_view::npos) {
        if (!same_ignoring_case(one.substr(0, scheme), protocol)) {
            return refused(std::string("names another protocol than security_protocol, which is ")
                               .append(protocol)
                               .append("; give host:port only"));
        }
        one.remove_prefix(scheme + 3);
    }
    std::string_view host;
    std::string_view rest;
    if (!one.empty() && one.front() == '[') {
        const auto close = one.find(']');
        if (close == std::string_view::npos || close == 1 || one.find_first_of(" \t\r\n/\"'") < close) {
            return refused("has no valid [address]");
        }
        host = one.substr(0, close + 1);
        rest = one.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') {
            return refused("has something else than :port after its [address]");
        }
    } else {
        const auto colon = one.find(':');
        host = one.substr(0, colon);
        rest = colon != std::string_view::npos ? one.substr(colon) : std::string_view{};
        if (rest.find(':', 1) != std::string_view::npos) {
            return refused("has several colons; write an IPv6 address as [::1]:9092");
        }
        if (!is_host_name(host)) {
            return refused("has no valid host name");
        }
    }
    if (rest.empty()) {
        return std::string(host).append(":9092");
    }
    const auto port = read_whole(rest.substr(1));
    if (!port || *port < 1 || *port > 65535) {
        return refused("needs a port from 1 to 65535");
    }
    return std::string(host).append(":").append(std::to_string(*port));
}

// Checks the list, for that security protocol, and says how many different ones there are.
inline std::size_t check_brokers(std::string_view list, std::string_view protocol, problems& wrong) {
    if (list.empty()) {
        complain(wrong, "brokers", "is empty; give \"host:port\", several with commas between them");
        return 0;
    }
    if (list.find('\0') != std::string_view::npos) {
        complain(wrong, "brokers", "contains a NUL character");
        return 0;
    }
    // Of the whole list and before any of it is quoted: a password may have a comma in it.
    if (list.find('@') != std::string_view::npos) {
        complain(wrong, "brokers",
                 "contains an '@'; give host:port only, it must not contain user or password: those are sasl_username and "
                 "sasl_password");
        return 0;
    }
    std::vector<std::string> known;
    for (;;) {
        const auto comma = list.find(',');
        std::string one = check_broker(list.substr(0, comma), protocol, wrong);
        bool again = one.empty();
        for (const std::string& k : known) {
            again = again || same_ignoring_case(k, one);
        }
        if (!again) {
            known.push_back(std::move(one));
        }
        if (comma == std::string_view::npos) {
            return known.size();
        }
        list.remove_prefix(comma + 1);
    }
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/check_properties.hpp

// ---- stentor/detail/did_you_mean.hpp

// Which known name somebody may have meant.

namespace stentor::inline v0::detail {

// How many letters must be put in, taken out, changed, or swapped with their neighbour, to make one text the other.
[[nodiscard]] inline std::size_t edits(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        above[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

// The nearest of the names; empty when none is near. Asks `known(found)`, which calls `found(name)` for each.
template <class Known>
[[nodiscard]] std::string_view nearest(std::string_view text, const Known& known) {
    // Of a short name no more than one letter may be wrong: nearly all short names are near each other.
    std::size_t least = std::min<std::size_t>(3, text.size() / 4) + 1;
    std::string_view best;
    known([&](std::string_view name) {
        const std::size_t apart = name.size() < text.size() ? text.size() - name.size() : name.size() - text.size();
        if (apart >= least) {
            return;
        }
        if (const std::size_t n = edits(text, name); n < least) {
            least = n;
            best = name;
        }
    });
    return best;
}

}  // namespace stentor::inline v0::detail
// ---- stentor/detail/kafka/conf_names.hpp

namespace stentor::inline v0::detail::kafka {

// librdkafka puts these two into the command line that it gives to a shell to renew a Kerberos ticket.
[[nodiscard]] constexpr bool is_plain_for_a_shell(std::string_view value) noexcept {
    for (const char c : value) {
        const bool plain = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
                           std::string_view("._/@:+=-").find(c) != std::string_view::npos;
        if (!plain) {
            return false;
        }
    }
    return true;
}

// Their values are told nowhere: of those that somebody's librdkafka knows and this table does not, too.
[[nodiscard]] constexpr bool is_secret(std::string_view name) noexcept {
    for (const std::string_view part :
         {"password", "passphrase", "secret", "key.pem", "token", "jaas", "oauthbearer.config", "oauthbearer.extensions"}) {
        if (name.find(part) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

// The member of kafka_config that a setting of librdkafka's has; empty if none.
[[nodiscard]] constexpr std::string_view member_of(std::string_view name) noexcept {
    struct row {
        const char* name;
        const char* member;
    };
    constexpr row rows[] = {
        {"bootstrap.servers", "brokers"},
        {"metadata.broker.list", "brokers"},
        {"client.id", "client_id"},
        {"message.timeout.ms", "attempt_timeout"},
        {"delivery.timeout.ms", "attempt_timeout"},
        {"acks", "acks"},
        {"request.required.acks", "acks"},
        {"enable.idempotence", "idempotence"},
        {"linger.ms", "linger"},
        {"queue.buffering.max.ms", "linger"},
        {"batch.size", "batch_size"},
        {"batch.num.messages", "batch_messages"},
        {"compression.codec", "compression"},
        {"compression.type", "compression"},
        {"request.timeout.ms", "request_timeout"},
        {"socket.connection.setup.timeout.ms", "connection_timeout"},
        {"allow.auto.create.topics", "create_topics"},
        {"security.protocol", "security_protocol"},
        {"ssl.ca.location", "ssl_ca_location"},
        {"ssl.certificate.location", "ssl_certificate_location"},
        {"ssl.key.location", "ssl_key_location"},
        {"ssl.key.password", "ssl_key_password"},
        {"sasl.mechanism", "sasl_mechanism"},
        {"sasl.mechanisms", "sasl_mechanism"},
        {"sasl.username", "sasl_username"},
        {"sasl.password", "sasl_password"},
        {"ssl.ca.pem", "ssl_ca_pem"},
        {"ssl.certificate.pem", "ssl_certificate_pem"},
        {"ssl.key.pem", "ssl_key_pem"},
        {"enable.ssl.certificate.verification", "ssl_verify_certificate"},
        {"ssl.endpoint.identification.algorithm", "ssl_verify_host"},
    };
    for (const row& r : rows) {
        if (name == r.name) {
            return r.member;
        }
    }
    return {};
}

// Why it is refused whatever its value; empty if it is not. Settings that this library makes itself because its promises rest on
// them, or that run code; from the lists of librdkafka 2.0 to 2.14, with those that its own list hides.
[[nodiscard]] constexpr std::string_view why_refused(std::string_view name, std::string_view value, bool may_run_code) noexcept {
    struct row {
        const char* name;
        const char* why;
    };
    constexpr const char* ours = "is set by this library, whose promises rest on it";
    constexpr const char* retries = "would let librdkafka send records of one key again in another order; give a retry policy";
    constexpr const char* flights = "is chosen by this library, which keeps the order of a key's records; only 1 is taken";
    constexpr const char* format = "could make librdkafka write records in an old format, which has no headers";
    constexpr const char* code = "would run code from outside this program; allow_code_running_properties would allow it";
    constexpr const char* signal = "would change what a signal does in this whole process";
    constexpr row rows[] = {
        {"partitioner", ours},
        {"partitioner_cb", ours},
        {"msg_order_cmp", ours},
        {"log.queue", ours},
        {"enabled_events", ours},
        {"transactional.id", ours},
        {"delivery.report.only.error", ours},
        {"produce.offset.report", ours},
        {"queuing.strategy", ours},
        {"enable.gapless.guarantee", ours},
        {"client.software.name", ours},
        {"client.software.version", ours},
        {"retries", retries},
        {"message.send.max.retries", retries},
        {"max.in.flight", flights},
        {"max.in.flight.requests.per.connection", flights},
        {"api.version.request", format},
        {"api.version.fallback.ms", format},
        {"broker.version.fallback", format},
        {"plugin.library.paths", code},
        {"sasl.kerberos.kinit.cmd", code},
        {"ssl.engine.location", code},
        {"ssl.engine.id", code},
        {"ssl.providers", code},
        {"internal.termination.signal", signal},
    };
    for (const row& r : rows) {
        if (name == r.name) {
            const std::string_view why = r.why;
            return (why == flights && value == "1") || (why == code && may_run_code) ? std::string_view{} : why;
        }
    }
    // "ut_…" is a function's address, which librdkafka would take from the value and call.
    if (name.starts_with("test.") || name.starts_with("ut_")) {
        return "is for librdkafka's own tests";
    }
    if ((name == "sasl.kerberos.principal" || name == "sasl.kerberos.keytab") && !is_plain_for_a_shell(value)) {
        return "may have letters, digits and . _ / @ : + = - only, because librdkafka gives it to a shell";
    }
    return {};
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/property_table.hpp

// The settings that librdkafka 2.0 to 2.14 knows by name, callbacks aside, with the values that they take: librdkafka itself reads
// "5ms" as 5, and cannot say that a later version would know a name. In the order of their names.

namespace stentor::inline v0::detail::kafka {

struct property {
    enum kind : std::uint8_t {
        text,
        whole,
        decimal,
        boolean,
        choice,
        words
    };
    enum use : std::uint8_t {
        both,
        producer,
        consumer
    };

    // No views: in a table, g++ 12 would count the letters of each while it compiles, one by one.
    const char* name = "";
    kind what = property::text;
    use whose = property::both;
    std::int64_t least = 0;
    std::int64_t most = 0;
    const char* choices = "";  // with blanks between them; of `words` several may be given
    int since = 0;             // as rd_kafka_version() tells it, of a version that has it; 0: 2.0 has
};

[[nodiscard]] constexpr int version_of(int major, int minor) noexcept { return major << 24 | minor << 16 | 0xff; }

inline constexpr property properties[] = {
    {"acks", property::whole, property::producer, -1, 1000},
    {"allow.auto.create.topics", property::boolean, property::both},
    {"api.version.fallback.ms", property::whole, property::both, 0, 604800000},
    {"api.version.request", property::boolean, property::both},
    {"api.version.request.timeout.ms", property::whole, property::both, 1, 300000},
    {"auto.commit.enable", property::boolean, property::consumer},
    {"auto.commit.interval.ms", property::whole, property::consumer, 0, 86400000},
    {"auto.offset.reset", property::choice, property::consumer, 0, 0, "smallest earliest beginning largest latest end error"},
    {"batch.num.messages", property::whole, property::producer, 1, 1000000},
    {"batch.size", property::whole, property::producer, 1, 2147483647},
    {"bootstrap.servers", property::text, property::both},
    {"broker.address.family", property::choice, property::both, 0, 0, "any v4 v6"},
    {"broker.address.ttl", property::whole, property::both, 0, 86400000},
    {"broker.version.fallback", property::text, property::both},
    {"check.crcs", property::boolean, property::consumer},
    {"client.dns.lookup", property::choice, property::both, 0, 0, "use_all_dns_ips resolve_canonical_bootstrap_servers_only",
     version_of(2, 2)},
    {"client.id", property::text, property::both},
    {"client.rack", property::text, property::both},
    {"compression.codec", property::choice, property::producer, 0, 0, "none gzip snappy lz4 zstd inherit"},
    {"compression.level", property::whole, property::producer, -1, 12},
    {"compression.type", property::choice, property::producer, 0, 0, "none gzip snappy lz4 zstd"},
    {"connections.max.idle.ms", property::whole, property::both, 0, 2147483647},
    {"consume.callback.max.messages", property::whole, property::consumer, 0, 1000000},
    {"coordinator.query.interval.ms", property::whole, property::consumer, 1, 3600000},
    {"debug", property::words, property::both, 0, 0,
     "generic broker topic metadata feature queue msg protocol cgrp security fetch interceptor plugin consumer admin eos mock "
     "assignor conf telemetry all"},
    {"delivery.report.only.error", property::boolean, property::producer},
    {"delivery.timeout.ms", property::whole, property::producer, 0, 2147483647},
    {"enable.auto.commit", property::boolean, property::consumer},
    {"enable.auto.offset.store", property::boolean, property::consumer},
    {"enable.gapless.guarantee", property::boolean, property::producer},
    {"enable.idempotence", property::boolean, property::producer},
    {"enable.metrics.push", property::boolean, property::both, 0, 0, "", version_of(2, 5)},
    {"enable.partition.eof", property::boolean, property::consumer},
    {"enable.random.seed", property::boolean, property::both},
    {"enable.sasl.oauthbearer.unsecure.jwt", property::boolean, property::both},
    {"enable.sparse.connections", property::boolean, property::both},  // in no list of librdkafka's own
    {"enable.ssl.certificate.verification", property::boolean, property::both},
    {"enabled_events", property::whole, property::both, 0, 2147483647},
    {"fetch.error.backoff.ms", property::whole, property::consumer, 0, 300000},
    {"fetch.max.bytes", property::whole, property::consumer, 0, 2147483135},
    {"fetch.message.max.bytes", property::whole, property::consumer, 1, 1000000000},
    {"fetch.min.bytes", property::whole, property::consumer, 1, 100000000},
    {"fetch.queue.backoff.ms", property::whole, property::consumer, 0, 300000, "", version_of(2, 2)},
    {"fetch.wait.max.ms", property::whole, property::consumer, 0, 300000},
    {"group.id", property::text, property::consumer},
    {"group.instance.id", property::text, property::consumer},
    {"group.protocol", property::choice, property::consumer, 0, 0, "classic consumer", version_of(2, 4)},
    {"group.protocol.type", property::text, property::consumer},
    {"group.remote.assignor", property::text, property::consumer, 0, 0, "", version_of(2, 4)},
    {"heartbeat.interval.ms", property::whole, property::consumer, 1, 3600000},
    {"https.ca.location", property::text, property::both, 0, 0, "", version_of(2, 14)},
    {"https.ca.pem", property::text, property::both, 0, 0, "", version_of(2, 14)},
    {"internal.termination.signal", property::whole, property::both, 0, 128},
    {"isolation.level", property::choice, property::consumer, 0, 0, "read_uncommitted read_committed"},
    {"linger.ms", property::decimal, property::producer, 0, 900000},
    {"log.connection.close", property::boolean, property::both},
    {"log.queue", property::boolean, property::both},
    {"log.thread.name", property::boolean, property::both},
    {"log_level", property::whole, property::both, 0, 7},
    {"max.in.flight", property::whole, property::both, 1, 1000000},
    {"max.in.flight.requests.per.connection", property::whole, property::both, 1, 1000000},
    {"max.partition.fetch.bytes", property::whole, property::consumer, 1, 1000000000},
    {"max.poll.interval.ms", property::whole, property::consumer, 1, 86400000},
    {"message.copy.max.bytes", property::whole, property::both, 0, 1000000000},
    {"message.max.bytes", property::whole, property::both, 1000, 1000000000},
    {"message.send.max.retries", property::whole, property::producer, 0, 2147483647},
    {"message.timeout.ms", property::whole, property::producer, 0, 2147483647},
    {"metadata.broker.list", property::text, property::both},
    {"metadata.max.age.ms", property::whole, property::both, 1, 86400000},
    {"metadata.recovery.rebootstrap.trigger.ms", property::whole, property::both, 0, 2147483647, "", version_of(2, 12)},
    {"metadata.recovery.strategy", property::choice, property::both, 0, 0, "none rebootstrap", version_of(2, 10)},
    {"offset.store.method", property::choice, property::consumer, 0, 0, "none file broker"},
    {"offset.store.path", property::text, property::consumer},
    {"offset.store.sync.interval.ms", property::whole, property::consumer, -1, 86400000},
    {"partition.assignment.strategy", property::text, property::consumer},
    {"partitioner", property::text, property::producer},
    {"plugin.library.paths", property::text, property::both},
    {"produce.offset.report", property::boolean, property::producer},
    {"queue.buffering.backpressure.threshold", property::whole, property::producer, 1, 1000000},
    {"queue.buffering.max.kbytes", property::whole, property::producer, 1, 2147483647},
    {"queue.buffering.max.messages", property::whole, property::producer, 0, 2147483647},
    {"queue.buffering.max.ms", property::decimal, property::producer, 0, 900000},
    {"queued.max.messages.kbytes", property::whole, property::consumer, 1, 2097151},
    {"queued.min.messages", property::whole, property::consumer, 1, 10000000},
    {"queuing.strategy", property::choice, property::producer, 0, 0, "fifo lifo"},
    {"receive.message.max.bytes", property::whole, property::both, 1000, 2147483647},
    {"reconnect.backoff.jitter.ms", property::whole, property::both, 0, 3600000},
    {"reconnect.backoff.max.ms", property::whole, property::both, 0, 3600000},
    {"reconnect.backoff.ms", property::whole, property::both, 0, 3600000},
    {"request.required.acks", property::whole, property::producer, -1, 1000},
    {"request.timeout.ms", property::whole, property::producer, 1, 900000},
    {"retries", property::whole, property::producer, 0, 2147483647},
    {"retry.backoff.max.ms", property::whole, property::both, 1, 300000, "", version_of(2, 3)},
    {"retry.backoff.ms", property::whole, property::both, 1, 300000},
    {"sasl.kerberos.keytab", property::text, property::both},
    {"sasl.kerberos.kinit.cmd", property::text, property::both},
    {"sasl.kerberos.min.time.before.relogin", property::whole, property::both, 0, 86400000},
    {"sasl.kerberos.principal", property::text, property::both},
    {"sasl.kerberos.service.name", property::text, property::both},
    {"sasl.mechanism", property::text, property::both},
    {"sasl.mechanisms", property::text, property::both},
    {"sasl.oauthbearer.assertion.algorithm", property::choice, property::both, 0, 0, "RS256 ES256", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.aud", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.exp.seconds", property::whole, property::both, 1, 2147483647, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.iss", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.jti.include", property::boolean, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.nbf.seconds", property::whole, property::both, 0, 2147483647, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.sub", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.file", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.jwt.template.file", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.private.key.file", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.private.key.passphrase", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.private.key.pem", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.client.credentials.client.id", property::text, property::both, 0, 0, "", version_of(2, 14)},
    {"sasl.oauthbearer.client.credentials.client.secret", property::text, property::both, 0, 0, "", version_of(2, 14)},
    {"sasl.oauthbearer.client.id", property::text, property::both},
    {"sasl.oauthbearer.client.secret", property::text, property::both},
    {"sasl.oauthbearer.config", property::text, property::both},
    {"sasl.oauthbearer.extensions", property::text, property::both},
    {"sasl.oauthbearer.grant.type", property::choice, property::both, 0, 0,
     "client_credentials urn:ietf:params:oauth:grant-type:jwt-bearer", version_of(2, 11)},
    {"sasl.oauthbearer.metadata.authentication.type", property::choice, property::both, 0, 0, "none azure_imds", version_of(2, 12)},
    {"sasl.oauthbearer.method", property::choice, property::both, 0, 0, "default oidc"},
    {"sasl.oauthbearer.scope", property::text, property::both},
    {"sasl.oauthbearer.sub.claim.name", property::text, property::both, 0, 0, "", version_of(2, 14)},
    {"sasl.oauthbearer.token.endpoint.url", property::text, property::both},
    {"sasl.password", property::text, property::both},
    {"sasl.username", property::text, property::both},
    {"security.protocol", property::choice, property::both, 0, 0, "plaintext ssl sasl_plaintext sasl_ssl"},
    {"session.timeout.ms", property::whole, property::consumer, 1, 3600000},
    {"socket.blocking.max.ms", property::whole, property::both, 1, 60000},
    {"socket.connection.setup.timeout.ms", property::whole, property::both, 1000, 2147483647},
    {"socket.keepalive.enable", property::boolean, property::both},
    {"socket.max.fails", property::whole, property::both, 0, 1000000},
    {"socket.nagle.disable", property::boolean, property::both},
    {"socket.receive.buffer.bytes", property::whole, property::both, 0, 100000000},
    {"socket.send.buffer.bytes", property::whole, property::both, 0, 100000000},
    {"socket.timeout.ms", property::whole, property::both, 10, 300000},
    {"ssl.ca.certificate.stores", property::text, property::both},
    {"ssl.ca.location", property::text, property::both},
    {"ssl.ca.pem", property::text, property::both},
    {"ssl.certificate.location", property::text, property::both},
    {"ssl.certificate.pem", property::text, property::both},
    {"ssl.cipher.suites", property::text, property::both},
    {"ssl.crl.location", property::text, property::both},
    {"ssl.curves.list", property::text, property::both},
    {"ssl.endpoint.identification.algorithm", property::choice, property::both, 0, 0, "none https"},
    {"ssl.engine.id", property::text, property::both},
    {"ssl.engine.location", property::text, property::both},
    {"ssl.key.location", property::text, property::both},
    {"ssl.key.password", property::text, property::both},
    {"ssl.key.pem", property::text, property::both},
    {"ssl.keystore.location", property::text, property::both},
    {"ssl.keystore.password", property::text, property::both},
    {"ssl.providers", property::text, property::both},
    {"ssl.sigalgs.list", property::text, property::both},
    {"statistics.interval.ms", property::whole, property::both, 0, 86400000},
    {"sticky.partitioning.linger.ms", property::whole, property::producer, 0, 900000},
    {"topic.blacklist", property::text, property::both},
    {"topic.metadata.propagation.max.ms", property::whole, property::both, 0, 3600000},
    {"topic.metadata.refresh.fast.cnt", property::whole, property::both, 0, 1000},
    {"topic.metadata.refresh.fast.interval.ms", property::whole, property::both, 1, 60000},
    {"topic.metadata.refresh.interval.ms", property::whole, property::both, -1, 3600000},
    {"topic.metadata.refresh.sparse", property::boolean, property::both},
    {"transaction.timeout.ms", property::whole, property::producer, 1000, 2147483647},
    {"transactional.id", property::text, property::producer},
};

// Null when no version up to 2.14 has it.
[[nodiscard]] constexpr const property* find_property(std::string_view name) noexcept {
    for (const property& p : properties) {
        if (name == p.name) {
            return &p;
        }
    }
    return nullptr;
}

// The same; a topic's settings may be written with "topic." before them.
[[nodiscard]] constexpr const property* property_of(std::string_view name) noexcept {
    const property* const p = find_property(name);
    return p == nullptr && name.starts_with("topic.") ? find_property(name.substr(6)) : p;
}

}  // namespace stentor::inline v0::detail::kafka

// kafka_config::properties: names and values, as far as the table of librdkafka's settings goes.

namespace stentor::inline v0::detail::kafka {

[[nodiscard]] inline std::string version_text(int version, bool whole) {
    const auto part = [&](unsigned shift) { return std::to_string((static_cast<unsigned>(version) >> shift) & 0xffU); };
    std::string text = part(24).append(".").append(part(16));
    return whole ? text.append(".").append(part(8)) : text;
}

// Nothing may be wrong with it that the table knows: then librdkafka gets it spelled as librdkafka does.
[[nodiscard]] inline std::string canonical(const property& p, std::string_view value) {
    if (p.what == property::kind::boolean) {
        return read_boolean(value).value_or(false) ? "true" : "false";
    }
    if (p.what == property::kind::whole) {
        return std::to_string(read_whole(value).value_or(0));  // 0100 would be 64 to librdkafka
    }
    return std::string(p.what == property::kind::choice ? read_choice(value, p.choices) : value);
}

// "broker,-topic": with commas between them, in any case, each with a sign or without, as librdkafka reads it.
template <class Function>
void for_each_word(std::string_view value, Function&& f) {
    for (bool more = true; more;) {
        const auto comma = value.find(',');
        std::string_view word = trimmed(value.substr(0, comma));
        word.remove_prefix(word.starts_with('+') || word.starts_with('-') ? 1 : 0);
        f(word);
        more = comma != std::string_view::npos;
        value.remove_prefix(more ? comma + 1 : 0);
    }
}

[[nodiscard]] inline bool are_words(std::string_view value, std::string_view choices) {
    bool all = true;
    for_each_word(value, [&](std::string_view word) { all = all && !read_choice(word, choices).empty(); });
    return all;
}

[[nodiscard]] inline std::string why_wrong(const property& p, std::string_view value) {
    switch (p.what) {
        case property::kind::whole:
            if (const auto n = read_whole(value); !n || *n < p.least || *n > p.most) {
                return whole_rule(p.least, p.most);
            }
            break;
        case property::kind::decimal:
            if (!is_decimal(value)) {
                return "must be a number, as in 5 or 0.5";
            }
            break;
        case property::kind::boolean: return read_boolean(value) ? std::string{} : std::string(boolean_rule);
        case property::kind::choice: return read_choice(value, p.choices).empty() ? choice_rule(p.choices) : std::string{};
        case property::kind::words:
            if (!are_words(value, p.choices)) {
                return choice_rule(p.choices).append(", or several of them with commas between them");
            }
            break;
        case property::kind::text: break;
    }
    return {};
}

[[nodiscard]] inline std::string unknown_to(int librdkafka, int since) {
    return std::string("is not known to this librdkafka, ")
        .append(version_text(librdkafka, true))
        .append("; version ")
        .append(version_text(since, false))
        .append(" has it");
}

// `librdkafka` is its version; 0: whichever it will be.
[[nodiscard]] inline std::string why_wrong(std::string_view given, std::string_view value, const kafka_config& c, int librdkafka) {
    const std::string_view name = given.starts_with("topic.") ? given.substr(6) : given;
    if (const std::string_view member = member_of(name); !member.empty()) {
        return std::string("has a member of its own in kafka_config, ").append(member).append(": use that");
    }
    if (const std::string_view why = why_refused(name, value, c.allow_code_running_properties); !why.empty()) {
        return std::string(why);
    }
    if (value.find('\0') != std::string_view::npos) {
        return "contains a NUL character, where librdkafka would cut it";
    }
    const property* const p = property_of(given);
    if (p == nullptr) {
        if (librdkafka >= version_of(2, 15)) {
            return {};  // may be newer than the table: librdkafka itself will say
        }
        const std::string_view meant = nearest(given, [](const auto& found) {
            for (const property& known : properties) {
                found(known.name);
            }
        });
        std::string why = "is no setting of librdkafka";
        return meant.empty() ? why : why.append("; did you mean ").append(meant).append("?");
    }
    if (p->whose == property::use::consumer) {
        return "is a consumer's setting: a client that publishes would ignore it";
    }
    if (librdkafka != 0 && p->since > librdkafka) {
        return unknown_to(librdkafka, p->since);
    }
    std::string why = why_wrong(*p, value);
    // The one word of a list that came later than its list.
    if (constexpr int since = version_of(2, 5); why.empty() && name == "debug" && librdkafka != 0 && librdkafka < since) {
        for_each_word(value, [&](std::string_view word) {
            if (same_ignoring_case(word, "telemetry")) {
                why = "telemetry " + unknown_to(librdkafka, since);
            }
        });
    }
    return why;
}

inline void check_properties(const kafka_config& c, int librdkafka, problems& wrong) {
    for (const auto& [name, value] : c.properties) {
        if (name.empty() || name.find('\0') != std::string::npos) {
            complain(wrong, "properties", name.empty() ? "a name is empty" : "a name contains a NUL character");
            continue;
        }
        if (const std::string why = why_wrong(name, value, c, librdkafka); !why.empty()) {
            complain(wrong, name, why);
        }
        for (const auto& other : c.properties) {
            if (&other.first == &name) {
                break;
            }
            if (other.first == name) {
                complain(wrong, name, "is given twice");
                break;
            }
        }
    }
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/check_security.hpp

// TLS and SASL: what must be given together, and what must not. No value is repeated.

namespace stentor::inline v0::detail::kafka {

inline constexpr std::array<std::string_view, 5> mechanisms{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER"};

// As librdkafka spells it; plaintext, when nothing is said or it is none of them.
[[nodiscard]] inline std::string_view protocol_of(const kafka_config& c) noexcept {
    for (const std::string_view p : protocols) {
        if (same_ignoring_case(p, c.security_protocol)) {
            return p;
        }
    }
    return protocols[0];
}

// As the brokers spell it; empty when it is none of them.
[[nodiscard]] inline std::string_view mechanism_of(const kafka_config& c) noexcept {
    for (const std::string_view m : mechanisms) {
        if (same_ignoring_case(m, c.sasl_mechanism)) {
            return m;
        }
    }
    return {};
}

// Where a text is cut short at a NUL, a part of it would be used.
inline void check_text(const kafka_config& c, problems& wrong) {
    const auto look = [&](std::string_view name, const std::string& text) {
        if (text.find('\0') != std::string::npos) {
            complain(wrong, name, "contains a NUL character");
        }
    };
    look("client_id", c.client_id);
    look("security_protocol", c.security_protocol);
    look("ssl_ca_location", c.ssl_ca_location);
    look("ssl_ca_pem", c.ssl_ca_pem);
    look("ssl_certificate_location", c.ssl_certificate_location);
    look("ssl_certificate_pem", c.ssl_certificate_pem);
    look("ssl_key_location", c.ssl_key_location);
    look("ssl_key_pem", c.ssl_key_pem.reveal());
    look("ssl_key_password", c.ssl_key_password.reveal());
    look("sasl_mechanism", c.sasl_mechanism);
    look("sasl_username", c.sasl_username);
    look("sasl_password", c.sasl_password.reveal());
}

inline void check_pem(std::string_view name, std::string_view path_name, std::string_view pem, bool path_given, std::string_view of,
                      problems& wrong) {
    if (pem.empty()) {
        return;
    }
    if (path_given) {
        complain(wrong, name, std::string("give it or ").append(path_name).append(", not both"));
    }
    const auto begin = pem.find("-----BEGIN ");
    if (begin == std::string_view::npos || pem.find(of, begin) == std::string_view::npos ||
        pem.find("-----END ", begin) == std::string_view::npos) {
        complain(wrong, name,
                 std::string("is no PEM text of a ").append(of == "CERTIFICATE-----" ? "certificate" : "private key") +
                     ", from -----BEGIN to -----END; the path of a file belongs into " + std::string(path_name));
    }
}

inline void check_tls(const kafka_config& c, bool tls, problems& wrong) {
    const bool certificate = !c.ssl_certificate_location.empty() || !c.ssl_certificate_pem.empty();
    const bool key = !c.ssl_key_location.empty() || !c.ssl_key_pem.empty();
    if (!tls && (certificate || key || !c.ssl_ca_location.empty() || !c.ssl_ca_pem.empty() || !c.ssl_key_password.empty())) {
        const bool ca = !c.ssl_ca_location.empty() || !c.ssl_ca_pem.empty();
        complain(wrong, ca ? "ssl_ca_location" : "ssl_certificate_location", "TLS settings need security_protocol ssl or sasl_ssl");
    }
    check_pem("ssl_ca_pem", "ssl_ca_location", c.ssl_ca_pem, !c.ssl_ca_location.empty(), "CERTIFICATE-----", wrong);
    check_pem("ssl_certificate_pem", "ssl_certificate_location", c.ssl_certificate_pem, !c.ssl_certificate_location.empty(),
              "CERTIFICATE-----", wrong);
    check_pem("ssl_key_pem", "ssl_key_location", c.ssl_key_pem.reveal(), !c.ssl_key_location.empty(), "PRIVATE KEY-----", wrong);
    if (certificate != key) {
        complain(wrong, certificate ? "ssl_key_location" : "ssl_certificate_location",
                 "a client certificate needs both ssl_certificate_location and ssl_key_location, or their texts as "
                 "ssl_certificate_pem and ssl_key_pem");
    }
    if (!c.ssl_key_password.empty() && !key && tls) {
        complain(wrong, "ssl_key_password", "there is no ssl_key_location or ssl_key_pem that it could open");
    }
    if (!c.ssl_verify_certificate && c.ssl_verify_host) {
        complain(wrong, "ssl_verify_host", "means nothing when certificates are not verified: set it to false, too");
    }
}

inline void check_sasl(const kafka_config& c, bool sasl, problems& wrong) {
    if (!sasl) {
        if (!c.sasl_mechanism.empty() || !c.sasl_username.empty() || !c.sasl_password.empty() || c.tokens) {
            complain(wrong, "sasl_mechanism", "SASL settings need security_protocol sasl_plaintext or sasl_ssl");
        }
        return;
    }
    const std::string_view mechanism = mechanism_of(c);
    if (mechanism.empty()) {
        complain(wrong, "sasl_mechanism", "must be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI or OAUTHBEARER");
        return;
    }
    if (mechanism == "PLAIN" || mechanism.starts_with("SCRAM")) {
        if (c.sasl_username.empty()) {
            complain(wrong, "sasl_username", "this sasl_mechanism needs sasl_username and sasl_password");
        }
        if (c.sasl_password.empty()) {
            complain(wrong, "sasl_password", "this sasl_mechanism needs sasl_username and sasl_password");
        }
    }
    bool gets_its_own = false;
    for (const auto& [name, value] : c.properties) {
        gets_its_own = gets_its_own || name == "sasl.oauthbearer.method" || name == "enable.sasl.oauthbearer.unsecure.jwt" ||
                       name == "sasl.oauthbearer.metadata.authentication.type";
    }
    if (mechanism == "OAUTHBEARER" && !c.tokens && !gets_its_own) {
        complain(wrong, "tokens", "OAUTHBEARER needs a token_source, or sasl.oauthbearer.method = oidc among the properties");
    }
    if (mechanism != "OAUTHBEARER" && c.tokens) {
        complain(wrong, "tokens", "a token_source is for the mechanism OAUTHBEARER only");
    }
}

inline void check_security(const kafka_config& c, problems& wrong) {
    const std::string_view protocol = protocol_of(c);
    if (!c.security_protocol.empty() && !same_ignoring_case(protocol, c.security_protocol)) {
        complain(wrong, "security_protocol", "must be plaintext, ssl, sasl_plaintext or sasl_ssl");
        return;  // whether the rest goes with it, nobody knows
    }
    check_tls(c, protocol.ends_with("ssl"), wrong);
    check_sasl(c, protocol.starts_with("sasl"), wrong);
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/topic_rule.hpp

// What may be a topic's name; the broker's own rule. librdkafka takes any, and then waits for it in vain.

namespace stentor::inline v0::detail::kafka {

inline constexpr std::string_view topic_rule = "must have 1 to 249 letters, digits and . _ - and must not be . or ..";

[[nodiscard]] constexpr bool is_topic_name(std::string_view name) noexcept {
    for (const char c : name) {
        if ((lower(c) < 'a' || lower(c) > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return !name.empty() && name.size() <= 249 && name != "." && name != "..";
}

}  // namespace stentor::inline v0::detail::kafka

// librdkafka takes "5ms", "1e4", port 99999 and acks=5 without a word, so what can be checked is checked here.

namespace stentor::inline v0::detail::kafka {

inline void check_limits(const kafka_config& c, problems& wrong) {
    using std::chrono::hours;
    using std::chrono::seconds;
    const auto within = [&](std::string_view name, nanoseconds value, nanoseconds least, nanoseconds most, std::string_view rule) {
        if (value < least || value > most) {
            complain(wrong, name, rule);
        }
    };
    within("attempt_timeout", c.attempt_timeout, milliseconds(1), hours(24 * 24), "must be from 1 ms to 24 days");
    if (c.acks != kafka_config::all && c.acks != kafka_config::leader) {
        complain(
            wrong, "acks",
            c.acks == 0 ? "0 would leave every outcome unknown; use all (-1) or leader (1)" : "must be all (-1) or leader (1)");
    }
    if (c.idempotence && c.acks != kafka_config::all) {
        complain(wrong, "idempotence", "needs acks = all; with acks = leader set idempotence = false");
    }
    within("linger", c.linger, nanoseconds(0), seconds(900), "must be from 0 to 900 s");
    if (c.linger >= c.attempt_timeout && c.linger > nanoseconds(0)) {
        complain(wrong, "linger", "must be shorter than attempt_timeout");
    }
    if (c.batch_size < 1) {
        complain(wrong, "batch_size", "must be at least 1 byte");
    }
    if (c.batch_messages < 1 || c.batch_messages > 1'000'000) {
        complain(wrong, "batch_messages", "must be from 1 to 1,000,000");
    }
    if (c.compression > compression::zstd) {
        complain(wrong, "compression", "must be none, gzip, snappy, lz4 or zstd");
    }
    if (c.request_timeout != nanoseconds(0)) {
        within("request_timeout", c.request_timeout, milliseconds(10), seconds(300), "must be from 10 ms to 300 s");
    }
    within("connection_timeout", c.connection_timeout, seconds(1), hours(1), "must be from 1 s to 1 h");
}

inline void check_topics(const kafka_config& c, problems& wrong) {
    for (std::size_t i = 0; i < c.topics.size(); ++i) {
        const topic_settings& t = c.topics[i];
        const std::string key = std::string("topics[").append(std::to_string(i)).append("]");
        if (!is_topic_name(t.name)) {
            complain(wrong, key + ".name", topic_rule);
        }
        for (std::size_t earlier = 0; earlier < i; ++earlier) {
            if (c.topics[earlier].name == t.name) {
                complain(wrong, key + ".name", "is there twice");
                break;
            }
        }
        if (t.partitions != -1 && t.partitions < 1) {
            complain(wrong, key + ".partitions", "must be at least 1, or -1 for the broker's default");
        }
        if (t.replication != -1 && (t.replication < 1 || t.replication > 32767)) {
            complain(wrong, key + ".replication", "must be from 1 to 32767, or -1 for the broker's default");
        }
        for (const auto& [name, value] : t.configs) {
            if (name.empty() || name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) {
                complain(wrong, key + ".configs", "a name is empty, or a name or a value contains a NUL character");
            }
        }
    }
}

// All that can be said without librdkafka; `librdkafka` is the version that will be used, 0 if that is not known. Returns how many
// bootstrap brokers there are.
inline std::size_t check(const kafka_config& c, int librdkafka, problems& wrong) {
    if (!c.enabled) {
        return 0;
    }
    const std::size_t brokers = check_brokers(c.brokers, protocol_of(c), wrong);
    check_text(c, wrong);
    check_limits(c, wrong);
    check_topics(c, wrong);
    check_security(c, wrong);
    check_properties(c, librdkafka, wrong);
    return brokers;
}

}  // namespace stentor::inline v0::detail::kafka

/// @file
/// Whether a `kafka_config` keeps the rules.

namespace stentor::inline v0 {

/// Every rule that it breaks, all at once. What only librdkafka can say (whether files can be read, what its version and its build
/// lack) comes when a client is made.
[[nodiscard]] inline std::vector<problem> problems_of(const kafka_config& config) {
    std::vector<problem> wrong;
    detail::kafka::check(config, 0, wrong);
    return wrong;
}

/// The same as one error, `errc::invalid_config`, which names each member and its rule.
[[nodiscard]] inline result<void> validate(const kafka_config& config) {
    const std::vector<problem> wrong = problems_of(config);
    return wrong.empty() ? result<void>{} : result<void>{error_of("kafka_config", wrong)};
}

}  // namespace stentor::inline v0

// Last, because what is first included in here would be missing for everybody where librdkafka is not installed.
#if __has_include(<librdkafka/rdkafka.h>)
// ---- stentor/transport/kafka.hpp

// ---- stentor/detail/kafka/clock.hpp

#include <sys/random.h>

namespace stentor::inline v0::detail::kafka {

[[nodiscard]] inline std::int64_t read_clock(clockid_t which) noexcept {
    std::timespec t{};
    ::clock_gettime(which, &t);
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

[[nodiscard]] inline instant monotonic_now() noexcept { return instant{nanoseconds{read_clock(CLOCK_MONOTONIC)}}; }

// One clock read makes a moment; wall time is that plus an offset which is looked at again every 100 ms, so a jump of the wall
// clock shows after that time at the latest. One per thread: no sharing, no locks.
class thread_clock {
public:
    [[nodiscard]] moment now() noexcept {
        const std::int64_t mono = read_clock(CLOCK_MONOTONIC);
        if (mono >= refresh_at_ || process_generation() != generation_) {
            refresh(mono);
        }
        return moment{instant{nanoseconds{mono}}, next(), timestamp{milliseconds{(mono + offset_) / 1'000'000}}};
    }

    // xoshiro256**, by Blackman and Vigna (public domain): fast, and good enough for ids and jitter.
    [[nodiscard]] std::uint64_t next() noexcept {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t t = state_[1] << 17U;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

private:
    void refresh(std::int64_t mono) noexcept {
        offset_ = read_clock(CLOCK_REALTIME) - mono;
        refresh_at_ = mono + 100'000'000;
        // A forked child must not go on with its parent's numbers, or both make the same trace ids.
        if (process_generation() != generation_ || (state_[0] | state_[1] | state_[2] | state_[3]) == 0) {
            generation_ = process_generation();
            seed(mono);
        }
    }

    void seed(std::int64_t mono) noexcept {
        if (::getrandom(state_, sizeof state_, GRND_NONBLOCK) == static_cast<ssize_t>(sizeof state_)) {
            return;
        }
        // No entropy yet, early at boot: time, process and place still differ between threads and machines.
        std::uint64_t x = static_cast<std::uint64_t>(mono ^ offset_) ^ reinterpret_cast<std::uintptr_t>(this) ^
                          (static_cast<std::uint64_t>(::getpid()) << 32U);
        for (std::uint64_t& word : state_) {
            x += 0x9e3779b97f4a7c15ULL;
            std::uint64_t z = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
            z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
            word = z ^ (z >> 31U);
        }
    }

    std::int64_t refresh_at_ = 0;
    std::int64_t offset_ = 0;
    std::uint64_t state_[4] = {};
    std::uint32_t generation_ = 0;
};

inline thread_local thread_clock this_threads_clock;

[[nodiscard]] inline moment read_moment() noexcept { return this_threads_clock.now(); }

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/engine.hpp

#include <librdkafka/rdkafka.h>

// ---- stentor/detail/kafka/bell.hpp

#include <poll.h>
#include <sys/eventfd.h>

namespace stentor::inline v0::detail::kafka {

inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

// How everybody else gets the event thread's attention: bits that say why, and an event descriptor that librdkafka's queue writes
// to as well. A descriptor of our own and not rd_kafka_queue_yield, because it outlives the client that is behind the queue (which
// may be replaced at that very moment), and because ppoll keeps to the microsecond.
class bell {
public:
    enum reason : std::uint32_t {
        brokers_changed = 1,
        resume = 2,
        take_back = 4,
        ports_changed = 8,
        fatal = 16,
        errand_done = 32,
        new_credentials = 64,
    };

    bell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (fd_ < 0) {
            throw publish_failure(error(errc::out_of_memory, "no file descriptor left for the event thread"));
        }
    }
    ~bell() { ::close(fd_); }
    bell(const bell&) = delete;
    bell& operator=(const bell&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return fd_; }

    void ring(std::uint32_t why) noexcept {
        reasons_.fetch_or(why, std::memory_order_seq_cst);
        if (sleeping_until_.load(std::memory_order_seq_cst) != awake) {
            wake();
        }
    }
    // Something was scheduled for then: wakes only a thread that would sleep past it.
    void ring_for(std::int64_t when) noexcept {
        if (when < sleeping_until_.load(std::memory_order_seq_cst)) {
            wake();
        }
    }
    [[nodiscard]] std::uint32_t answer() noexcept { return reasons_.exchange(0, std::memory_order_seq_cst); }

    // Event thread: sleeps until rung or `until`. `next` reads the earliest alarm again once everybody can see that this thread
    // sleeps; whoever sets an earlier one after that wakes it.
    template <class Next>
    void sleep(std::int64_t until, Next&& next) noexcept {
        sleeping_until_.store(until, std::memory_order_seq_cst);
        if (reasons_.load(std::memory_order_seq_cst) == 0 && next() >= until) {
            pollfd one{fd_, POLLIN, 0};
            std::timespec left{};
            if (until != never) {
                const std::int64_t ns = std::max<std::int64_t>(until - read_clock(CLOCK_MONOTONIC), 0);
                left = {static_cast<std::time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
            }
            if (::ppoll(&one, 1, until == never ? nullptr : &left, nullptr) > 0) {
                std::uint64_t count = 0;
                [[maybe_unused]] const auto got = ::read(fd_, &count, sizeof count);
            }
        }
        sleeping_until_.store(awake, std::memory_order_seq_cst);
    }

private:
    static constexpr std::int64_t awake = std::numeric_limits<std::int64_t>::min();

    void wake() const noexcept {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
    }

    int fd_;
    std::atomic<std::uint32_t> reasons_{0};
    std::atomic<std::int64_t> sleeping_until_{awake};
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/brokers.hpp

#include <librdkafka/rdkafka.h>

// ---- stentor/detail/kafka/gate.hpp

namespace stentor::inline v0::detail::kafka {

// Why nothing may be handed to librdkafka now; zero means go. One word, so that `submit` reads it once.
class gate {
public:
    enum reason : std::uint32_t {
        down = 1,       // no broker is up
        never_up = 2,   // and none has ever been
        replacing = 4,  // the client met a fatal error
        closed = 8,     // for good
    };

    [[nodiscard]] std::uint32_t load() const noexcept { return word_.load(std::memory_order_seq_cst); }
    void shut(std::uint32_t why) noexcept { word_.fetch_or(why, std::memory_order_seq_cst); }
    void open(std::uint32_t why) noexcept { word_.fetch_and(~why, std::memory_order_seq_cst); }

    [[nodiscard]] static const char* text(std::uint32_t word) noexcept {
        return (word & closed) != 0      ? "the client was disconnected"
               : (word & replacing) != 0 ? "the client is being replaced after a fatal error"
               : (word & never_up) != 0  ? "no broker has been reached yet"
                                         : "no broker is up";
    }

private:
    std::atomic<std::uint32_t> word_{down | never_up};
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/sync.hpp

#include <signal.h>

// pthread wrappers: <mutex>, <condition_variable> and <thread> cost every user 0.4 s of compile time, and std::thread can neither
// be named nor be started with signals blocked.

namespace stentor::inline v0::detail::kafka {

class mutex {
public:
    mutex() noexcept = default;
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;
    ~mutex() { ::pthread_mutex_destroy(&handle_); }
    void lock() noexcept { ::pthread_mutex_lock(&handle_); }
    void unlock() noexcept { ::pthread_mutex_unlock(&handle_); }
    [[nodiscard]] pthread_mutex_t* native() noexcept { return &handle_; }

private:
    pthread_mutex_t handle_ = PTHREAD_MUTEX_INITIALIZER;
};

class [[nodiscard]] guard {
public:
    explicit guard(mutex& m) noexcept : mutex_(m) { mutex_.lock(); }
    ~guard() { mutex_.unlock(); }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

private:
    mutex& mutex_;
};

// A condition on the monotonic clock: wall time may jump.
class condition {
public:
    condition() noexcept {
        pthread_condattr_t attributes{};
        ::pthread_condattr_init(&attributes);
        ::pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        ::pthread_cond_init(&handle_, &attributes);
        ::pthread_condattr_destroy(&attributes);
    }
    condition(const condition&) = delete;
    condition& operator=(const condition&) = delete;
    ~condition() { ::pthread_cond_destroy(&handle_); }
    void notify_all() noexcept { ::pthread_cond_broadcast(&handle_); }
    void wait(mutex& held) noexcept { ::pthread_cond_wait(&handle_, held.native()); }
    void wait_until(mutex& held, instant until) noexcept {
        const auto ns = until.time_since_epoch().count();
        const std::timespec absolute{static_cast<std::time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
        ::pthread_cond_timedwait(&handle_, held.native(), &absolute);
    }

private:
    pthread_cond_t handle_;
};

// Starts a thread with all signals blocked, so that the application's handlers never run on it. It has its name from its first
// moment: it gives it to itself, also because it may be gone before this returns. False: no thread was made.
[[nodiscard]] inline bool start_thread(pthread_t& made, void* (*body)(void*), void* argument, const char* name) noexcept {
    struct start {
        void* (*body)(void*);
        void* argument;
        const char* name;
    };
    auto* const first = new (std::nothrow) start{body, argument, name};
    if (first == nullptr) {
        return false;
    }
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = ::pthread_create(
        &made, nullptr,
        [](void* given) -> void* {
            const start mine = *static_cast<start*>(given);
            delete static_cast<start*>(given);
            ::pthread_setname_np(::pthread_self(), mine.name);
            return mine.body(mine.argument);
        },
        first);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (failed != 0) {
        delete first;
    }
    return failed == 0;
}

}  // namespace stentor::inline v0::detail::kafka

namespace stentor::inline v0::detail::kafka {

// Which brokers are up, from librdkafka's own state machine (its interceptor), on librdkafka's threads. Its _ALL_BROKERS_DOWN event
// is no substitute: it comes with one disconnect of one broker, and nothing says when one is back.
class broker_states {
public:
    broker_states(gate& g, bell& b) : gate_(g), bell_(b) { known_.reserve(64); }

    [[nodiscard]] bool up() const noexcept { return up_.load(std::memory_order_acquire); }
    // How many, by address: a bootstrap connection and the broker's own are one for the moment in which there are both.
    [[nodiscard]] std::size_t count_up() const noexcept { return count_up_.load(std::memory_order_acquire); }
    [[nodiscard]] bool ever_up() const noexcept { return rises() != 0; }
    // One is up of which the cluster itself has told: metadata have come.
    [[nodiscard]] bool ready() const noexcept { return ready_.load(std::memory_order_acquire); }
    [[nodiscard]] bool ever_ready() const noexcept { return ever_ready_.load(std::memory_order_acquire); }
    // How often it went from none up to one up.
    [[nodiscard]] std::uint32_t rises() const noexcept { return rises_.load(std::memory_order_acquire); }
    // And back.
    [[nodiscard]] std::uint32_t falls() const noexcept { return falls_.load(std::memory_order_acquire); }

    // The last one to go was a bootstrap connection: from 2.13 on librdkafka hangs up as soon as it has learned the broker's id,
    // and connects again under that.
    [[nodiscard]] bool may_be_a_swap() const noexcept { return swap_.load(std::memory_order_acquire); }

    struct broker {
        std::int32_t id;
        std::string address;  // host:port; empty if there was no memory for it
        bool up;
        std::string state;    // librdkafka's name of it
        std::uint64_t where;  // the address as a number, which takes no memory
    };
    [[nodiscard]] std::vector<broker> all() {
        const guard g(lock_);
        return known_;
    }

    // The client is gone, and its brokers with it.
    void forget() {
        const guard g(lock_);
        known_.clear();
        publish(false);
    }

    // Adds the interceptor to every client made from that configuration.
    void watch(rd_kafka_conf_t* conf) { ::rd_kafka_conf_interceptor_add_on_new(conf, "stentor", &on_new, this); }

private:
    static rd_kafka_resp_err_t on_new(rd_kafka_t* rk, const rd_kafka_conf_t*, void* self, char*, std::size_t) {
        return ::rd_kafka_interceptor_add_on_broker_state_change(rk, "stentor", &on_change, self);
    }

    static rd_kafka_resp_err_t on_change(rd_kafka_t*, std::int32_t id, const char*, const char* name, int port, const char* state,
                                         void* self) {
        // librdkafka's internal pseudo broker is always up.
        if (name != nullptr && *name != '\0' && port > 0) {
            try {
                static_cast<broker_states*>(self)->changed(id, name, port, state);
            } catch (const std::bad_alloc&) {
                return RD_KAFKA_RESP_ERR_NO_ERROR;  // the words are one state behind, until the next
            }
        }
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }

    void changed(std::int32_t id, const char* name, int port, std::string_view state) {
        const std::uint64_t where = place_of(name, port);
        const bool updated = state == "UPDATE";
        const bool is_up = state == "UP" || updated || state == "REAUTH";
        const guard g(lock_);
        if (updated) {
            // The bootstrap broker has learned its real id: the same connection goes on under that.
            std::erase_if(known_, [&](const broker& b) { return b.id == -1 && b.where == where; });
        }
        auto found = std::find_if(known_.begin(), known_.end(), [&](const broker& b) { return b.id == id && b.where == where; });
        if (found == known_.end()) {
            known_.push_back({id, {}, false, {}, where});
            found = known_.end() - 1;
        }
        found->up = is_up;
        publish(id == -1);
        // Last: that a broker is up is said once, and must not be missed for want of memory for its name.
        if (found->address.empty()) {
            found->address = std::string(name).append(":").append(std::to_string(port));
        }
        found->state = state;
    }
    [[nodiscard]] static std::uint64_t place_of(std::string_view host, int port) noexcept {
        return std::uint64_t{text_hash(host)} << 16U | static_cast<std::uint16_t>(port);
    }

    void publish(bool bootstrap) noexcept {
        const bool ready = std::any_of(known_.begin(), known_.end(), [](const broker& b) { return b.up && b.id >= 0; });
        if (ready != ready_.load(std::memory_order_relaxed)) {
            ready_.store(ready, std::memory_order_release);
            if (ready) {
                ever_ready_.store(true, std::memory_order_release);
            }
            bell_.ring(bell::brokers_changed);
        }
        std::size_t count = 0;
        for (auto one = known_.begin(); one != known_.end(); ++one) {
            const auto same = [&](const broker& b) { return b.up && b.where == one->where; };
            count += one->up && std::none_of(known_.begin(), one, same) ? 1U : 0U;
        }
        count_up_.store(count, std::memory_order_release);
        const bool now = count != 0;
        if (now == up_.load(std::memory_order_relaxed)) {
            return;
        }
        up_.store(now, std::memory_order_release);
        if (now) {
            rises_.fetch_add(1, std::memory_order_acq_rel);
            gate_.open(gate::down | gate::never_up);
        } else {
            swap_.store(bootstrap, std::memory_order_release);
            falls_.fetch_add(1, std::memory_order_acq_rel);
            gate_.shut(gate::down);
        }
        bell_.ring(bell::brokers_changed);
    }

    gate& gate_;
    bell& bell_;
    mutex lock_;
    std::vector<broker> known_;
    std::atomic<bool> up_{false};
    std::atomic<std::size_t> count_up_{0};
    std::atomic<bool> ready_{false};
    std::atomic<bool> ever_ready_{false};
    std::atomic<bool> swap_{false};
    std::atomic<std::uint32_t> rises_{0};
    std::atomic<std::uint32_t> falls_{0};
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/connect/certificate.hpp

// What is wrong with a broker's certificate: librdkafka itself says no more than that it is not right.

namespace stentor::inline v0::detail::kafka {

// With what was found wrong with the broker's certificate, "…: Certificate (subject=…, issuer=…) verification callback failed: …",
// instead of librdkafka's guess.
[[nodiscard]] inline std::string with_certificate(std::string_view words, std::string_view certificate) {
    std::string text(words);
    constexpr std::string_view mark = "certificate verify failed";
    const auto at = text.find(mark);
    constexpr std::string_view found = " verification callback failed: ";
    const auto why = certificate.find(found);
    if (at == std::string::npos || why == std::string_view::npos) {
        return text;
    }
    const auto after = text.rfind(" (after ");
    const std::string tail = after != std::string::npos && after > at ? text.substr(after) : std::string{};
    const auto subject = certificate.find("(subject=");
    text.resize(at + mark.size());
    if (subject != std::string_view::npos && subject < why) {
        text.append(" ").append(certificate.substr(subject, why - subject));
    }
    text.append(": ").append(certificate.substr(why + found.size())).append(tail);
    return text;
}

// What was last found wrong with the certificate of each broker, until its failure is told. Of two brokers each has its own.
class certificate_notes {
public:
    // "ssl://host:port/…: Certificate (…) verification callback failed: …"
    void found(std::string_view words) {
        const std::string_view broker = broker_in(words);
        std::erase_if(notes_, [&](const std::string& other) { return broker_in(other) == broker; });
        if (notes_.size() == most) {
            notes_.erase(notes_.begin());
        }
        notes_.emplace_back(words);
    }
    // Of the broker that these words are of; empty when there is none.
    [[nodiscard]] std::string take(std::string_view words) {
        const std::string_view broker = broker_in(words);
        const auto at = std::find_if(notes_.begin(), notes_.end(), [&](const std::string& n) { return broker_in(n) == broker; });
        if (at == notes_.end()) {
            return {};
        }
        std::string note = std::move(*at);
        notes_.erase(at);
        return note;
    }

private:
    static constexpr std::size_t most = 64;

    [[nodiscard]] static std::string_view broker_in(std::string_view words) noexcept { return words.substr(0, words.find(": ")); }

    std::vector<std::string> notes_;
};

// X509_V_ERR_… of OpenSSL, which this library is not linked with.
[[nodiscard]] inline std::string_view certificate_words(int error) noexcept {
    switch (error) {
        case 9: return "it is not valid yet";
        case 10: return "it has expired";
        case 18:
        case 19: return "it is self-signed, or by a CA that is not trusted";
        case 2:
        case 20:
        case 21: return "its CA is not trusted";
        case 23: return "it has been revoked";
        case 62: return "it is for another host name";
        case 64: return "it is for another host name, and not for this address";
        default: return "it is not valid";
    }
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/connect/credentials.hpp

#include <librdkafka/rdkafka.h>

// ---- stentor/detail/kafka/scrub.hpp

namespace stentor::inline v0::detail::kafka {

// The secrets of that configuration, as views into it.
[[nodiscard]] inline std::vector<std::string_view> secrets_of(const kafka_config& c) {
    std::vector<std::string_view> all{c.sasl_password.reveal(), c.ssl_key_password.reveal(), c.ssl_key_pem.reveal()};
    for (const auto& [name, value] : c.properties) {
        if (is_secret(name)) {
            all.push_back(value);
        }
    }
    return all;
}

// librdkafka's own words, and with them a broker's, without those secrets. No version is known to say one; that the next one does
// not either, nobody promises, nor what a broker says when it refuses a login.
[[nodiscard]] inline std::string scrubbed(std::string text, std::vector<std::string_view> secrets) {
    // What is shorter would hide half of an innocent text, and with that show itself.
    std::erase_if(secrets, [](std::string_view one) { return one.size() < 4; });
    // Of a password and the same with something appended the shorter one would leave that behind.
    std::sort(secrets.begin(), secrets.end(), [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
    for (const std::string_view what : secrets) {
        for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 3)) {
            text.replace(at, what.size(), "***");
        }
    }
    return text;
}
[[nodiscard]] inline std::string scrubbed(std::string text, const kafka_config& c) {
    return scrubbed(std::move(text), secrets_of(c));
}

}  // namespace stentor::inline v0::detail::kafka

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
// ---- stentor/detail/kafka/connect/diagnosis.hpp

// ---- stentor/detail/kafka/words.hpp

// librdkafka's words about a connection, for people who read them at night: without what changes each time and names no cause, and
// with what its guesses leave out.

namespace stentor::inline v0::detail::kafka {

// What a stranger's first four bytes say of it, when they are read as the size of a Kafka response; empty when they say nothing.
[[nodiscard]] inline std::string stranger(std::uint32_t size) {
    const char bytes[] = {static_cast<char>(size >> 24U), static_cast<char>(size >> 16U), static_cast<char>(size >> 8U),
                          static_cast<char>(size)};
    if (size >> 16U == 0x1503) {
        return "a TLS alert came back: this port expects TLS, set security_protocol to ssl or sasl_ssl";
    }
    for (const char c : bytes) {
        if (c < ' ' || c > '~') {
            return {};
        }
    }
    return "no Kafka broker listens there, its answer begins with \"" + std::string(bytes, sizeof bytes) + "\"";
}

// "../ssl/record/rec_layer_s3.c:318:ssl3_read_n error:0A000126:SSL routines::unexpected eof": the last of it is OpenSSL's text.
inline void leave_out_openssl_places(std::string& text) {
    constexpr std::string_view mark = ":SSL routines:";
    const auto at = text.find(mark);
    if (at == std::string::npos) {
        return;
    }
    const auto end = text.find(':', at + mark.size());  // after the function's name, which is empty in newer versions
    const auto begin = text.rfind(": ", at);
    if (end != std::string::npos && begin != std::string::npos) {
        text.erase(begin + 2, end + 1 - begin - 2);
    }
}

// "127.0.0.1:9092/2: …": "127.0.0.1:9092: …". A broker has its number only once librdkafka has met it, and is the same one before.
[[nodiscard]] inline std::string without_number(std::string_view words) {
    std::string text(words);
    const auto end = words.find(": ");
    const auto slash = words.substr(0, end).rfind('/');
    if (end != std::string_view::npos && slash != std::string_view::npos && slash + 1 < end &&
        words.substr(slash + 1, end - slash - 1).find_first_not_of("0123456789") == std::string_view::npos) {
        text.erase(slash, end - slash);
    }
    return text;
}

// "127.0.0.1:9092/bootstrap: Connect to … failed: … (after 0ms in state CONNECT)": what there is of it that matters.
[[nodiscard]] inline std::string plain_words(std::string_view words) {
    if (const auto after = words.rfind(" (after "); after != std::string_view::npos && words.ends_with(')')) {
        words = words.substr(0, after);
    }
    std::string text(words);
    constexpr std::string_view bootstrap = "/bootstrap: ";
    if (const auto at = text.find(bootstrap); at != std::string::npos) {
        text.replace(at, bootstrap.size(), ": ");
    }
    if (const auto guess = text.find(": might be caused by incorrect security.protocol"); guess != std::string::npos) {
        text.resize(guess);
        text += "; does this port expect TLS or SASL, or is it no Kafka broker?";
    }
    constexpr std::string_view no_mechanisms = ": broker's supported mechanisms: ";
    if (text.ends_with(no_mechanisms)) {
        text.resize(text.size() - no_mechanisms.size());
    }
    leave_out_openssl_places(text);
    constexpr std::string_view wrong_size = "Invalid response size ";
    if (const auto at = text.find(wrong_size); at != std::string::npos) {
        std::uint64_t size = 0;
        std::size_t end = at + wrong_size.size();
        for (; end < text.size() && text[end] >= '0' && text[end] <= '9' && size <= 0xffffffffU; ++end) {
            size = size * 10 + static_cast<unsigned>(text[end] - '0');
        }
        if (const std::string who = stranger(static_cast<std::uint32_t>(size)); !who.empty()) {
            text.resize(end);
            text.append(": ").append(who);
        }
    }
    return text;
}

}  // namespace stentor::inline v0::detail::kafka

// What a failed connection means and what to do about it, from librdkafka's code and words. The words decide, because its versions
// give different codes for the same thing, and one of them different codes from one try to the next.

namespace stentor::inline v0::detail::kafka {

// What is known beforehand of a client's way to its brokers.
struct security {
    bool tls = false;
    bool sasl = false;
    std::string mechanism{};
    int family = 0;          // AF_… of the addresses that are tried; 0: any
    bool old_scram = false;  // Apache Kafka 4 refuses this librdkafka's SCRAM
    bool proven = false;     // brokers have answered with these settings: who hangs up now has another reason
};

struct diagnosis {
    // What only a look at the port itself can settle: librdkafka has seen no more than a hang-up.
    enum class doubt : std::uint8_t {
        none,
        before_login,  // it hung up when a Kafka request came: TLS, or no Kafka at all
        in_tls,        // it hung up during the TLS handshake: plaintext, or no Kafka at all
        after_login,   // it hung up when the first request without SASL came
    };
    errc code = errc::broker_unavailable;
    std::string cause{};
    std::string hint{};
    doubt open = doubt::none;
};

[[nodiscard]] inline bool has(std::string_view text, std::string_view part) noexcept {
    return text.find(part) != std::string_view::npos;
}

// "… (after 3ms in state AUTH_REQ, …)": AUTH_REQ; empty when it does not say.
[[nodiscard]] inline std::string_view state_in(std::string_view words) noexcept {
    constexpr std::string_view mark = " in state ";
    const auto at = words.rfind(mark);
    if (at == std::string_view::npos) {
        return {};
    }
    words.remove_prefix(at + mark.size());
    return words.substr(0, words.find_first_of(",)"));
}

// What a stranger calls its mechanisms, as far as they can be that: the names go into logs.
[[nodiscard]] inline std::string mechanism_list(const std::vector<std::string_view>& names) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";  // RFC 4422
    constexpr std::size_t longest = 20;
    constexpr std::size_t most = 10;
    std::string list;
    std::size_t count = 0;
    for (const std::string_view name : names) {
        if (!name.empty() && name.size() <= longest && name.find_first_not_of(letters) == std::string_view::npos &&
            count++ < most) {
            list.append(list.empty() ? "" : ", ").append(name);
        }
    }
    return list;
}

// "PLAIN,SCRAM-SHA-256 (after …"
[[nodiscard]] inline std::string mechanisms_in(std::string_view words) {
    words = words.substr(0, words.find(' '));
    std::vector<std::string_view> names;
    while (!words.empty()) {
        const auto comma = words.find(',');
        names.push_back(words.substr(0, comma));
        words.remove_prefix(comma == std::string_view::npos ? words.size() : comma + 1);
    }
    return mechanism_list(names);
}

[[nodiscard]] inline diagnosis of_login(std::string_view words, const security& s) {
    diagnosis d{errc::authentication, {}, {}, diagnosis::doubt::none};
    constexpr std::string_view list = "supported mechanisms: ";
    if (has(words, "Unsupported SASL mechanism")) {
        const auto at = words.find(list);
        const std::string offered = at != std::string_view::npos ? mechanisms_in(words.substr(at + list.size())) : std::string{};
        d.hint = offered.empty() ? "Set sasl_mechanism to one that this listener has."
                                 : "Set sasl_mechanism to one that this listener has: " + offered + ".";
    } else if (has(words, "not valid in current SASL state")) {
        d.hint = std::string("This listener wants no SASL: set security_protocol to ").append(s.tls ? "ssl" : "plaintext") +
                 " and leave the sasl_ settings out, or use the port of a SASL listener.";
    } else if (s.old_scram) {
        d.hint =
            "Use librdkafka 2.6.1 or newer: an older one is refused by Apache Kafka 4 with SCRAM, whatever the password; or use "
            "sasl_mechanism PLAIN over TLS.";
    } else {
        d.hint = "Check sasl_username and sasl_password, and that this user exists for " + s.mechanism + ".";
    }
    return d;
}

[[nodiscard]] inline diagnosis of_tls(std::string_view words, const security& s) {
    diagnosis d{errc::tls, {}, {}, diagnosis::doubt::none};
    if (has(words, "certificate verify failed")) {
        if (has(words, "another host name")) {
            d.hint = "Name the broker in `brokers` as its certificate does, or give the broker a certificate for this name.";
        } else if (has(words, "expired") || has(words, "not valid yet")) {
            d.hint = "Renew the broker's certificate, or correct the clock of this machine.";
        } else {
            d.hint = "Set ssl_ca_location to the CA that signed the broker's certificate.";
        }
    } else if (has(words, "alert unknown ca") || has(words, "alert number 48")) {
        d.hint = "The broker does not trust this client's certificate: have it signed by a CA of the broker's truststore.";
    } else if (has(words, "alert bad certificate") || has(words, "certificate required") || has(words, "alert number 42") ||
               has(words, "alert number 116")) {
        d.hint = "This listener wants a certificate of the client: set ssl_certificate_location and ssl_key_location.";
    } else if (has(words, "alert protocol version") || has(words, "alert handshake failure")) {
        d.hint = "Client and broker have no TLS version or cipher in common: compare ssl.protocols of the broker.";
    } else if (has(words, "alert number")) {
        d.hint = "The broker has refused the TLS handshake: compare its TLS settings with these, and look at its log.";
    } else if (s.proven) {
        d.code = errc::broker_unavailable;
        d.hint = hint_for(d.code);
    } else {
        d.open = diagnosis::doubt::in_tls;
        d.hint = std::string("This port does not speak TLS: set security_protocol to ") +
                 (s.sasl ? "sasl_plaintext" : "plaintext") + ", or use the port of a TLS listener.";
    }
    return d;
}

[[nodiscard]] inline bool is_about_a_token(std::string_view words) noexcept {
    return words.starts_with("Failed to acquire SASL OAUTHBEARER token");
}

[[nodiscard]] inline bool is_about_a_login(std::int32_t code, std::string_view words) noexcept {
    constexpr std::int32_t authentication = -169;
    return code == authentication || has(words, "SASL authentication error") || has(words, "mechanism handshake failed");
}

// librdkafka says that a login has failed also when the connection was gone before the broker had said anything of it.
[[nodiscard]] inline bool is_a_hang_up(std::string_view words) noexcept {
    return has(words, "Local: Broker transport failure") || has(words, "Local: Timed out") || has(words, "Disconnected");
}

// What the port wants is TLS, as somebody knows who has looked.
[[nodiscard]] inline diagnosis wants_tls(std::string cause, const security& s) {
    return {errc::tls, std::move(cause),
            std::string("This port expects TLS: set security_protocol to ") + (s.sasl ? "sasl_ssl" : "ssl") +
                ", or use the port of a plaintext listener.",
            diagnosis::doubt::none};
}

// The port wants SASL, with one of those mechanisms, when they are known.
[[nodiscard]] inline diagnosis wants_sasl(std::string cause, std::string_view offered, const security& s) {
    std::string hint = std::string("This listener wants SASL: set security_protocol to ") +
                       (s.tls ? "sasl_ssl" : "sasl_plaintext") + ", sasl_mechanism";
    if (!offered.empty()) {
        hint.append(" (").append(offered).append(")");
    }
    hint += ", sasl_username and sasl_password.";
    return {errc::authentication, std::move(cause), std::move(hint), diagnosis::doubt::none};
}

[[nodiscard]] inline diagnosis diagnose(std::int32_t code, std::string_view words, const security& s) {
    constexpr std::int32_t resolve = -193;
    constexpr std::int32_t ssl = -181;
    const std::string_view state = state_in(words);
    const bool hung_up = has(words, "Disconnected");
    std::string cause = plain_words(words);
    diagnosis d;
    if (code == resolve || has(words, "Failed to resolve")) {
        d.code = errc::dns;
        d.hint = hint_for(errc::dns);
    } else if (is_about_a_login(code, words) && is_a_hang_up(words) && !is_about_a_token(words)) {
        d.hint = "Look at the broker's log: it has ended the login without saying why. Very old ones do that to a wrong password.";
    } else if (is_about_a_login(code, words)) {
        d = of_login(words, s);
    } else if (has(words, "a TLS alert came back") || has(cause, "a TLS alert came back")) {
        d = wants_tls({}, s);
    } else if (s.tls && (code == ssl || state == "SSL_HANDSHAKE" || has(words, "SSL routines") || has(words, "SSL alert")) &&
               !has(words, "timed out")) {
        d = of_tls(words, s);
    } else if (hung_up && (state == "APIVERSION_QUERY" || has(words, "requesting ApiVersion"))) {
        d.open = diagnosis::doubt::before_login;
        d.hint = std::string("Check that this port is a Kafka listener, and one without TLS if security_protocol says so.");
        if (!cause.ends_with('?')) {
            cause += "; does this port expect TLS or SASL, or is it no Kafka broker?";
        }
    } else if (hung_up && state == "UP" && !s.sasl && !s.proven) {
        d = wants_sasl({}, {}, s);
        d.open = diagnosis::doubt::after_login;
        if (!has(cause, "might require SASL")) {
            cause += "; a listener that wants SASL does that";
        }
    } else {
        const errc kind = classify(code).code;
        d.code = kind == errc::none || kind == errc::rejected ? errc::broker_unavailable : kind;
        d.hint = has(words, "refused") ? "Nothing listens there: check host and port in `brokers`, and that the broker runs."
                                       : std::string(hint_for(d.code));
    }
    if (const auto guess = cause.find(": verify that security.protocol"); s.proven && guess != std::string::npos) {
        cause.resize(guess);
    }
    d.cause = std::move(cause);
    return d;
}

// After a fatal error; `words` are fit for people already.
[[nodiscard]] inline diagnosis of_death(std::int32_t code, std::string_view words) {
    diagnosis d;
    d.cause = words;
    if (code == 31) {
        d.code = errc::authorization;
        d.hint =
            "Grant this user WRITE on its topic (before Apache Kafka 2.8: IDEMPOTENT_WRITE on the cluster), for example with "
            "kafka-acls.";
    } else {
        d.code = errc::fatal;
        d.hint = hint_for(errc::fatal);
    }
    return d;
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/connect/errand.hpp

namespace stentor::inline v0::detail::kafka {

// Something that takes its time, or never ends, on a thread of its own, for the event thread, which waits for nobody. One at a
// time. Whoever wants the result no more just goes: the thread is left behind with what the work itself owns.
template <class Result>
class errand {
public:
    explicit errand(bell& b) : shared_(std::make_shared<state>()) { shared_->to = &b; }
    ~errand() {
        const guard g(shared_->lock);
        shared_->to = nullptr;
    }
    errand(const errand&) = delete;
    errand& operator=(const errand&) = delete;

    // False: the last result was not taken yet, or there is no thread to be had. `work` must not throw, and own all that it uses.
    template <class Work>
    [[nodiscard]] bool begin(const char* name, Work work) {
        auto mine = std::make_unique<task<Work>>(shared_, std::move(work));
        {
            const guard g(shared_->lock);
            if (std::exchange(shared_->begun, true)) {
                return false;
            }
        }
        pthread_t thread{};
        if (!start_thread(thread, &task<Work>::main, mine.get(), name)) {
            const guard g(shared_->lock);
            shared_->begun = false;
            return false;
        }
        [[maybe_unused]] const auto* const owned_by_the_thread = mine.release();
        ::pthread_detach(thread);
        return true;
    }

    // Nothing was begun since the last result was taken.
    [[nodiscard]] bool idle() const noexcept {
        const guard g(shared_->lock);
        return !shared_->begun;
    }
    // Nobody has come back yet.
    [[nodiscard]] bool under_way() const noexcept {
        const guard g(shared_->lock);
        return shared_->begun && !shared_->brought;
    }
    // What was brought back, once.
    [[nodiscard]] std::optional<Result> take() {
        const guard g(shared_->lock);
        if (shared_->brought) {
            shared_->begun = false;
        }
        return std::exchange(shared_->brought, std::nullopt);
    }

    // Until nothing is under way, or then.
    void wait_until(instant until) const noexcept {
        const guard g(shared_->lock);
        while (shared_->begun && !shared_->brought && monotonic_now() < until) {
            shared_->changed.wait_until(shared_->lock, until);
        }
    }

private:
    struct state {
        mutex lock;
        condition changed;
        bell* to = nullptr;  // null: nobody wants it any more
        bool begun = false;
        std::optional<Result> brought;
    };

    template <class Work>
    struct task {
        task(std::shared_ptr<state> s, Work w) : shared(std::move(s)), work(std::move(w)) {}

        static void* main(void* self) {
            const std::unique_ptr<task> mine(static_cast<task*>(self));
            Result result = mine->work();
            const guard g(mine->shared->lock);
            mine->shared->brought.emplace(std::move(result));
            mine->shared->changed.notify_all();
            if (mine->shared->to != nullptr) {
                mine->shared->to->ring(bell::errand_done);
            }
            return nullptr;
        }

        std::shared_ptr<state> shared;
        Work work;
    };

    std::shared_ptr<state> shared_;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/connect/port_look.hpp

namespace stentor::inline v0::detail::kafka {

// What a port turned out to be.
struct port_look {
    enum class kind : std::uint8_t {
        unknown,
        nobody,  // no connection
        tls,
        kafka,       // plaintext, and no SASL
        kafka_sasl,  // plaintext, and SASL with those mechanisms
    };
    kind what = kind::unknown;
    std::string mechanisms{};
};

// What was open in a diagnosis, now that somebody has looked. True: the look has shown the cause. Where it has shown nothing, what
// librdkafka guesses stays, but for the login that a broker wants: who wants one says so.
inline bool settle(diagnosis& d, const port_look& found, const security& s) {
    using doubt = diagnosis::doubt;
    using kind = port_look::kind;
    const auto say = [&](std::string_view what) {
        for (const std::string_view question :
             {"; does this port expect TLS or SASL, or is it no Kafka broker?", ": connecting to a PLAINTEXT broker listener?"}) {
            if (d.cause.ends_with(question)) {
                d.cause.resize(d.cause.size() - question.size());
            }
        }
        d.cause.append("; ").append(what);
    };
    const doubt open = std::exchange(d.open, doubt::none);
    if (open == doubt::before_login && !s.tls && found.what == kind::tls) {
        say("this port speaks TLS");
        d = wants_tls(std::move(d.cause), s);
        return true;
    }
    if (open == doubt::after_login && found.what == kind::kafka_sasl) {
        say("this listener wants SASL");
        d = wants_sasl(std::move(d.cause), found.mechanisms, s);
        return true;
    }
    if (open == doubt::in_tls && (found.what == kind::kafka || found.what == kind::kafka_sasl)) {
        say("this is a Kafka listener without TLS");
        d.hint = std::string("Set security_protocol to ") + (found.what == kind::kafka ? "plaintext" : "sasl_plaintext") +
                 ", or use the port of a TLS listener.";
        return true;
    }
    if (found.what == kind::nobody || (open == doubt::after_login && found.what != kind::tls)) {
        for (const std::string_view guess : {": verify that security.protocol", "; a listener that wants SASL does that"}) {
            if (const auto at = d.cause.find(guess); at != std::string::npos) {
                d.cause.resize(at);
            }
        }
        d.code = errc::broker_unavailable;
        d.hint = "The broker has hung up, and that may be all: check that it runs, and look at its log.";
    } else if (open == doubt::in_tls && found.what == kind::tls) {
        d.hint = "Look at the broker's log: it has ended the TLS handshake without saying why.";
    }
    return false;
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/connect/security.hpp

#include <cstdio>

#include <librdkafka/rdkafka.h>
#include <sys/socket.h>

// ---- stentor/detail/kafka/versions.hpp

#include <librdkafka/rdkafka.h>

// What differs between the versions of librdkafka that this works with, and since when. Where one way serves all of them, that is
// the way taken, and it is only told here; the rest are questions to the version that is loaded, which may be newer than the
// header.
//
// - Before 2.12 single headers given to produceva are freed twice when the partition is unknown: they always go along as one list.
// - From 2.4 to 2.9 a topic error beside partitions that the client has not met ends the process. No broker sends that; a mock
//   cluster would (mock_cluster.hpp).
// - From 2.13 on the bootstrap connection is closed as soon as the broker's id is known, and made again under that id; before, it
//   became the broker's. So brokers are counted by name and port (brokers.hpp), and the last one to go may be coming back at once.
// - 2.14 says only in its log that a listener which wants TLS or SASL has hung up; 2.0 raises an error. hearing.ipp hears both.
// - _ALL_BROKERS_DOWN comes with the first failure of one broker in 2.0, and not then in 2.14: it is never relied on.
// - The list of properties grows with each version: those that must not be set are named for all of them (conf_names.hpp).

namespace stentor::inline v0::detail::kafka {

static_assert(RD_KAFKA_VERSION >= 0x020002ff, "stentor needs librdkafka 2.0.2 or newer");

struct versions {
    // A header list may be used for one record after the other. That rests on how a list is built, which nobody promises: only
    // where the tests have run with it.
    [[nodiscard]] static bool recycles_headers() noexcept { return loaded() >= 0x020002ff && loaded() < 0x020f0000; }

    // Before 2.13, a client that fails to start after it has called an interceptor has freed a part of its configuration, and
    // destroying the rest would free that again.
    [[nodiscard]] static bool destroys_refused_conf() noexcept { return loaded() >= 0x020d0000; }

    // Before 2.6.1 the SCRAM client sends its nonce twice, which Apache Kafka refuses from 4.0 on as a wrong password.
    [[nodiscard]] static bool scram_pleases_kafka_4() noexcept { return loaded() >= 0x020601ff; }

private:
    [[nodiscard]] static int loaded() noexcept { return ::rd_kafka_version(); }
};

}  // namespace stentor::inline v0::detail::kafka

namespace stentor::inline v0::detail::kafka {

[[nodiscard]] inline std::string setting(const rd_kafka_conf_t* conf, const char* name) {
    std::array<char, 256> value{};
    std::size_t size = value.size();
    return ::rd_kafka_conf_get(conf, name, value.data(), &size) == RD_KAFKA_CONF_OK && size <= value.size() ? value.data()
                                                                                                            : std::string{};
}

// As librdkafka has understood it.
[[nodiscard]] inline security security_of(const rd_kafka_conf_t* conf) {
    const std::string protocol = setting(conf, "security.protocol");
    security s;
    s.tls = protocol.ends_with("ssl");
    s.sasl = protocol.starts_with("sasl");
    const std::string family = setting(conf, "broker.address.family");
    s.family = family == "v4" ? AF_INET : family == "v6" ? AF_INET6 : AF_UNSPEC;
    if (s.sasl) {
        s.mechanism = setting(conf, "sasl.mechanisms");
        s.old_scram = s.mechanism.starts_with("SCRAM") && !versions::scram_pleases_kafka_4();
    }
    return s;
}

// librdkafka says no more than that a certificate is not right. Decides nothing: it passes on what OpenSSL has found.
inline int certificate_checked(rd_kafka_t*, const char*, std::int32_t, int* error, int, const char*, std::size_t, char* why,
                               std::size_t size, void*) {
    if (*error == 0) {
        return 1;
    }
    const std::string_view words = certificate_words(*error);
    ::snprintf(why, size, "%.*s", static_cast<int>(words.size()), words.data());
    return 0;
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/connect/suspicions.hpp

namespace stentor::inline v0::detail::kafka {

// Brokers that hung up before anything was known of them. librdkafka guesses what such a listener wants; the broker may as well
// have gone down at that moment, or stand behind a proxy that takes connections for it while it is away. So what ends all waiting
// is not the guess, but what a look at the port has shown.
class suspicions {
public:
    // It hung up, and `why` leaves something open. `rises`: how often the client has been up.
    void hung_up(const std::string& broker, diagnosis why, std::uint32_t rises, std::int64_t now) {
        if (const auto known = find(broker); known != all_.end()) {
            known->why = std::move(why);
        } else if (all_.size() < most) {
            all_.push_back({broker, std::move(why), rises, now});
        }
    }
    // Something else is known of it now.
    void drop(std::string_view broker) {
        std::erase_if(all_, [&](const one& s) { return s.broker == broker; });
    }
    void clear() noexcept { all_.clear(); }

    // One that nobody has looked at yet; null when there is none.
    [[nodiscard]] const std::string* next() const noexcept {
        const auto found = std::find_if(all_.begin(), all_.end(), [](const one& s) { return !s.has_tls; });
        return found != all_.end() ? &found->broker : nullptr;
    }
    // What the look has shown: the cause, if that is certain now.
    [[nodiscard]] std::optional<diagnosis> looked_at(const std::string& broker, const port_look& found, const security& s) {
        const auto known = find(broker);
        if (known == all_.end()) {
            return std::nullopt;
        }
        if (known->why.open == diagnosis::doubt::after_login && s.tls && found.what == port_look::kind::tls) {
            known->has_tls = true;
            return std::nullopt;
        }
        diagnosis d = std::move(known->why);
        all_.erase(known);
        return settle(d, found, s) ? std::optional<diagnosis>(std::move(d)) : std::nullopt;
    }
    // No broker is up any more. Behind TLS nobody of ours can look; but who has answered there as a broker does, each time, and
    // hung up after it three times, does not just go down.
    [[nodiscard]] std::optional<diagnosis> gone_again(std::uint32_t rises, std::int64_t now) {
        const auto found = std::find_if(all_.begin(), all_.end(), [&](const one& s) {
            return s.has_tls && rises - s.rises >= 2 && now - s.since >= half_a_second;
        });
        if (found == all_.end()) {
            return std::nullopt;
        }
        diagnosis d = std::move(found->why);
        d.open = diagnosis::doubt::none;
        all_.erase(found);
        return d;
    }

private:
    static constexpr std::size_t most = 64;
    static constexpr std::int64_t half_a_second = 500'000'000;

    struct one {
        std::string broker;  // host:port
        diagnosis why;
        std::uint32_t rises;
        std::int64_t since;
        bool has_tls = false;  // as it should
    };

    [[nodiscard]] std::vector<one>::iterator find(std::string_view broker) {
        return std::find_if(all_.begin(), all_.end(), [&](const one& s) { return s.broker == broker; });
    }

    std::vector<one> all_;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/connect/token_fetch.hpp

#include <librdkafka/rdkafka.h>

namespace stentor::inline v0::detail::kafka {

// What a source has brought, or why it has not.
[[nodiscard]] inline result<bearer_token> fetch_from(token_source& source) noexcept {
    std::string why;
    try {
        return source.fetch();
    } catch (const std::exception& e) {
        why = words(e.what());
    } catch (...) {
        why = words("the token_source threw something that is no std::exception");
    }
    return error(errc::authentication, std::move(why));
}

// librdkafka would use what is before a NUL as if it were all.
[[nodiscard]] inline const char* field_with_nul(const bearer_token& t) noexcept {
    const auto cut = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    if (t.token.reveal().find('\0') != std::string::npos) {
        return "token";
    }
    if (cut(t.principal)) {
        return "principal";
    }
    const bool extension =
        std::any_of(t.extensions.begin(), t.extensions.end(), [&](const auto& e) { return cut(e.first) || cut(e.second); });
    return extension ? "extensions" : nullptr;
}

// Why librdkafka does not take it; empty when it does.
[[nodiscard]] inline std::string give_token(rd_kafka_t* client, const bearer_token& t) {
    if (const char* const field = field_with_nul(t)) {
        return std::string("the bearer_token's ").append(field).append(" contains a NUL character");
    }
    std::vector<const char*> extensions;
    for (const auto& [name, value] : t.extensions) {
        extensions.push_back(name.c_str());
        extensions.push_back(value.c_str());
    }
    char words[512];
    if (::rd_kafka_oauthbearer_set_token(client, t.token.reveal().c_str(), t.expires.time_since_epoch().count(),
                                         t.principal.c_str(), extensions.empty() ? nullptr : extensions.data(), extensions.size(),
                                         words, sizeof words) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return {};
    }
    std::string why = words;
    // librdkafka repeats the name or the value of an extension that it refuses.
    if (why.find("OAUTHBEARER extension") != std::string::npos) {
        why.resize(std::min(why.find(": "), why.size()));
    }
    return why.empty() ? "librdkafka refuses the token" : why;
}

// Gets a client its tokens. A source may ask somebody far away, and meanwhile nothing else waits.
class token_fetch {
public:
    explicit token_fetch(bell& b) : fetch_(b) {}

    // That client wants one. What is under way already, perhaps for the client before it, is as good.
    void begin(const std::shared_ptr<token_source>& source, rd_kafka_t* client) noexcept {
        try {
            if (!fetch_.begin("stentor-tokens", [source] { return fetch_from(*source); }) && fetch_.idle()) {
                ::rd_kafka_oauthbearer_set_token_failure(client, "there is no thread left to ask the token_source on");
            }
        } catch (const std::bad_alloc&) {
            ::rd_kafka_oauthbearer_set_token_failure(client, "there is no memory to ask the token_source");
        }
    }
    [[nodiscard]] bool under_way() const noexcept { return fetch_.under_way(); }
    // Nobody waits for a source that hangs longer than until then.
    void wait_until(instant until) const noexcept { fetch_.wait_until(until); }

    // When something has come back, it is for that client, which may be gone.
    void give(rd_kafka_t* client) noexcept {
        const std::optional<result<bearer_token>> got = fetch_.take();
        if (!got || client == nullptr) {
            return;
        }
        try {
            std::string why;
            if (*got) {
                why = give_token(client, **got);
            } else {
                why = got->error().cause.empty() ? got->error().code.message() : got->error().cause;
            }
            if (!why.empty()) {
                ::rd_kafka_oauthbearer_set_token_failure(client, why.c_str());
            }
        } catch (const std::bad_alloc&) {
            ::rd_kafka_oauthbearer_set_token_failure(client, "there is no memory to hand over its token");
        }
    }

private:
    errand<result<bearer_token>> fetch_;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/connect/watch.hpp

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
// ---- stentor/detail/kafka/headers.hpp

#include <librdkafka/rdkafka.h>

// ---- stentor/detail/kafka/header_shape.hpp

namespace stentor::inline v0::detail::kafka {

// What the header sets that a thread sends look like: names, sizes, and which of them are literals. A recycled list notes the
// number of its shape. To see whether a list fits, a publish then reads its own hot memory, and not the list's, which the threads
// that sent it have had in their caches: that cost 60 ns.
class header_shape {
public:
    static constexpr std::size_t most_variable = 8;

    // These headers are of the shape with that number, which is not 0, and this thread knows it.
    [[nodiscard]] static bool is(std::uint64_t number, header_view headers) noexcept {
        // Mostly it is the shape that was looked for last.
        if (known_[last_found_].number_ != number) {
            last_found_ = static_cast<std::size_t>(&place_for(headers) - known_.data());
        }
        const header_shape& shape = known_[last_found_];
        return shape.number_ == number && shape.fits(headers);
    }

    // Where this thread would remember the shape of these headers, if it knows it.
    [[nodiscard]] static header_shape& place_for(header_view headers) noexcept {
        std::uintptr_t mix = headers.size();
        for (const header& h : headers) {
            if (h.fixed) {
                mix += reinterpret_cast<std::uintptr_t>(h.value.data());
            }
        }
        return known_[(mix ^ mix >> 4U ^ mix >> 8U) % known_.size()];
    }

    // Equal numbers: equal shapes. 0: none.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

    [[nodiscard]] bool fits(header_view headers) const noexcept {
        if (headers.size() != count_) {
            return false;
        }
        for (std::size_t i = 0; i < count_; ++i) {
            if (!same(items_[i], headers[i])) {
                return false;
            }
        }
        return true;
    }

    // The number of this shape, or 0 when it is too large to be remembered.
    [[nodiscard]] std::uint64_t learn(header_view headers) noexcept {
        if (number_ != 0 && fits(headers)) {
            return number_;
        }
        std::size_t variable = 0;
        for (const header& h : headers) {
            variable += h.fixed ? 0U : 1U;
            if (!h.fixed && h.name.size() > most_name) {
                return 0;
            }
        }
        if (headers.size() > most || variable > most_variable) {
            return 0;
        }
        count_ = headers.size();
        for (std::size_t i = 0; i < count_; ++i) {
            const header& h = headers[i];
            item& mine = items_[i];
            mine.fixed_name = h.fixed ? h.name.data() : nullptr;
            mine.value = h.fixed ? h.value.data() : nullptr;
            mine.name_size = h.name.size();
            mine.value_size = h.value.size();
            mine.fixed = h.fixed;
            mine.null = h.value.data() == nullptr;
            if (!h.fixed && !h.name.empty()) {
                std::memcpy(mine.name.data(), h.name.data(), h.name.size());
            }
        }
        return number_ = last_.fetch_add(1, std::memory_order_relaxed) + 1;
    }

private:
    static constexpr std::size_t most = 12;
    static constexpr std::size_t most_name = 24;

    struct item {
        const char* fixed_name;
        const char* value;  // of a literal
        std::size_t name_size;
        std::size_t value_size;
        std::array<char, most_name> name;
        bool fixed;
        bool null;
    };

    [[nodiscard]] static bool same(const item& mine, const header& h) noexcept {
        if (mine.fixed != h.fixed || mine.name_size != h.name.size() || mine.value_size != h.value.size()) {
            return false;
        }
        if (h.fixed) {
            return mine.fixed_name == h.name.data() && mine.value == h.value.data();
        }
        return mine.null == (h.value.data() == nullptr) && equal(mine.name.data(), h.name.data(), mine.name_size);
    }
    [[nodiscard]] static bool equal(const char* a, const char* b, std::size_t n) noexcept {
        if (n >= 8 && n <= 16) {  // nearly every name; two overlapping words are quicker than a call
            const auto differ = [a, b](std::size_t at) {
                std::array<std::uint64_t, 2> word{};
                std::memcpy(&word[0], a + at, 8);
                std::memcpy(&word[1], b + at, 8);
                return word[0] ^ word[1];
            };
            return (differ(0) | differ(n - 8)) == 0;
        }
        return n == 0 || std::memcmp(a, b, n) == 0;
    }

    std::uint64_t number_ = 0;
    std::size_t count_ = 0;
    std::array<item, most> items_{};

    inline static constinit std::atomic<std::uint64_t> last_{0};
    // A handful, for threads that send messages of several types in turn.
    static thread_local std::array<header_shape, 4> known_;
    inline static constinit thread_local std::size_t last_found_ = 0;
};

inline constinit thread_local std::array<header_shape, 4> header_shape::known_{};

}  // namespace stentor::inline v0::detail::kafka

namespace stentor::inline v0::detail::kafka {

[[nodiscard]] inline rd_kafka_headers_t* new_header_list(header_view headers) noexcept {
    if (headers.empty()) {
        return nullptr;
    }
    rd_kafka_headers_t* const list = ::rd_kafka_headers_new(headers.size());
    for (const header& h : headers) {
        ::rd_kafka_header_add(list, h.name.data() != nullptr ? h.name.data() : "", static_cast<ssize_t>(h.name.size()),
                              h.value.data(), static_cast<ssize_t>(h.value.size()));
    }
    return list;
}

// A list that belongs to one completion and goes along with one record after the other: with 5 headers that saves 7 of a message's
// 8 allocations, which are made on one thread and freed on another. Values are overwritten through the pointers that librdkafka
// gives to them; only values of equal size, because it has cached the sizes.
class alignas(64) recycled_headers final : public completion::attachment {
public:
    recycled_headers() noexcept = default;
    ~recycled_headers() override { discard(list_); }
    recycled_headers(const recycled_headers&) = delete;
    recycled_headers& operator=(const recycled_headers&) = delete;

    static void discard(rd_kafka_headers_t* list) noexcept {
        if (list != nullptr) {
            ::rd_kafka_headers_destroy(list);
        }
    }

    // A list with these headers, for one produce call. It is librdkafka's if that succeeds; the report may bring it back before the
    // call has returned, so it is not ours any more from here on.
    [[nodiscard]] rd_kafka_headers_t* lend(header_view headers) noexcept {
        rd_kafka_headers_t* list = std::exchange(list_, nullptr);
        if (list != nullptr && shape_ != 0 && header_shape::is(shape_, headers)) {
            std::size_t next = 0;
            for (const header& h : headers) {
                if (!h.fixed) {
                    put(variable_[next++], h.value);
                }
            }
            return list;
        }
        header_shape& shape = header_shape::place_for(headers);
        if (list != nullptr && overwrite(headers)) {
            shape_ = shape.learn(headers);
            return list;
        }
        // The views may point into the old list: a report hands a record back like that.
        rd_kafka_headers_t* const fresh = new_header_list(headers);
        shape_ = remember(fresh, headers) ? shape.learn(headers) : 0;
        discard(list);
        return fresh;
    }
    void give_back(rd_kafka_headers_t* list) noexcept { discard(std::exchange(list_, list)); }

private:
    struct item {
        const char* name;
        char* value;
        const char* fixed_name;  // null unless both of the header's views were literals
        const char* fixed_value;
        std::size_t name_size;
        std::size_t value_size;
    };

    bool overwrite(header_view headers) noexcept {
        if (headers.size() != count_) {
            return false;
        }
        for (std::size_t i = 0; i < count_; ++i) {
            if (!same_shape(items_[i], headers[i])) {
                return false;
            }
        }
        for (std::size_t i = 0; i < count_; ++i) {
            const item& mine = items_[i];
            if (mine.fixed_name == nullptr) {
                put(mine.value, headers[i].value);
            }
        }
        return true;
    }

    // The view may be the place itself: a report hands a record back like that.
    static void put(char* to, std::string_view value) noexcept { copy_short(to, value.data(), value.size()); }

    [[nodiscard]] static bool same_shape(const item& mine, const header& h) noexcept {
        if (mine.name_size != h.name.size() || mine.value_size != h.value.size()) {
            return false;
        }
        if (h.fixed || mine.fixed_name != nullptr) {
            return h.fixed && mine.fixed_name == h.name.data() && mine.fixed_value == h.value.data();
        }
        return (mine.value == nullptr) == (h.value.data() == nullptr) &&
               (mine.name_size == 0 || std::memcmp(mine.name, h.name.data(), mine.name_size) == 0);
    }

    // Without memory the next record just gets another list.
    [[nodiscard]] bool remember(const rd_kafka_headers_t* list, header_view headers) noexcept {
        if (headers.size() > capacity_) {
            std::unique_ptr<item[]> larger(new (std::nothrow) item[headers.size()]);
            if (larger == nullptr) {
                count_ = 0;
                return false;
            }
            items_ = std::move(larger);
            capacity_ = headers.size();
        }
        count_ = headers.size();
        std::size_t variable = 0;
        for (std::size_t i = 0; i < count_; ++i) {
            const char* name = nullptr;
            const void* value = nullptr;
            std::size_t size = 0;
            ::rd_kafka_header_get_all(list, i, &name, &value, &size);
            const header& h = headers[i];
            items_[i] = {name,
                         const_cast<char*>(static_cast<const char*>(value)),
                         h.fixed ? h.name.data() : nullptr,
                         h.fixed ? h.value.data() : nullptr,
                         h.name.size(),
                         h.value.size()};
            if (!h.fixed && variable < variable_.size()) {
                variable_[variable++] = items_[i].value;
            }
        }
        return true;
    }

    rd_kafka_headers_t* list_ = nullptr;                         // null while librdkafka has it
    std::uint64_t shape_ = 0;                                    // the list has that shape; 0: not known
    std::array<char*, header_shape::most_variable> variable_{};  // where the values are that are no literals
    std::unique_ptr<item[]> items_;
    std::size_t count_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/helper.hpp

#include <librdkafka/rdkafka.h>

// ---- stentor/detail/kafka/look_up.hpp

#include <librdkafka/rdkafka.h>

// ---- stentor/detail/kafka/create_topics.hpp

#include <librdkafka/rdkafka.h>

// ---- stentor/detail/kafka/owned.hpp

namespace stentor::inline v0::detail::kafka {

template <auto Destroy>
struct destroyed_by {
    template <class Thing>
    void operator()(Thing* t) const noexcept {
        Destroy(t);
    }
};

// What a C library has made, and how it takes that back: `owned<rd_kafka_queue_t, ::rd_kafka_queue_destroy>`.
template <class Thing, auto Destroy>
using owned = std::unique_ptr<Thing, destroyed_by<Destroy>>;

}  // namespace stentor::inline v0::detail::kafka

namespace stentor::inline v0::detail::kafka {

using new_topic_ptr = owned<rd_kafka_NewTopic_t, ::rd_kafka_NewTopic_destroy>;

// For a request to create it; null with a reason.
[[nodiscard]] inline new_topic_ptr new_topic(const char* name, const topic_settings* described, char* why, std::size_t size) {
    new_topic_ptr made(::rd_kafka_NewTopic_new(name, described != nullptr ? described->partitions : -1,
                                               described != nullptr ? described->replication : -1, why, size));
    if (made != nullptr && described != nullptr) {
        for (const auto& [setting, value] : described->configs) {
            ::rd_kafka_NewTopic_set_config(made.get(), setting.c_str(), value.c_str());
        }
    }
    return made;
}

// Asks for them to be made. Answers what became of the request; `hear(result)` is called with what became of
// each topic: a `const rd_kafka_topic_result_t&`. Blocks for at most that time.
template <class Hear>
[[nodiscard]] rd_kafka_resp_err_t create_topics(rd_kafka_t* client, const std::vector<new_topic_ptr>& topics, int timeout_ms,
                                                Hear&& hear) {
    if (topics.empty()) {
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    std::vector<rd_kafka_NewTopic_t*> list;
    list.reserve(topics.size());
    for (const new_topic_ptr& t : topics) {
        list.push_back(t.get());
    }
    const owned<rd_kafka_queue_t, ::rd_kafka_queue_destroy> answers(::rd_kafka_queue_new(client));
    const owned<rd_kafka_AdminOptions_t, ::rd_kafka_AdminOptions_destroy> options(
        ::rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    char why[128];
    ::rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms > 0 ? timeout_ms : 1, why, sizeof why);
    ::rd_kafka_CreateTopics(client, list.data(), list.size(), options.get(), answers.get());
    const owned<rd_kafka_event_t, ::rd_kafka_event_destroy> event(::rd_kafka_queue_poll(answers.get(), timeout_ms));
    if (event == nullptr) {
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    const rd_kafka_CreateTopics_result_t* const all = ::rd_kafka_event_CreateTopics_result(event.get());
    std::size_t count = 0;
    const rd_kafka_topic_result_t** const results = all != nullptr ? ::rd_kafka_CreateTopics_result_topics(all, &count) : nullptr;
    for (std::size_t i = 0; i < count; ++i) {
        hear(*results[i]);
    }
    return ::rd_kafka_event_error(event.get());
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/leaders.hpp

#include <librdkafka/rdkafka.h>

namespace stentor::inline v0::detail::kafka {

// Whether the leaders of partitions know that they lead. Metadata speak of a topic that has just been made before its leaders do,
// and these refuse records until then. Of two requests on their way the first may be refused and the second taken, although it
// begins with a later sequence number: that is checked against what the leader has of this producer, and it has nothing. librdkafka
// then takes both for persisted, and the first is lost. What the end of a partition is, a leader answers only when it would take
// records.
class leader_question {
public:
    leader_question() noexcept = default;
    leader_question(const leader_question&) = delete;
    leader_question& operator=(const leader_question&) = delete;
    ~leader_question() {
        if (list_ != nullptr) {
            ::rd_kafka_topic_partition_list_destroy(list_);
        }
    }

    // Those that have a leader: who leads the others nobody knows. True when all have one.
    bool add(const rd_kafka_metadata_topic_t& topic) noexcept {
        bool all = topic.err == RD_KAFKA_RESP_ERR_NO_ERROR;
        for (int i = 0; i < topic.partition_cnt; ++i) {
            if (topic.partitions[i].leader >= 0) {
                list_ = list_ != nullptr ? list_ : ::rd_kafka_topic_partition_list_new(topic.partition_cnt);
                ::rd_kafka_topic_partition_list_add(list_, topic.topic, topic.partitions[i].id)->offset = latest;
            } else {
                all = false;
            }
        }
        return all;
    }

    // False: one of them does not know it yet. Any other answer, also none in that time, is as good as it gets. Blocks.
    [[nodiscard]] bool ask(rd_kafka_t* client, int timeout_ms) const noexcept {
        if (list_ == nullptr) {
            return true;
        }
        switch (::rd_kafka_offsets_for_times(client, list_, timeout_ms)) {
            case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
            case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
            case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
            case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
            case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH: return false;
            default: return true;
        }
    }

private:
    static constexpr std::int64_t latest = -1;  // ListOffsets' timestamp for the end of the log

    rd_kafka_topic_partition_list_t* list_ = nullptr;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/partition_hold.hpp

#include <librdkafka/rdkafka.h>

// ---- stentor/detail/kafka/topics.hpp

#include <librdkafka/rdkafka.h>

namespace stentor::inline v0::detail::kafka {

// One topic, as far as this client knows it.
struct topic_entry {
    enum class state : std::uint8_t {
        fresh,    // nobody has asked yet, or the answer is stale
        looking,  // the helper thread asks
        known,    // records may be handed over
        refused,  // missing or denied, until `recheck_at`
    };

    topic_entry(const char* identity, std::string_view text) : id(identity), name(text) {}

    const char* id;  // the interned name's address: equal addresses are equal topics
    std::string name;
    std::atomic<state> now{state::fresh};
    std::atomic<rd_kafka_topic_t*> handle{nullptr};
    std::atomic<std::int32_t> refusal{0};
    std::atomic<std::int32_t> delay{0};        // what the broker last answered to a look-up that goes on; 0: nothing
    std::atomic<std::int32_t> not_created{0};  // why the broker would not make it; 0: it was not asked, or has made it
    std::atomic<std::int64_t> recheck_at{0};
    // the helper thread's own
    bool led = false;  // its leaders have once answered
    int partitions = 0;
};

// Why a record waits for a look-up. Static, as `fault::name` must be.
[[nodiscard]] constexpr const char* looking_text(std::int32_t delay) noexcept {
    switch (delay) {
        case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE: return "the topic is being looked up: LEADER_NOT_AVAILABLE";
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return "the topic is being created: UNKNOWN_TOPIC_OR_PART";
        default: return "the topic is being looked up";
    }
}

// All topics of one client, found by the address of their interned name. Readers take no lock; entries live as long as this.
class topic_table {
public:
    topic_table() { grow(); }
    topic_table(const topic_table&) = delete;
    topic_table& operator=(const topic_table&) = delete;

    [[nodiscard]] topic_entry* find(const char* id) const noexcept {
        const table& t = *current_.load(std::memory_order_acquire);
        for (std::size_t i = spread(id);; ++i) {
            topic_entry* const e = t.cells[i & t.mask].load(std::memory_order_acquire);
            if (e == nullptr || e->id == id) {
                return e;
            }
        }
    }

    [[nodiscard]] topic_entry& find_or_add(std::string_view name) {
        const guard g(lock_);
        if (topic_entry* const e = find(name.data())) {
            return *e;
        }
        if ((entries_.size() + 1) * 2 > current_.load(std::memory_order_relaxed)->mask) {
            grow();  // first, so that nothing has happened when there is no memory for it
        }
        entries_.push_back(std::make_unique<topic_entry>(name.data(), name));
        place(*current_.load(std::memory_order_relaxed), *entries_.back());
        return *entries_.back();
    }

    template <class Action>
    void each(Action&& action) {
        const guard g(lock_);
        for (const auto& e : entries_) {
            action(*e);
        }
    }

private:
    struct table {
        explicit table(std::size_t size) : mask(size - 1), cells(std::make_unique<std::atomic<topic_entry*>[]>(size)) {}
        std::size_t mask;
        std::unique_ptr<std::atomic<topic_entry*>[]> cells;
    };

    [[nodiscard]] static std::size_t spread(const char* id) noexcept {
        return static_cast<std::size_t>((reinterpret_cast<std::uintptr_t>(id) * 0x9e3779b97f4a7c15ULL) >> 32U);
    }
    static void place(table& t, topic_entry& e) noexcept {
        std::size_t i = spread(e.id);
        while (t.cells[i & t.mask].load(std::memory_order_relaxed) != nullptr) {
            ++i;
        }
        t.cells[i & t.mask].store(&e, std::memory_order_release);
    }
    void grow() {
        // Readers may still be in the older tables: they stay. Sizes double, so all of them together are as large as the newest.
        tables_.push_back(std::make_unique<table>(tables_.empty() ? 64 : (tables_.back()->mask + 1) * 2));
        for (const auto& e : entries_) {
            place(*tables_.back(), *e);
        }
        current_.store(tables_.back().get(), std::memory_order_release);
    }

    mutex lock_;
    std::vector<std::unique_ptr<topic_entry>> entries_;
    std::vector<std::unique_ptr<table>> tables_;
    std::atomic<table*> current_{nullptr};
};

}  // namespace stentor::inline v0::detail::kafka

namespace stentor::inline v0::detail::kafka {

// Holds librdkafka's partitions while no broker is up, and until their leaders know again that they lead. What was on its way when
// the last broker went is sent again in the same requests, one right behind the other, as soon as there is a connection. A broker
// that has just started refuses the first with NOT_LEADER and, leading a moment later, the second with
// OUT_OF_ORDER_SEQUENCE_NUMBER; and that, for a request whose connection was lost before, librdkafka takes for fatal. Used by one
// thread, with calls that block.
class partition_hold {
public:
    // A topic that records are handed over for, and how many partitions it has.
    void knows(topic_entry& t, int partitions) {
        if (t.partitions == 0 && partitions > 0) {
            // `take` must not fail: it is called once an outage.
            if (held_.capacity() <= topics_.size()) {
                held_.reserve(2 * topics_.size() + 8);
            }
            topics_.push_back(&t);
        }
        t.partitions = std::max(t.partitions, partitions);
    }
    // The client is gone.
    void forget() noexcept {
        for (topic_entry* const t : topics_) {
            t->partitions = 0;
        }
        topics_.clear();
        held_.clear();
    }

    [[nodiscard]] bool holds() const noexcept { return !held_.empty(); }

    void take(rd_kafka_t* client) noexcept {
        held_ = topics_;
        until_ = 0;
        if (!held_.empty()) {
            list all(held_);
            ::rd_kafka_pause_partitions(client, all.get());
        }
    }

    // Lets those go whose leaders are ready, and some seconds after the first call all of them: librdkafka goes on asking for
    // leaders that are away, and what waits for others must not wait, too. By the clock: far brokers take their time for each
    // answer.
    void release(rd_kafka_t* client, int timeout_ms) {
        const rd_kafka_metadata_t* told = nullptr;
        std::vector<topic_entry*> ready;
        const std::int64_t now = read_clock(CLOCK_MONOTONIC);
        until_ = until_ != 0 ? until_ : now + patience;
        if (now >= until_) {
            ready = held_;
        } else if (::rd_kafka_metadata(client, 0, nullptr, &told, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const owned<const rd_kafka_metadata_t, ::rd_kafka_metadata_destroy> holder(told);
            leader_question leaders;
            for (topic_entry* const t : held_) {
                const rd_kafka_metadata_topic_t* const topic = find(*told, t->name);
                if (topic == nullptr || leaders.add(*topic)) {
                    ready.push_back(t);
                }
            }
            if (!leaders.ask(client, timeout_ms)) {
                ready.clear();
            }
        }
        if (!ready.empty()) {
            list those(ready);
            ::rd_kafka_resume_partitions(client, those.get());
            ::rd_kafka_flush(client, 0);  // wakes who sends: else it may sleep on for a second
            std::erase_if(held_, [&](topic_entry* t) { return std::find(ready.begin(), ready.end(), t) != ready.end(); });
        }
    }

private:
    static constexpr std::int64_t patience = 2'000'000'000;

    class list {
    public:
        explicit list(const std::vector<topic_entry*>& topics)
            : all_(::rd_kafka_topic_partition_list_new(static_cast<int>(topics.size()))) {
            for (const topic_entry* const t : topics) {
                ::rd_kafka_topic_partition_list_add_range(all_, t->name.c_str(), 0, t->partitions - 1);
            }
        }
        list(const list&) = delete;
        list& operator=(const list&) = delete;
        ~list() { ::rd_kafka_topic_partition_list_destroy(all_); }
        [[nodiscard]] rd_kafka_topic_partition_list_t* get() const noexcept { return all_; }

    private:
        rd_kafka_topic_partition_list_t* all_;
    };

    [[nodiscard]] static const rd_kafka_metadata_topic_t* find(const rd_kafka_metadata_t& told, std::string_view name) noexcept {
        for (int i = 0; i < told.topic_cnt; ++i) {
            if (told.topics[i].topic == name) {
                return &told.topics[i];
            }
        }
        return nullptr;
    }

    std::vector<topic_entry*> topics_;
    std::vector<topic_entry*> held_;
    std::int64_t until_ = 0;  // 0: not asked since they were taken
};

}  // namespace stentor::inline v0::detail::kafka

namespace stentor::inline v0::detail::kafka {

// Asks the brokers for topics, with calls that block, and tells everybody what they said. Used by one thread.
class topic_look_up {
public:
    struct job {
        topic_entry* topic;
        std::int64_t not_before;
        int answers = 0;
        std::int64_t leaders_until = 0;  // their word is waited for until then; 0: they were not asked yet
        bool asks_leaders = false;
        bool done = false;
    };

    static constexpr int call_ms = 1000;
    static constexpr int down_call_ms = 100;  // a failed call always takes its whole time
    static constexpr std::int64_t ms = 1'000'000;

    // `described` must live as long as this: what topics are created with.
    topic_look_up(broker_states& brokers, bell& b, partition_hold& hold, bool create_topics,
                  const std::vector<topic_settings>& described)
        : brokers_(brokers), bell_(b), hold_(hold), create_topics_(create_topics), described_(described) {}

    // A metadata request makes librdkafka connect at once instead of at its next second, and blocks until a broker is up. It must
    // name a topic: without one it asks for all that this client has a handle of, or, with none, for all that the cluster has.
    static void prompt(rd_kafka_t* client, topic_entry& t) noexcept {
        const rd_kafka_metadata_t* answer = nullptr;
        if (rd_kafka_topic_t* const handle = handle_of(client, t);
            handle != nullptr && ::rd_kafka_metadata(client, 0, handle, &answer, down_call_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const owned<const rd_kafka_metadata_t, ::rd_kafka_metadata_destroy> holder(answer);
        }
    }

    // One request for all of them: far brokers take their time. Those that are not done then have to be asked for again, at their
    // `not_before`.
    void ask(rd_kafka_t* client, std::vector<job>& jobs) noexcept {
        try {
            ask_once(client, jobs);
        } catch (const std::bad_alloc&) {
            for (job& j : jobs) {
                j.asks_leaders = false;  // all are asked for again, in no hurry
            }
        }
        const std::int64_t now = read_clock(CLOCK_MONOTONIC);
        for (job& j : jobs) {
            j.not_before = now + (j.asks_leaders ? 10 : j.answers < quick_answers ? 50 : 250) * ms;
        }
    }
    // Nobody asks for it any more: whoever wants it begins anew.
    void give_up(topic_entry& t) noexcept {
        t.now.store(topic_entry::state::fresh, std::memory_order_release);
        bell_.ring(bell::resume);
    }

private:
    void ask_once(rd_kafka_t* client, std::vector<job>& jobs) {
        create_described(client, jobs);
        rd_kafka_topic_t* only = nullptr;
        std::size_t handles = 0;
        for (job& j : jobs) {
            if (rd_kafka_topic_t* const handle = handle_of(client, *j.topic)) {
                only = handle;
                ++handles;
            } else {
                settle(j, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION);
            }
        }
        const rd_kafka_metadata_t* answer = nullptr;
        if (handles > 0 && ::rd_kafka_metadata(client, 0, handles == 1 ? only : nullptr, &answer,
                                               brokers_.up() ? call_ms : down_call_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const owned<const rd_kafka_metadata_t, ::rd_kafka_metadata_destroy> holder(answer);
            hear(client, jobs, *answer);
        }
    }

    static constexpr int quick_answers = 20;  // a topic that is being made is there after the first few
    static constexpr int most_answers = 40;
    static constexpr std::int64_t patience_with_leaders = 1000 * ms;  // then they are believed to lead

    [[nodiscard]] static rd_kafka_topic_t* handle_of(rd_kafka_t* client, topic_entry& t) noexcept {
        rd_kafka_topic_t* handle = t.handle.load(std::memory_order_relaxed);
        if (handle == nullptr) {
            handle = ::rd_kafka_topic_new(client, t.name.c_str(), nullptr);
            t.handle.store(handle, std::memory_order_release);
        }
        return handle;
    }

    void hear(rd_kafka_t* client, std::vector<job>& jobs, const rd_kafka_metadata_t& answer) {
        std::vector<const rd_kafka_metadata_topic_t*> lines;
        lines.reserve(static_cast<std::size_t>(answer.topic_cnt));
        for (int i = 0; i < answer.topic_cnt; ++i) {
            lines.push_back(&answer.topics[i]);
        }
        const auto by_name = [](const rd_kafka_metadata_topic_t* t, std::string_view name) { return t->topic < name; };
        std::sort(lines.begin(), lines.end(), [&](const auto* a, const auto* b) { return by_name(a, b->topic); });
        std::vector<topic_entry*> missing;
        std::vector<job*> there;
        leader_question leaders;
        for (job& j : jobs) {
            if (j.done) {
                continue;
            }
            const std::string_view name = j.topic->name;
            const auto at = std::lower_bound(lines.begin(), lines.end(), name, by_name);
            const rd_kafka_metadata_topic_t* const told = at != lines.end() && (*at)->topic == name ? *at : nullptr;
            if (told != nullptr) {
                hold_.knows(*j.topic, told->partition_cnt);
            }
            j.asks_leaders = told != nullptr && told->err == RD_KAFKA_RESP_ERR_NO_ERROR && !j.topic->led && waits_for_leaders(j);
            if (j.asks_leaders) {
                leaders.add(*told);
                there.push_back(&j);
            } else {
                hear_one(j, told != nullptr ? told->err : RD_KAFKA_RESP_ERR_NO_ERROR, missing);
            }
        }
        if (!missing.empty()) {
            create(client, missing);
        }
        // One question for all, as for the metadata. It does not tell which of them is not ready, so they go on together.
        const bool led = there.empty() || leaders.ask(client, call_ms);
        for (job* const j : there) {
            if (led) {
                j->topic->led = true;
                settle(*j, RD_KAFKA_RESP_ERR_NO_ERROR);
            }
        }
    }

    // By the clock: far leaders may take a while to say that they do not know.
    [[nodiscard]] static bool waits_for_leaders(job& j) noexcept {
        const std::int64_t now = read_clock(CLOCK_MONOTONIC);
        if (j.leaders_until == 0) {
            j.leaders_until = now + patience_with_leaders;
        }
        return now < j.leaders_until;
    }

    void hear_one(job& j, rd_kafka_resp_err_t code, std::vector<topic_entry*>& missing) {
        ++j.answers;
        if (code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
            // Being made, or its brokers are gone: whoever waits for it learns that. Now and then they have to ask anew, so that
            // nobody goes on asking for a topic that is not wanted any more.
            put_off(*j.topic, code);
            if (j.answers >= most_answers) {
                j.done = true;
                give_up(*j.topic);
            }
        } else if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && create_topics_ && j.answers < quick_answers) {
            put_off(*j.topic, code);
            missing.push_back(j.topic);
        } else {
            settle(j, code);
        }
    }

    void put_off(topic_entry& t, rd_kafka_resp_err_t code) noexcept {
        const auto why = static_cast<std::int32_t>(code);
        if (t.delay.exchange(why, std::memory_order_relaxed) != why) {
            bell_.ring(bell::resume);  // what is parked asks again, and hears it
        }
    }

    void settle(job& j, rd_kafka_resp_err_t code) noexcept {
        topic_entry& t = *j.topic;
        j.done = true;
        t.led = t.led && code == RD_KAFKA_RESP_ERR_NO_ERROR;
        t.delay.store(0, std::memory_order_relaxed);
        switch (code) {
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
                t.refusal.store(static_cast<std::int32_t>(code), std::memory_order_relaxed);
                t.recheck_at.store(read_clock(CLOCK_MONOTONIC) + 1000 * ms, std::memory_order_relaxed);
                t.now.store(topic_entry::state::refused, std::memory_order_release);
                break;
            default: t.now.store(topic_entry::state::known, std::memory_order_release); break;
        }
        bell_.ring(bell::resume);
    }

    [[nodiscard]] const topic_settings* description(std::string_view name) const noexcept {
        for (const topic_settings& t : described_) {
            if (t.name == name) {
                return &t;
            }
        }
        return nullptr;
    }

    // Before metadata are asked for: a broker that makes topics by itself would make them in its own way.
    void create_described(rd_kafka_t* client, const std::vector<job>& jobs) const {
        std::vector<topic_entry*> wanted;
        for (const job& j : jobs) {
            if (create_topics_ && j.answers == 0 && brokers_.up() && description(j.topic->name) != nullptr) {
                wanted.push_back(j.topic);
            }
        }
        if (!wanted.empty()) {
            create(client, wanted);
        }
    }

    // The broker that makes topics by itself has done so when it was asked for the metadata; this is for those that do not. The
    // next look-up tells whether it is there; why not, only this answer.
    void create(rd_kafka_t* client, const std::vector<topic_entry*>& wanted) const {
        char why[128];
        std::vector<new_topic_ptr> topics;
        topics.reserve(wanted.size());
        for (topic_entry* const t : wanted) {
            if (new_topic_ptr topic = new_topic(t->name.c_str(), description(t->name), why, sizeof why)) {
                topics.push_back(std::move(topic));
            }
        }
        (void)create_topics(client, topics, call_ms, [&](const rd_kafka_topic_result_t& result) {
            for (topic_entry* const t : wanted) {
                if (t->name == ::rd_kafka_topic_result_name(&result)) {
                    const rd_kafka_resp_err_t code = ::rd_kafka_topic_result_error(&result);
                    const bool there = code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
                    t->not_created.store(there ? 0 : static_cast<std::int32_t>(code), std::memory_order_relaxed);
                }
            }
        });
    }

    broker_states& brokers_;
    bell& bell_;
    partition_hold& hold_;
    const bool create_topics_;
    const std::vector<topic_settings>& described_;
};

}  // namespace stentor::inline v0::detail::kafka

namespace stentor::inline v0::detail::kafka {

// The client's one thread for calls that block: it looks topics up, prompts reconnects, and flushes while somebody waits.
class helper {
public:
    helper(broker_states& brokers, bell& b, const kafka_config& config)
        : brokers_(brokers),
          look_up_(brokers, b, hold_, config.create_topics, config.topics),
          flushes_(config.linger > nanoseconds(0)),
          needs_id_(config.idempotence) {}

    [[nodiscard]] bool start() noexcept {
        return start_thread(
            thread_,
            [](void* self) -> void* {
                static_cast<helper*>(self)->run();
                return nullptr;
            },
            this, "stentor-helper");
    }
    void stop_and_join() noexcept {
        {
            const guard g(lock_);
            stopping_ = true;
            changed_.notify_all();
        }
        ::pthread_join(thread_, nullptr);
    }

    // From now on it works for that client.
    void serve(rd_kafka_t* client) noexcept {
        const guard g(lock_);
        client_ = client;
        has_id_ = !needs_id_;
        changed_.notify_all();
    }
    void has_producer_id() noexcept {
        const guard g(lock_);
        has_id_ = true;
    }
    // Waits until it has let go of the client: at most one blocking call, that is one second.
    void let_go() noexcept {
        const guard g(lock_);
        client_ = nullptr;
        topics_.clear();
        looked_up_ = nullptr;
        wanted_.store(nullptr, std::memory_order_relaxed);
        while (calls_ > 0) {
            changed_.wait(lock_);
        }
        hold_.forget();
    }

    // For a call on another thread: while this lives the client stays. Null when there is none. Calls of more than a second would
    // hold up whoever lets go.
    class loan {
    public:
        explicit loan(helper& from) noexcept : from_(from), client_(from.borrow()) {}
        ~loan() {
            if (client_ != nullptr) {
                from_.give_back();
            }
        }
        loan(const loan&) = delete;
        loan& operator=(const loan&) = delete;
        [[nodiscard]] rd_kafka_t* client() const noexcept { return client_; }

    private:
        helper& from_;
        rd_kafka_t* client_;
    };

    void look_up(topic_entry& t) {
        const guard g(lock_);
        queue({&t, read_clock(CLOCK_MONOTONIC)});
        changed_.notify_all();
    }

    // Somebody has a record for a known topic, and no broker is up: connecting is urgent. Cheap when that is known.
    void want_broker(topic_entry& t) noexcept {
        if (wanted_.load(std::memory_order_relaxed) == nullptr) {
            const guard g(lock_);
            wanted_.store(&t, std::memory_order_relaxed);
            changed_.notify_all();
        }
    }

    // A wish that was fulfilled must not hide the next one.
    void brokers_changed() noexcept {
        const guard g(lock_);
        if (brokers_.up()) {
            wanted_.store(nullptr, std::memory_order_relaxed);
        }
        changed_.notify_all();
    }

    [[nodiscard]] bool flushes() const noexcept { return flushes_; }
    void begin_wait() noexcept {
        const guard g(lock_);
        if (waiters_++ == 0) {
            changed_.notify_all();
        }
    }
    void end_wait() noexcept {
        const guard g(lock_);
        --waiters_;
    }

private:
    using job = topic_look_up::job;

    [[nodiscard]] rd_kafka_t* borrow() noexcept {
        const guard g(lock_);
        calls_ += client_ != nullptr ? 1 : 0;
        return client_;
    }
    void give_back() noexcept {
        const guard g(lock_);
        --calls_;
        changed_.notify_all();
    }

    void run() noexcept {
        lock_.lock();
        while (!stopping_) {
            const std::int64_t now = read_clock(CLOCK_MONOTONIC);
            if (client_ == nullptr) {
                changed_.wait(lock_);
            } else if (wants_hold()) {
                held_in_ = brokers_.falls();
                call([&](rd_kafka_t* client) { hold_.take(client); });
                release_at_ = 0;
            } else if (hold_.holds() && brokers_.up() && release_at_ <= now) {
                call([&](rd_kafka_t* client) { hold_.release(client, topic_look_up::call_ms); });
                release_at_ = read_clock(CLOCK_MONOTONIC) + 10 * topic_look_up::ms;
            } else if (!topics_.empty() && topics_.front().not_before <= now) {
                while (!topics_.empty() && topics_.front().not_before <= now) {
                    or_give_up(topics_.front(), [&](const job& j) { asked_.push_back(j); });
                    topics_.pop_front();
                }
                rd_kafka_t* const client = begin_call();
                look_up_.ask(client, asked_);
                end_call();
                for (const job& j : asked_) {
                    if (client_ != client) {
                        break;
                    }
                    if (!j.done) {
                        or_give_up(j, [&](const job& again) { queue(again); });
                    } else if (looked_up_ == nullptr) {
                        looked_up_ = j.topic;
                        nudge_at_ = read_clock(CLOCK_MONOTONIC) + nudge_every;
                    }
                }
                asked_.clear();
            } else if (topic_entry* const t = wanted_.load(std::memory_order_relaxed); t != nullptr && !brokers_.up()) {
                rd_kafka_t* const client = begin_call();
                topic_look_up::prompt(client, *t);
                end_call();
            } else if (wants_id() && nudge_at_ <= now) {
                topic_entry& known = *looked_up_;  // let_go takes it away while the call goes on
                rd_kafka_t* const client = begin_call();
                topic_look_up::prompt(client, known);
                end_call();
                nudge_at_ = read_clock(CLOCK_MONOTONIC) + nudge_every;
            } else if (waiters_ > 0 && flushes_) {
                rd_kafka_t* const client = begin_call();
                ::rd_kafka_flush(client, 20);
                end_call();
                // Nothing inside, or all gone: no reason to spin.
                changed_.wait_until(lock_, monotonic_now() + milliseconds(1));
            } else if (const std::int64_t due = next_due(); due != never) {
                changed_.wait_until(lock_, instant{nanoseconds{due}});
            } else {
                changed_.wait(lock_);
            }
        }
        lock_.unlock();
    }

    // librdkafka asks for the producer's id when metadata come, and again only after half a second: it may have asked a connection
    // that was about to go. Nothing is sent without that id.
    [[nodiscard]] bool wants_id() const noexcept { return !has_id_ && looked_up_ != nullptr && brokers_.ready(); }

    // Once an outage, also one that is over already. Only a producer with an id is refused for the order of its requests.
    [[nodiscard]] bool wants_hold() const noexcept {
        return needs_id_ && held_in_ != brokers_.falls() && !(brokers_.up() && brokers_.may_be_a_swap());
    }

    [[nodiscard]] std::int64_t next_due() const noexcept {
        return std::min({topics_.empty() ? never : topics_.front().not_before, wants_id() ? nudge_at_ : never,
                         hold_.holds() && brokers_.up() ? release_at_ : never});
    }

    // Without memory whoever wants that topic asks again.
    template <class Keep>
    void or_give_up(const job& j, Keep&& keep) noexcept {
        try {
            keep(j);
        } catch (const std::bad_alloc&) {
            look_up_.give_up(*j.topic);
        }
    }

    // In the order in which they are due: one that has to wait holds up no other.
    void queue(const job& j) {
        const auto at = std::upper_bound(topics_.begin(), topics_.end(), j.not_before,
                                         [](std::int64_t t, const job& other) { return t < other.not_before; });
        topics_.insert(at, j);
    }

    // Without memory it has not been made, or not all of it: all that is called like this is called again.
    template <class Call>
    void call(Call&& make) noexcept {
        rd_kafka_t* const client = begin_call();
        try {
            make(client);
        } catch (const std::bad_alloc&) {
            end_call();
            return;
        }
        end_call();
    }
    [[nodiscard]] rd_kafka_t* begin_call() noexcept {
        ++calls_;
        rd_kafka_t* const client = client_;
        lock_.unlock();
        return client;
    }
    void end_call() noexcept {
        lock_.lock();
        --calls_;
        changed_.notify_all();
    }

    broker_states& brokers_;
    partition_hold hold_;
    topic_look_up look_up_;
    static constexpr std::int64_t nudge_every = 10'000'000;
    const bool flushes_;
    const bool needs_id_;
    bool has_id_ = true;
    topic_entry* looked_up_ = nullptr;  // one that metadata can be asked for
    std::int64_t nudge_at_ = 0;
    pthread_t thread_{};
    mutex lock_;
    condition changed_;
    std::deque<job> topics_;
    std::vector<job> asked_;  // the thread's own
    rd_kafka_t* client_ = nullptr;
    int calls_ = 0;  // inside librdkafka at this moment
    bool stopping_ = false;
    std::uint32_t held_in_ = 0;  // the outage in which partitions were last held, counted by `falls`
    std::int64_t release_at_ = 0;
    int waiters_ = 0;
    std::atomic<topic_entry*> wanted_{nullptr};
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/instance.hpp

#include <librdkafka/rdkafka.h>

// ---- stentor/detail/kafka/conf.hpp

#include <librdkafka/rdkafka.h>

// From a kafka_config to librdkafka's own.

namespace stentor::inline v0::detail::kafka {

struct conf_deleter {
    void operator()(rd_kafka_conf_t* c) const noexcept { ::rd_kafka_conf_destroy(c); }
};
using conf_ptr = std::unique_ptr<rd_kafka_conf_t, conf_deleter>;

// Java's and kafkajs's choice of partition for a key. For a record without one, `submit` has put a random number where the hash
// would be: librdkafka may ask again, on its own thread, and must get the same answer.
inline std::int32_t pick_partition(const rd_kafka_topic_t*, const void*, std::size_t, std::int32_t count, void*, void* opaque) {
    const auto* const c = static_cast<const completion*>(opaque);
    return static_cast<std::int32_t>((c->key_hash & 0x7fffffffU) % static_cast<std::uint32_t>(count));
}

// Throws publish_failure with errc::invalid_config; nothing if nothing is wrong.
inline void refuse(const problems& wrong) {
    if (!wrong.empty()) {
        throw publish_failure(error_of("kafka_config", wrong));
    }
}

class conf_builder {
public:
    conf_builder() : conf_(::rd_kafka_conf_new()) {
        // First of all: it throws away topic settings made before it.
        rd_kafka_topic_conf_t* const topic = ::rd_kafka_topic_conf_new();
        ::rd_kafka_topic_conf_set_partitioner_cb(topic, &pick_partition);
        ::rd_kafka_conf_set_default_topic_conf(conf_.get(), topic);
    }

    void set(const char* name, const std::string& value) {
        std::array<char, 512> why{};
        if (::rd_kafka_conf_set(conf_.get(), name, value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
            // librdkafka's text repeats the value.
            const bool may_be_told = find_property(name) != nullptr && !is_secret(name);
            complain(wrong_, name, may_be_told ? std::string_view(why.data()) : "librdkafka refuses the value");
        }
    }
    void set(const char* name, std::int64_t value) { set(name, std::to_string(value)); }
    void set(const char* name, bool value) { set(name, std::string(value ? "true" : "false")); }
    void set(const char* name, const char* value) { set(name, std::string(value)); }
    void set_if_given(const char* name, const std::string& value) {
        if (!value.empty()) {
            set(name, value);
        }
    }

    // A setting of the user's own, which has passed check_properties. One that is newer than the table is read back, because
    // librdkafka silently takes "5ms" as 5 and wraps what is too large.
    void set_property(const std::string& name, const std::string& value) {
        const property* const known = property_of(name);
        const std::size_t before = wrong_.size();
        set(name.c_str(), known != nullptr ? canonical(*known, value) : value);
        if (known != nullptr || wrong_.size() != before) {
            return;
        }
        std::array<char, 512> seen{};
        std::size_t size = seen.size();
        if (::rd_kafka_conf_get(conf_.get(), name.c_str(), seen.data(), &size) == RD_KAFKA_CONF_OK && size <= seen.size() &&
            read_whole(seen.data()) && value.find_first_of("0123456789") == 0 && value != seen.data()) {
            complain(wrong_, name, "librdkafka would read another number; give a plain one, in range");
        }
    }

    [[nodiscard]] const problems& wrong() const noexcept { return wrong_; }
    [[nodiscard]] conf_ptr take() noexcept { return std::move(conf_); }
    [[nodiscard]] rd_kafka_conf_t* get() noexcept { return conf_.get(); }

private:
    conf_ptr conf_;
    problems wrong_;
};

[[nodiscard]] inline std::int64_t whole_ms(nanoseconds d) noexcept {
    return std::max<std::int64_t>(1, std::chrono::ceil<milliseconds>(d).count());
}

// Its properties have passed check_properties. What librdkafka itself refuses is in the builder's wrong().
[[nodiscard]] inline conf_builder make_conf(const kafka_config& c) {
    conf_builder b;
    b.set("bootstrap.servers", c.brokers);
    b.set("client.id", c.client_id);
    b.set("client.software.name", "stentor");
    b.set("client.software.version", version);
    b.set("message.timeout.ms", whole_ms(c.attempt_timeout));
    b.set("acks", std::int64_t{c.acks});
    b.set("enable.idempotence", c.idempotence);
    if (!c.idempotence) {
        b.set("message.send.max.retries", std::int64_t{0});  // its own retries reorder the records of a key
    }
    std::array<char, 32> linger{};
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(c.linger).count();
    auto end = std::to_chars(linger.data(), linger.data() + 16, us / 1000).ptr;
    if (us % 1000 != 0) {
        *end++ = '.';
        for (std::int64_t unit = 100; unit > 0; unit /= 10) {
            *end++ = static_cast<char>('0' + us / unit % 10);
        }
    }
    b.set("linger.ms", std::string(linger.data(), end));
    b.set("batch.size", std::int64_t{c.batch_size});
    b.set("batch.num.messages", std::int64_t{c.batch_messages});
    constexpr std::array<const char*, 5> codecs{"none", "gzip", "snappy", "lz4", "zstd"};
    b.set("compression.codec", codecs[std::min(static_cast<std::size_t>(c.compression), codecs.size() - 1)]);
    const nanoseconds request = c.request_timeout != nanoseconds(0)
                                    ? c.request_timeout
                                    : std::min<nanoseconds>(c.attempt_timeout, std::chrono::seconds(30));
    b.set("request.timeout.ms", whole_ms(request));
    b.set("socket.timeout.ms", std::max<std::int64_t>(whole_ms(request), 10));
    b.set("socket.connection.setup.timeout.ms", whole_ms(c.connection_timeout));
    b.set("allow.auto.create.topics", c.create_topics);
    // The slots are the only admission: librdkafka's own limits must never be met first.
    b.set("queue.buffering.max.messages", std::int64_t{0});
    b.set("queue.buffering.max.kbytes", std::int64_t{2147483647});
    b.set("reconnect.backoff.ms", std::int64_t{50});
    b.set("reconnect.backoff.max.ms", std::int64_t{500});
    // Else a broker is connected to when somebody needs it or once a second, one after the other. It costs a connection to each
    // broker: for clusters with many of them it can be set otherwise.
    b.set("enable.sparse.connections", false);
    b.set("socket.keepalive.enable", true);
    b.set("socket.nagle.disable", true);
    b.set("log.queue", true);
    b.set("security.protocol", std::string(protocol_of(c)));
    b.set_if_given("ssl.ca.location", c.ssl_ca_location);
    b.set_if_given("ssl.ca.pem", c.ssl_ca_pem);
    b.set_if_given("ssl.certificate.location", c.ssl_certificate_location);
    b.set_if_given("ssl.certificate.pem", c.ssl_certificate_pem);
    b.set_if_given("ssl.key.location", c.ssl_key_location);
    b.set_if_given("ssl.key.pem", c.ssl_key_pem.reveal());
    b.set_if_given("ssl.key.password", c.ssl_key_password.reveal());
    b.set("enable.ssl.certificate.verification", c.ssl_verify_certificate);
    b.set("ssl.endpoint.identification.algorithm", c.ssl_verify_host ? "https" : "none");
    b.set_if_given("sasl.mechanism", std::string(mechanism_of(c)));
    b.set_if_given("sasl.username", c.sasl_username);
    b.set_if_given("sasl.password", c.sasl_password.reveal());
    for (const auto& [name, value] : c.properties) {
        b.set_property(name, value);
    }
    ::rd_kafka_conf_set_events(b.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS |
                                            (c.tokens ? RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH : 0));
    return b;
}

// All that is wrong with it, librdkafka's own objections too, in one publish_failure with errc::invalid_config. Throws
// errc::disabled for one that is not to be used. Returns how many bootstrap brokers there are.
inline std::size_t check(const kafka_config& c) {
    if (!c.enabled) {
        throw publish_failure(error(errc::disabled, "kafka_config::enabled is false: there is no client to make"));
    }
    problems wrong;
    const std::size_t brokers = check(c, ::rd_kafka_version(), wrong);
    const auto complained = [&](std::string_view name) {
        bool found = false;
        for (const problem& known : wrong) {
            found = found || known.key == name;
        }
        return found;
    };
    // librdkafka loads a plugin as soon as its name is set, so what has been refused is not even shown to it.
    kafka_config rest = c;
    rest.properties.clear();
    for (const auto& one : c.properties) {
        if (!complained(one.first)) {
            rest.properties.push_back(one);
        }
    }
    const conf_builder built = make_conf(rest);
    for (const problem& p : built.wrong()) {
        if (wrong.empty() || member_of(p.key).empty()) {
            wrong.push_back(p);
        }
    }
    refuse(wrong);
    return brokers;
}

}  // namespace stentor::inline v0::detail::kafka

namespace stentor::inline v0::detail::kafka {

// One rd_kafka_t and its event queue. Made by whoever makes the client, destroyed by the event thread, never inside a callback.
class instance {
public:
    instance() noexcept = default;
    instance(const instance&) = delete;
    instance& operator=(const instance&) = delete;
    ~instance() { destroy(); }

    // Throws publish_failure with errc::invalid_config.
    void create(const kafka_config& config, broker_states& brokers, int wake) {
        conf_builder b = make_conf(config);
        brokers.watch(b.get());
        ::rd_kafka_conf_set_ssl_cert_verify_cb(b.get(), &certificate_checked);
        // Only its log says when the producer has got its id. These lines come with what happens to that id, not with records.
        const std::string debug = setting(b.get(), "debug");
        b.set("debug", debug.empty() ? "eos" : debug + ",eos");
        std::array<char, 512> why{};
        rd_kafka_conf_t* const conf = b.take().release();
        client_ = ::rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
        if (client_ == nullptr) {
            dispose(conf);
            refuse({{"librdkafka", scrubbed(why.data(), config)}});
        }
        ::rd_kafka_set_log_queue(client_, nullptr);
        queue_ = ::rd_kafka_queue_get_main(client_);
        const std::uint64_t one = 1;
        ::rd_kafka_queue_io_event_enable(queue_, wake, &one, sizeof one);
    }

    // Nothing may be outstanding: its reports would be lost.
    void destroy() noexcept {
        if (queue_ != nullptr) {
            ::rd_kafka_queue_io_event_enable(queue_, -1, nullptr, 0);
            ::rd_kafka_queue_destroy(std::exchange(queue_, nullptr));
        }
        if (client_ != nullptr) {
            ::rd_kafka_destroy(std::exchange(client_, nullptr));
        }
    }

    [[nodiscard]] rd_kafka_t* client() const noexcept { return client_; }
    [[nodiscard]] rd_kafka_event_t* next_event() const noexcept {
        return queue_ != nullptr ? ::rd_kafka_queue_poll(queue_, 0) : nullptr;
    }
    void purge(int what) const noexcept {
        if (client_ != nullptr) {
            ::rd_kafka_purge(client_, what | RD_KAFKA_PURGE_F_NON_BLOCKING);
        }
    }

private:
    // What can't be destroyed stays, a few kilobytes, where a leak checker finds them.
    static void dispose(rd_kafka_conf_t* conf) {
        if (versions::destroys_refused_conf()) {
            ::rd_kafka_conf_destroy(conf);
            return;
        }
        static auto* const refused = new std::vector<rd_kafka_conf_t*>;
        static auto* const lock = new mutex;
        const guard g(*lock);
        refused->push_back(conf);
    }

    rd_kafka_t* client_ = nullptr;
    rd_kafka_queue_t* queue_ = nullptr;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/log_lines.hpp

// librdkafka's own log: how bad its lines are, and what they tell of.

namespace stentor::inline v0::detail::kafka {

// The level that a line deserves, in syslog's numbers. What librdkafka calls an error may be daily business, or be told as an event
// already, with a diagnosis.
[[nodiscard]] inline int sobered(int level, std::string_view facility, std::string_view text) noexcept {
    constexpr int information = 6;
    constexpr int debugging = 7;
    const auto has = [text](std::string_view what) { return text.find(what) != std::string_view::npos; };
    const auto at_least = [level](int least) { return level > least ? level : least; };
    if (facility == "FAIL") {
        // The same once more; or a connection that was idle, which brokers end after ten minutes.
        const bool daily = has("identical error(s) suppressed") || (has("Disconnected") && has("in state UP)"));
        return at_least(daily ? debugging : information);
    }
    // Each connection that is replaced, and each question that its end leaves open.
    if (facility == "GETSUBSCRIPTIONS" || facility == "PUSHTELEMETRY" || has("Timed out 0 in-flight")) {
        return at_least(debugging);
    }
    return level;
}

// The condition that a line tells of; `none` for most.
[[nodiscard]] inline errc class_of_line(std::string_view facility, std::string_view text) noexcept {
    struct row {
        std::string_view facility;  // empty: any
        std::string_view words;     // empty: any
        errc code;
    };
    constexpr row rows[] = {
        {"FATAL", {}, errc::fatal},
        {"CONFWARN", {}, errc::invalid_config},
        {{}, "Failed to resolve", errc::dns},
        {{}, "SASL authentication error", errc::authentication},
        {{}, "mechanism handshake failed", errc::authentication},
        {{}, "OAUTHBEARER token", errc::authentication},
        {"SSLCERTVRFY", "failed", errc::tls},
        {{}, "SSL handshake failed", errc::tls},
        {{}, "certificate verify failed", errc::tls},
        {{}, "authorization failed", errc::authorization},
        {{}, "Unknown topic", errc::unknown_topic},
        {"REQTMOUT", {}, errc::broker_unavailable},
        {"FAIL", {}, errc::broker_unavailable},
        {"ERROR", "brokers are down", errc::broker_unavailable},
    };
    for (const row& r : rows) {
        if ((r.facility.empty() || r.facility == facility) && text.find(r.words) != std::string_view::npos) {
            return r.code;
        }
    }
    return errc::none;
}

// What was logged before the first publisher came, who is told of it then: a warning about the configuration comes so early. Not
// all of it, if none comes for long.
class early_log {
public:
    static constexpr std::size_t most = 16;

    // Up to which level it takes lines.
    [[nodiscard]] int wanted() const noexcept { return over_ || lines_.size() == most ? -1 : 6; }
    void keep(const client_log& line, const moment& at) {
        if (line.level <= wanted()) {
            lines_.push_back({line.level, std::string(line.facility), line.code, std::string(line.text), at});
        }
    }
    void tell(events& core) const noexcept {
        for (const one& l : lines_) {
            if (l.level <= core.client_log_level()) {
                core.client_logged({l.level, l.facility, l.code, l.text}, l.at);
            }
        }
    }
    void end() noexcept {
        over_ = true;
        lines_ = {};
    }

private:
    struct one {
        int level;
        std::string facility;
        errc code;
        std::string text;
        moment at;
    };
    std::vector<one> lines_{};
    bool over_ = false;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/port.hpp

namespace stentor::inline v0::detail::kafka {

// How many records went in, spread over cache lines so that publishing threads do not fight for one.
class entry_counter {
public:
    using cell = std::atomic<std::int64_t>;

    [[nodiscard]] cell& mine() noexcept {
        static std::atomic<unsigned> threads{0};
        thread_local const unsigned index = threads.fetch_add(1, std::memory_order_relaxed) % lines;
        return cells_[index].value;
    }
    // An upper bound while others come and go; exact once nobody can enter any more.
    [[nodiscard]] std::int64_t sum() const noexcept {
        std::int64_t n = 0;
        for (const line& l : cells_) {
            n += l.value.load(std::memory_order_seq_cst);
        }
        return n;
    }

private:
    static constexpr std::size_t lines = 8;
    struct alignas(64) line {
        cell value{0};
    };
    std::array<line, lines> cells_{};
};

// One publisher, as the client sees it.
struct port {
    // any thread
    entry_counter entered;
    std::atomic<std::int64_t> alarm{never};
    std::atomic<bool> retired{false};

    // the event thread; apart, because publishing threads read the above in each submit
    alignas(64) events* core = nullptr;
    std::int64_t reported = 0;
    bool leaving = false;
    bool purged = false;
    // whoever retires it, until it is `leaving`
    std::int64_t until = never;
    std::shared_ptr<void> keep;
    // of the lists that it is in
    std::shared_ptr<port> next{};
    std::shared_ptr<port> next_leaving{};

    [[nodiscard]] bool drained() const noexcept { return entered.sum() == reported; }
};

// Ports in the order in which they came. Linked through themselves: a publisher must be able to come and go without memory.
template <std::shared_ptr<port> port::* Next>
class port_list {
public:
    struct iterator {
        port* at;
        port& operator*() const noexcept { return *at; }
        iterator& operator++() noexcept {
            at = (at->*Next).get();
            return *this;
        }
        bool operator==(const iterator&) const noexcept = default;
    };
    [[nodiscard]] iterator begin() const noexcept { return {first_.get()}; }
    [[nodiscard]] iterator end() const noexcept { return {nullptr}; }
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

    void push_back(std::shared_ptr<port> p) noexcept {
        port* const added = p.get();
        (last_ != nullptr ? last_->*Next : first_) = std::move(p);
        last_ = added;
    }
    // Null when there is none.
    [[nodiscard]] std::shared_ptr<port> pop_front() noexcept {
        std::shared_ptr<port> p = std::move(first_);
        if (p != nullptr) {
            first_ = std::move((*p).*Next);
            last_ = first_ != nullptr ? last_ : nullptr;
        }
        return p;
    }
    void swap(port_list& other) noexcept {
        first_.swap(other.first_);
        std::swap(last_, other.last_);
    }

private:
    std::shared_ptr<port> first_{};
    port* last_ = nullptr;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/process.hpp

#include <cstdlib>

// What is one per process: the lock of the shared clients, and the count of event threads that exit() waits for.

namespace stentor::inline v0::detail::kafka {

class process_state {
public:
    // Never destroyed: event threads that are left behind at exit may still touch it.
    [[nodiscard]] static process_state& instance() {
        static process_state* const the_one = new process_state;
        return *the_one;
    }

    mutex registry;  // guards the list of shared clients; here, because fork has to hold it

    void winding_down() noexcept {
        const guard g(lock_);
        ++leaving_;
    }
    void wound_down() noexcept {
        const guard g(lock_);
        --leaving_;
        changed_.notify_all();
    }

private:
    process_state() {
        ::pthread_atfork([] { instance().before_fork(); }, [] { instance().after_fork(); }, [] { instance().in_child(); });
        std::atexit([] { instance().at_exit(); });
    }

    void before_fork() noexcept {
        registry.lock();
        lock_.lock();
    }
    void after_fork() noexcept {
        lock_.unlock();
        registry.unlock();
    }
    // The parent's event threads do not exist here, so there is nobody to wait for.
    void in_child() noexcept {
        leaving_ = 0;
        after_fork();
    }

    // Clients that are being wound down get two seconds; then they are left behind, so that a hanging name server or broker never
    // keeps a process from ending.
    void at_exit() noexcept {
        std::timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC, &t);
        const instant until{std::chrono::seconds(t.tv_sec + 2) + nanoseconds(t.tv_nsec)};
        const guard g(lock_);
        while (leaving_ > 0) {
            ::clock_gettime(CLOCK_MONOTONIC, &t);
            if (instant{std::chrono::seconds(t.tv_sec) + nanoseconds(t.tv_nsec)} >= until) {
                return;
            }
            changed_.wait_until(lock_, until);
        }
    }

    mutex lock_;
    condition changed_;
    int leaving_ = 0;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/report.hpp

#include <librdkafka/rdkafka.h>

namespace stentor::inline v0::detail::kafka {

[[nodiscard]] inline fault fault_of(rd_kafka_resp_err_t code) noexcept {
    fault f;
    f.code = classify(static_cast<std::int32_t>(code)).code;
    f.native = static_cast<std::int32_t>(code);
    f.name = ::rd_kafka_err2name(code);
    return f;
}

// From librdkafka's delivery report to ours. Keeps its scratch between reports.
class report_maker {
public:
    // Views into `m`: valid until its event is destroyed or the next call.
    [[nodiscard]] const report& make(const rd_kafka_message_t& m, bool ours_to_take_back) noexcept {
        report_.taken_back = false;
        report_.returned = nullptr;
        // Without an error, but also without an acknowledgement (acks=0, which is refused, and whatever else comes to be): in
        // doubt. So is what has no offset. librdkafka calls it persisted because a later record of its partition is, but a broker
        // that has nothing of this producer there yet takes that later one although this one was refused: it is not in the log.
        const rd_kafka_msg_status_t status = ::rd_kafka_message_status(&m);
        if (m.err == RD_KAFKA_RESP_ERR_NO_ERROR && status == RD_KAFKA_MSG_STATUS_PERSISTED && m.offset >= 0) {
            report_.outcome = outcome::persisted;
            report_.why = {};
            report_.partition = m.partition;
            report_.offset = m.offset;
            report_.time = time_of(m);
            return report_;
        }
        // The status and not the code says whether it may be in the log: a purged record may have been sent before.
        const bool definite = status == RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
        report_.outcome = definite ? outcome::not_persisted : outcome::unknown;
        report_.why = fault_of(m.err);
        if (m.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            report_.why.code = errc::broker_unavailable;
            report_.why.name = "no broker has acknowledged this very record";
        }
        report_.partition = -1;
        report_.offset = -1;
        report_.time = {};
        report_.taken_back = definite && ours_to_take_back && m.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE;
        report_.returned = hand_back(m);
        return report_;
    }

private:
    // Of a message that has failed librdkafka does not tell the time, which a retry must keep; without its error it does. The
    // message is ours until its event is destroyed.
    [[nodiscard]] static timestamp time_of(const rd_kafka_message_t& m) noexcept {
        auto& told = const_cast<rd_kafka_message_t&>(m);
        const rd_kafka_resp_err_t err = std::exchange(told.err, RD_KAFKA_RESP_ERR_NO_ERROR);
        rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        const std::int64_t ms = ::rd_kafka_message_timestamp(&told, &type);
        told.err = err;
        return timestamp{milliseconds{ms > 0 ? ms : 0}};
    }

    // Null when there is no memory: a record without its headers is another one.
    [[nodiscard]] const record* hand_back(const rd_kafka_message_t& m) noexcept {
        headers_.clear();
        rd_kafka_headers_t* list = nullptr;
        if (::rd_kafka_message_headers(&m, &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const char* name = nullptr;
            const void* value = nullptr;
            std::size_t size = 0;
            try {
                headers_.reserve(::rd_kafka_header_cnt(list));
            } catch (const std::bad_alloc&) {
                return nullptr;
            }
            for (std::size_t i = 0; ::rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
                headers_.push_back({name, view(value, size), false});
            }
        }
        record_.topic = m.rkt != nullptr ? std::string_view(::rd_kafka_topic_name(m.rkt)) : std::string_view{};
        record_.key = view(m.key, m.key_len);
        record_.value = view(m.payload, m.len);
        record_.headers = header_view(headers_);
        record_.time = time_of(m);
        record_.partition = -1;
        return &record_;
    }

    [[nodiscard]] static std::string_view view(const void* data, std::size_t size) noexcept {
        return {static_cast<const char*>(data), data != nullptr ? size : 0};
    }

    report report_;
    record record_;
    std::vector<header> headers_;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/statistics.hpp

namespace stentor::inline v0::detail::kafka {

// What librdkafka last said of itself: the event thread keeps it, whoever wants metrics reads it when it wants them.
class last_statistics {
public:
    void keep(const char* json) noexcept {
        if (json == nullptr) {
            return;
        }
        std::shared_ptr<const std::string> fresh;
        try {
            fresh = std::make_shared<const std::string>(json);
        } catch (const std::bad_alloc&) {
            return;  // the one before is better than none
        }
        const guard g(lock_);
        last_.swap(fresh);  // and the old one goes when the lock is open again
    }
    [[nodiscard]] std::shared_ptr<const std::string> last() const noexcept {
        const guard g(lock_);
        return last_;
    }

private:
    mutable mutex lock_;
    std::shared_ptr<const std::string> last_;
};

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/unheard.hpp

#include <librdkafka/rdkafka.h>

namespace stentor::inline v0::detail::kafka {

using owned_event = owned<rd_kafka_event_t, ::rd_kafka_event_destroy>;

// What the event thread had no memory to hear. librdkafka says the same failure of a broker once, and then not for half a minute:
// until then nobody would know why there is no connection. Beyond a few the oldest is dropped.
class unheard {
public:
    void keep(owned_event e, std::int64_t now) noexcept {
        all_[next_++ % all_.size()] = std::move(e);
        due_ = now + a_while;
    }
    // When it's time to hear them again.
    [[nodiscard]] std::int64_t due() const noexcept { return due_; }
    // Calls `hear` with each of them, in their order, which may keep it again.
    template <class Hear>
    void each(Hear&& hear) noexcept {
        auto all = std::exchange(all_, {});
        std::rotate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(next_ % all.size()), all.end());
        clear();
        for (owned_event& e : all) {
            if (e != nullptr) {
                hear(std::move(e));
            }
        }
    }
    void clear() noexcept {
        all_ = {};
        next_ = 0;
        due_ = std::numeric_limits<std::int64_t>::max();
    }

private:
    static constexpr std::int64_t a_while = 50'000'000;  // nanoseconds

    std::array<owned_event, 8> all_{};
    std::size_t next_ = 0;
    std::int64_t due_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace stentor::inline v0::detail::kafka

// The client behind kafka_client: one rd_kafka_t, the event thread that serves and destroys it, the helper thread. What runs on
// publishing threads is here and in submit.ipp, what runs on the event thread is in event_loop.ipp, hearing.ipp and telling.ipp.

namespace stentor::inline v0::detail::kafka {

class engine : public std::enable_shared_from_this<engine> {
public:
    explicit engine(const kafka_config& config)
        : config_(config),
          bootstrap_(check(config)),
          recycle_(config.recycle_headers && versions::recycles_headers()),
          never_up_(std::string(gate::text(gate::never_up)) + " at " + config.brokers),
          brokers_(gate_, bell_),
          helper_(brokers_, bell_, config_) {
        instance_.create(config_, brokers_, bell_.descriptor());
        security_ = security_of(::rd_kafka_conf(instance_.client()));
    }
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    // Starts the threads; the event thread keeps this alive until release() and the last port's end.
    void start() {
        (void)process_state::instance();  // so that it is there when there is no memory for it
        auto self = std::make_unique<std::shared_ptr<engine>>(shared_from_this());
        helper_.serve(instance_.client());
        if (!helper_.start()) {
            throw publish_failure(error(errc::out_of_memory, "cannot start the helper thread of a Kafka client"));
        }
        pthread_t thread{};
        if (!start_thread(thread, &engine::thread_main, self.get(), "stentor-events")) {
            helper_.stop_and_join();
            throw publish_failure(error(errc::out_of_memory, "cannot start the event thread of a Kafka client"));
        }
        [[maybe_unused]] const auto* const owned_by_the_thread = self.release();
        ::pthread_detach(thread);
    }

    // No user has a handle any more: wind down once the last port is drained.
    void release() noexcept {
        if (!forked()) {
            process_state::instance().winding_down();
            released_.store(true, std::memory_order_release);
            bell_.ring(bell::ports_changed);
        }
    }

    void attach(std::shared_ptr<port> p, events& core) noexcept {
        p->core = &core;
        {
            const guard g(lock_);
            joining_.push_back(std::move(p));
        }
        bell_.ring(bell::ports_changed);
    }

    void retire(const std::shared_ptr<port>& p, std::shared_ptr<void> keep, instant until) noexcept {
        if (forked() || p->retired.exchange(true, std::memory_order_seq_cst)) {
            return;
        }
        {
            const guard g(lock_);
            p->keep = std::move(keep);
            p->until = std::max<std::int64_t>(until.time_since_epoch().count(), 0);
            leaving_.push_back(p);
        }
        bell_.ring(bell::ports_changed);
    }

    [[nodiscard]] fault submit(port& p, const record& r, completion& c) noexcept {
        if (forked()) {
            return closed("a forked child cannot use its parent's client");
        }
        entry_counter::cell& entered = p.entered.mine();
        entered.fetch_add(1, std::memory_order_seq_cst);
        const std::uint32_t shut = gate_.load();
        if (shut != 0 || p.retired.load(std::memory_order_relaxed)) [[unlikely]] {
            entered.fetch_sub(1, std::memory_order_seq_cst);
            return not_open(p, shut, r.topic);
        }
        const topic_entry* const topic = topics_.find(r.topic.data());
        if (topic == nullptr || topic->now.load(std::memory_order_acquire) != topic_entry::state::known) [[unlikely]] {
            entered.fetch_sub(1, std::memory_order_seq_cst);
            return look_up(r.topic);
        }
        if (!c.keyed) {
            c.key_hash = static_cast<std::uint32_t>(this_threads_clock.next());
        }
        const rd_kafka_resp_err_t code = produce(*topic, r, c);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) [[unlikely]] {
            // First of all: while this record counts as inside, no other client can take the place of the one that refused it.
            fault f = refused(code, r.topic);
            entered.fetch_sub(1, std::memory_order_seq_cst);
            return f;
        }
        return {};
    }

    void wake_at(port& p, instant when) noexcept {
        // Any past instant is as good as another, and the far past would overflow where it is subtracted from now.
        const std::int64_t ns = std::max<std::int64_t>(when.time_since_epoch().count(), 0);
        // Whoever parks a record and then asks to be woken must not see an alarm whose `woken` has missed that record. A plain load
        // could be done before the parking is visible; this read-modify-write and the event thread's exchange have an order.
        std::int64_t pending = p.alarm.fetch_add(0, std::memory_order_acq_rel);
        do {
            if (ns >= pending) {
                return;
            }
        } while (!p.alarm.compare_exchange_weak(pending, ns, std::memory_order_seq_cst, std::memory_order_relaxed));
        if (!forked()) {
            bell_.ring_for(ns);
        }
    }

    [[nodiscard]] bool wait(latch& l, instant until) noexcept {
        if (!helper_.flushes() || forked()) {
            return l.wait_until(until);
        }
        helper_.begin_wait();
        const bool set = l.wait_until(until);
        helper_.end_wait();
        return set;
    }

    // Answers when metadata have come, or as soon as it is certain why they cannot.
    [[nodiscard]] result<void> await_connection(instant until);

    // From now on nothing is accepted; answers when librdkafka's client is gone.
    [[nodiscard]] result<void> disconnect(instant until);
    [[nodiscard]] bool disconnected() const noexcept { return (gate_.load() & gate::closed) != 0; }
    [[nodiscard]] result<void> set_credentials(const std::string& user, const secret& password);
    [[nodiscard]] result<void> check_topics(const std::vector<topic_settings>& topics, bool create, instant until);

    void take_back() noexcept { bell_.ring(bell::take_back); }
    [[nodiscard]] bool up() const noexcept { return brokers_.up(); }
    [[nodiscard]] std::size_t brokers_up() const noexcept { return brokers_.count_up(); }
    [[nodiscard]] bool forked() const noexcept { return process_generation() != born_; }
    [[nodiscard]] const kafka_config& config() const noexcept { return config_; }
    [[nodiscard]] std::shared_ptr<const std::string> statistics() const noexcept { return statistics_.last(); }

private:
    [[nodiscard]] static fault closed(const char* why) noexcept {
        fault f;
        f.code = errc::closed;
        f.name = why;
        return f;
    }

    [[nodiscard]] rd_kafka_resp_err_t produce(const topic_entry& topic, const record& r, completion& c) noexcept;
    // why submit did not, or could not, produce
    [[nodiscard]] fault not_open(const port& p, std::uint32_t shut, std::string_view topic) noexcept;
    [[nodiscard]] fault look_up(std::string_view name) noexcept;
    [[nodiscard]] fault look_up_or_throw(std::string_view name);
    [[nodiscard]] static fault refusal_of(const topic_entry& t) noexcept;
    [[nodiscard]] fault refused(rd_kafka_resp_err_t code, std::string_view topic) noexcept;
    static void doubt(topic_entry& t, rd_kafka_resp_err_t code) noexcept;

    // the event thread's part
    static void* thread_main(void* self) noexcept;
    void run() noexcept;
    void change_ports() noexcept;
    void hear(owned_event event) noexcept;
    void hear_again() noexcept;
    void hear_reports(rd_kafka_event_t* event) noexcept;
    void hear_error(rd_kafka_event_t* event);
    void hear_log(rd_kafka_event_t* event);
    void hear_failure(std::int32_t code, std::string_view words);
    void pass_on(int level, std::string_view facility, std::string_view words) noexcept;
    [[nodiscard]] bool is_news(const std::string& words);
    void look_at_suspect();
    void hear_look() noexcept;
    void refused_login(errc what, const std::string& words);
    void greet(events& core) noexcept;
    void tell(const client_event& what) noexcept;
    void tell_refused(client_event::kind how, errc what);
    void tell_brokers() noexcept;
    void tell_down_when_due() noexcept;
    void resume() noexcept;
    void fire_alarms() noexcept;
    void finish_retired() noexcept;
    void began_fatal() noexcept;
    void replace_when_drained() noexcept;
    void disconnect_when_drained();
    [[nodiscard]] bool drained() const noexcept;
    [[nodiscard]] kafka_config current_config();
    void begin_with_new_credentials();
    void close_client();
    [[nodiscard]] port* port_of(const events* core) noexcept;
    [[nodiscard]] std::int64_t next_alarm() const noexcept;

    const kafka_config config_;
    const std::size_t bootstrap_;
    const bool recycle_;
    const std::uint32_t born_ = process_generation();
    const std::string never_up_;
    gate gate_;
    topic_table topics_;
    // Apart, because these are written all the time, and what is around them is read in each submit.
    alignas(64) bell bell_;
    broker_states brokers_;
    alignas(64) instance instance_;
    alignas(64) helper helper_;
    security security_;
    connection_watch watch_;
    token_fetch tokens_{bell_};
    std::atomic<bool> full_{false};
    std::atomic<bool> released_{false};
    // Of a disconnect: how long it may take, whether something had to be purged for it, and that it is done.
    std::atomic<std::int64_t> disconnect_by_{never};
    std::atomic<bool> cut_off_{false};
    std::atomic<bool> gone_{false};
    new_credentials credentials_;
    last_statistics statistics_;

    mutex lock_;  // guards the two lists
    port_list<&port::next> joining_;
    port_list<&port::next_leaving> leaving_;

    // the event thread's own
    port_list<&port::next> ports_;
    report_maker reports_;
    suspicions suspicions_;
    errand<std::pair<std::string, port_look>> look_{bell_};  // by host:port
    std::vector<std::string> refusers_;                      // bootstrap brokers that refused the login
    errc refused_ = errc::none;                              // by all of them; with how and why
    client_event::kind refused_how_ = client_event::kind::authentication_failed;
    std::string refused_words_;
    errc fault_ = errc::none;  // why no broker can be reached, since one was up; for who joins later
    std::string fault_words_;
    std::string last_words_;
    std::vector<std::pair<std::string, std::int64_t>> told_;  // faults, and when
    certificate_notes certificates_;
    std::string logged_;  // the failure that the log has told already
    unheard unheard_;
    early_log early_;
    std::uint32_t rises_told_ = 0;
    bool up_told_ = false;
    std::int64_t down_due_ = never;  // when all_brokers_down is to be told
    bool dying_ = false;
    std::array<std::int64_t, 3> replaced_at_{};
    std::int64_t try_again_at_ = never;
};

}  // namespace stentor::inline v0::detail::kafka

// ---- stentor/detail/kafka/connect/await.ipp

// How a caller waits until a client is connected, and what it is told when it is not.

#include <map>

// ---- stentor/detail/kafka/connect/probe.hpp

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

// ---- stentor/detail/kafka/connect/resolution.hpp

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

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

// A look at a port with a few bytes of our own: librdkafka says no more than that the peer has hung up.

namespace stentor::inline v0::detail::kafka {

// A connection with a deadline for all that is done on it.
class probe_socket {
public:
    probe_socket(const address& to, instant until) : until_(until) {
        fd_ = ::socket(to.where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd_ < 0) {
            error_ = errno;
            return;
        }
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to.where), to.size) != 0) {
            error_ = errno;
            if (error_ == EINPROGRESS) {
                socklen_t size = sizeof error_;
                error_ = ready(POLLOUT) ? 0 : ETIMEDOUT;
                if (error_ == 0) {
                    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error_, &size);
                }
            }
        }
    }
    ~probe_socket() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    probe_socket(const probe_socket&) = delete;
    probe_socket& operator=(const probe_socket&) = delete;

    // 0: connected; else an errno.
    [[nodiscard]] int error() const noexcept { return error_; }

    [[nodiscard]] bool send(std::string_view bytes) noexcept {
        return error_ == 0 && ready(POLLOUT) &&
               ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }
    // So many bytes, or fewer when the peer hangs up or the time is over.
    [[nodiscard]] std::string receive(std::size_t count) {
        std::string got;
        std::array<char, 512> part{};
        while (error_ == 0 && got.size() < count && ready(POLLIN)) {
            const ssize_t n = ::recv(fd_, part.data(), std::min(part.size(), count - got.size()), 0);
            if (n <= 0) {
                break;
            }
            got.append(part.data(), static_cast<std::size_t>(n));
        }
        return got;
    }

private:
    [[nodiscard]] bool ready(short what) const noexcept {
        for (;;) {
            const std::int64_t left = (until_ - monotonic_now()).count();
            if (left <= 0) {
                return false;
            }
            pollfd one{fd_, what, 0};
            const std::timespec wait{static_cast<std::time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
            const int n = ::ppoll(&one, 1, &wait, nullptr);
            if (n >= 0 || errno != EINTR) {  // a signal says nothing of the peer
                return n > 0;
            }
        }
    }

    int fd_ = -1;
    int error_ = 0;
    instant until_;
};

// The beginning of a TLS 1.2 handshake that every server answers, if only with an alert.
[[nodiscard]] inline std::string client_hello() {
    std::string random;
    while (random.size() < 32) {
        random += static_cast<char>(this_threads_clock.next() >> 56U);
    }
    constexpr std::string_view suites("\x00\x04\xc0\x2f\x00\x2f", 6);  // two that every server knows
    std::string hello = std::string("\x03\x03", 2) + random + '\0';
    hello.append(suites).append("\x01\x00", 2);
    const auto be = [](std::size_t n) { return std::string{static_cast<char>(n >> 8U), static_cast<char>(n)}; };
    const std::string message = std::string("\x01\x00", 2) + be(hello.size()) + hello;
    return std::string("\x16\x03\x01", 3) + be(message.size()) + message;
}

// A Kafka request without a body of flexible version: size, key, version, correlation id, client id, body.
[[nodiscard]] inline std::string kafka_request(std::int16_t key, std::string_view body) {
    const auto be = [](std::uint32_t n, unsigned bytes) {
        std::string text;
        while (bytes-- > 0) {
            text += static_cast<char>(n >> (8 * bytes));
        }
        return text;
    };
    constexpr std::string_view client = "stentor-probe";
    std::string all =
        be(static_cast<std::uint16_t>(key), 2) + be(0, 2) + be(1, 4) + be(static_cast<std::uint32_t>(client.size()), 2);
    all.append(client).append(body);
    return be(static_cast<std::uint32_t>(all.size()), 4) + all;
}

[[nodiscard]] inline port_look greet_with_tls(const address& where, instant until) {
    probe_socket s(where, until);
    if (s.error() != 0) {
        return {s.error() == ETIMEDOUT ? port_look::kind::unknown : port_look::kind::nobody, {}};
    }
    const std::string first = s.send(client_hello()) ? s.receive(2) : std::string{};
    const bool tls = first.size() == 2 && (first[0] == '\x16' || first[0] == '\x15') && first[1] == '\x03';
    return {tls ? port_look::kind::tls : port_look::kind::unknown, {}};
}

// Asks in plaintext for SASL by a name that no listener knows: one that has SASL says which mechanisms there are, one without says
// that the request is out of place.
[[nodiscard]] inline port_look ask_for_sasl(const address& where, instant until) {
    constexpr std::int16_t sasl_handshake = 17;
    constexpr unsigned unsupported_mechanism = 33;
    constexpr unsigned illegal_state = 34;
    probe_socket s(where, until);
    if (!s.send(kafka_request(sasl_handshake, std::string_view("\0\x04NONE", 6)))) {
        return {};
    }
    const std::string head = s.receive(4);
    if (head.size() != 4 || head[0] != 0 || head[1] != 0) {
        return {};
    }
    const auto at = [](std::string_view text, std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
    const std::string body = s.receive(at(head, 2) << 8U | at(head, 3));
    if (body.size() < 10) {
        return {};
    }
    const unsigned code = at(body, 4) << 8U | at(body, 5);
    if (code == illegal_state) {
        return {port_look::kind::kafka, {}};
    }
    if (code != unsupported_mechanism) {
        return {};
    }
    std::vector<std::string_view> names;
    for (std::size_t i = 10; i + 2 <= body.size();) {
        const std::size_t size = at(body, i) << 8U | at(body, i + 1);
        if (i + 2 + size > body.size()) {
            break;
        }
        names.push_back(std::string_view(body).substr(i + 2, size));
        i += 2 + size;
    }
    return {port_look::kind::kafka_sasl, mechanism_list(names)};
}

[[nodiscard]] inline port_look look_at_port(const std::vector<address>& where, instant until) {
    // Each gets its share: one that says nothing must not take all of it.
    std::size_t greetings = 2 * where.size();
    const auto share = [&] {
        const instant now = monotonic_now();
        return now + (until - now) / static_cast<std::int64_t>(greetings--);
    };
    port_look all{where.empty() ? port_look::kind::unknown : port_look::kind::nobody, {}};
    for (const address& a : where) {
        port_look found = greet_with_tls(a, share());
        const instant then = share();
        if (found.what == port_look::kind::unknown) {
            found = ask_for_sasl(a, then);
        }
        if (found.what == port_look::kind::unknown) {
            all = found;
        } else if (found.what != port_look::kind::nobody) {
            return found;
        }
    }
    return all;
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/connect/topic_check.hpp

#include <librdkafka/rdkafka.h>

// Are the topics there that a service needs? With calls that block, on the caller's thread.

namespace stentor::inline v0::detail::kafka {

class topic_check {
public:
    topic_check(const std::vector<topic_settings>& wanted, instant until) : until_(until) {
        for (const topic_settings& t : wanted) {
            all_.push_back({&t, state::open, RD_KAFKA_RESP_ERR_NO_ERROR, {}});
        }
    }

    // Asks for them to be made. Those that are there already stay as they are; what cannot be made may still turn out to be there.
    // False: nobody has answered, ask again.
    [[nodiscard]] bool create(rd_kafka_t* client) {
        char why[256];
        std::vector<new_topic_ptr> topics;
        topics.reserve(all_.size());
        for (one& o : all_) {
            if (new_topic_ptr t = new_topic(o.what->name.c_str(), o.what, why, sizeof why)) {
                topics.push_back(std::move(t));
            } else {
                refuse(o, RD_KAFKA_RESP_ERR__INVALID_ARG, why);
            }
        }
        rd_kafka_resp_err_t put_off = RD_KAFKA_RESP_ERR_NO_ERROR;
        not_created_ =
            create_topics(client, topics, left_ms(), [&](const rd_kafka_topic_result_t& result) { hear_created(result, put_off); });
        if (not_created_ == RD_KAFKA_RESP_ERR_NO_ERROR) {
            not_created_ = put_off;
        }
        return not_created_ == RD_KAFKA_RESP_ERR_NO_ERROR;
    }

    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    // Asks once for that one, if it is still open. `patient`: when it is missing it may be on its way, and stays open.
    void ask(rd_kafka_t* client, std::size_t which, bool patient) {
        one& o = all_[which];
        if (o.now == state::open && left_ms() > 0) {
            hear(o, metadata_of(client, o.what->name), patient);
        }
    }
    [[nodiscard]] bool done() const noexcept {
        return std::none_of(all_.begin(), all_.end(), [](const one& o) { return o.now == state::open; });
    }
    [[nodiscard]] int left_ms() const noexcept {
        const auto left = std::chrono::ceil<milliseconds>(until_ - monotonic_now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000));
    }

    // All that is wrong, at once.
    [[nodiscard]] result<void> answer() const {
        std::string cause;
        errc worst = errc::none;
        for (const one& o : all_) {
            if (o.now == state::there) {
                continue;
            }
            cause.append(cause.empty() ? "" : "; ").append(o.what->name).append(": ");
            errc kind = errc::deadline_exceeded;
            if (o.code == RD_KAFKA_RESP_ERR_NO_ERROR) {
                cause += "no answer";
            } else {
                kind = condition(o.code);
                cause.append(o.words.empty() ? "" : "cannot be created: ").append(::rd_kafka_err2name(o.code));
                cause.append(o.words.empty() ? "" : ": ").append(o.words);
                if (o.now == state::open && not_created_ != RD_KAFKA_RESP_ERR_NO_ERROR) {
                    cause.append(", and the request to create it failed: ").append(::rd_kafka_err2name(not_created_));
                }
            }
            worst = weight(kind) > weight(worst) ? kind : worst;
        }
        if (worst == errc::none) {
            return {};
        }
        return error(worst, std::move(cause));
    }

private:
    enum class state : std::uint8_t {
        open,
        there,
        wrong,
    };
    struct one {
        const topic_settings* what;
        state now;
        rd_kafka_resp_err_t code;
        std::string words;  // why it could not be created
    };

    static void refuse(one& o, rd_kafka_resp_err_t code, const char* words) {
        o.now = state::wrong;
        o.code = code;
        o.words = words != nullptr && *words != '\0' ? words : ::rd_kafka_err2str(code);
    }

    void hear_created(const rd_kafka_topic_result_t& result, rd_kafka_resp_err_t& put_off) {
        const std::string_view name = ::rd_kafka_topic_result_name(&result);
        const rd_kafka_resp_err_t code = ::rd_kafka_topic_result_error(&result);
        for (one& o : all_) {
            if (o.what->name != name) {
                continue;
            }
            switch (code) {
                case RD_KAFKA_RESP_ERR_NO_ERROR:
                case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: break;
                // The cluster is choosing its controller, or is slow: later perhaps.
                case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
                case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: put_off = code; break;
                // Who may not create may still use what is there.
                case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
                case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
                    o.code = code;
                    o.words = ::rd_kafka_topic_result_error_string(&result);
                    break;
                default: refuse(o, code, ::rd_kafka_topic_result_error_string(&result)); break;
            }
        }
    }

    [[nodiscard]] rd_kafka_resp_err_t metadata_of(rd_kafka_t* client, const std::string& name) const {
        const owned<rd_kafka_topic_t, ::rd_kafka_topic_destroy> handle(::rd_kafka_topic_new(client, name.c_str(), nullptr));
        if (handle == nullptr) {
            return RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
        }
        const rd_kafka_metadata_t* told = nullptr;
        const rd_kafka_resp_err_t code = ::rd_kafka_metadata(client, 0, handle.get(), &told, left_ms());
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return code;
        }
        const owned<const rd_kafka_metadata_t, ::rd_kafka_metadata_destroy> holder(told);
        return told->topic_cnt == 1 ? told->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    }

    static void hear(one& o, rd_kafka_resp_err_t code, bool patient) {
        switch (code) {
            case RD_KAFKA_RESP_ERR_NO_ERROR: o.now = state::there; break;
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
                // What was refused when it was to be created says more.
                if (o.words.empty()) {
                    o.code = code;
                    o.now = patient ? state::open : state::wrong;
                } else {
                    o.now = state::wrong;
                }
                break;
            case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
                o.code = code;
                o.words.clear();
                o.now = state::wrong;
                break;
            default:
                // Being made, or no answer: later perhaps.
                if (o.words.empty() && code != RD_KAFKA_RESP_ERR__TRANSPORT && code != RD_KAFKA_RESP_ERR__TIMED_OUT) {
                    o.code = code;
                }
                break;
        }
    }

    [[nodiscard]] static errc condition(rd_kafka_resp_err_t code) noexcept {
        switch (code) {
            case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
            case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
            case RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT:
            case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
            case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
            case RD_KAFKA_RESP_ERR__INVALID_ARG: return errc::invalid_config;
            case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return errc::unknown_topic;
            default: return classify(static_cast<std::int32_t>(code)).code;
        }
    }
    [[nodiscard]] static int weight(errc code) noexcept {
        switch (code) {
            case errc::none: return 0;
            case errc::deadline_exceeded: return 1;
            case errc::authorization: return 3;
            case errc::unknown_topic: return 4;
            case errc::invalid_config: return 5;
            default: return 2;
        }
    }

    instant until_;
    std::vector<one> all_;
    rd_kafka_resp_err_t not_created_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // of the last request as a whole
};

}  // namespace stentor::inline v0::detail::kafka

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
// ---- stentor/detail/kafka/connect/login.ipp

// What a client logs in with, when that changes while it runs; and its end before its time.

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
// ---- stentor/detail/kafka/event_loop.ipp

// What the event thread of a client does.

namespace stentor::inline v0::detail::kafka {

inline void* engine::thread_main(void* self) noexcept {
    auto& owned = *static_cast<std::shared_ptr<engine>*>(self);
    const std::unique_ptr<std::shared_ptr<engine>> holder(&owned);
    {
        const event_scope everything_here_runs_on_the_event_thread;
        owned->run();
    }
    owned.reset();
    process_state::instance().wound_down();
    return nullptr;
}

inline void engine::run() noexcept {
    for (;;) {
        const std::uint32_t why = bell_.answer();
        change_ports();
        if ((why & bell::brokers_changed) != 0) {
            tell_brokers();
        }
        if ((why & bell::take_back) != 0) {
            instance_.purge(RD_KAFKA_PURGE_F_QUEUE);
        }
        while (rd_kafka_event_t* const event = instance_.next_event()) {
            hear(owned_event(event));
            fire_alarms();
        }
        hear_again();
        // Behind what was in the queue when they came.
        if ((why & bell::new_credentials) != 0) {
            begin_with_new_credentials();
        }
        if ((why & bell::errand_done) != 0) {
            hear_look();
            tokens_.give(instance_.client());
        }
        // Who was refused may have rung for a client that has been replaced since.
        if ((why & bell::fatal) != 0 && !dying_ && !gone_.load(std::memory_order_relaxed) &&
            ::rd_kafka_fatal_error(instance_.client(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            began_fatal();
        }
        // The queue's counts drop only when events are destroyed, so this comes after them.
        if (full_.exchange(false, std::memory_order_seq_cst) || (why & bell::resume) != 0) {
            resume();
        }
        fire_alarms();
        tell_down_when_due();
        finish_retired();
        replace_when_drained();
        disconnect_when_drained();
        if (released_.load(std::memory_order_acquire) && ports_.empty()) {
            const guard g(lock_);
            if (joining_.empty()) {
                break;
            }
        }
        bell_.sleep(next_alarm(), [this] { return next_alarm(); });
    }
    const instant ending = monotonic_now();
    helper_.let_go();
    helper_.stop_and_join();
    close_client();
    tokens_.wait_until(ending + std::chrono::seconds(1));
}

inline void engine::change_ports() noexcept {
    port_list<&port::next> joining;
    port_list<&port::next_leaving> leaving;
    {
        const guard g(lock_);
        joining.swap(joining_);
        leaving.swap(leaving_);
    }
    const bool some_join = !joining.empty();
    while (std::shared_ptr<port> p = joining.pop_front()) {
        events& core = *p->core;
        ports_.push_back(std::move(p));
        greet(core);
        early_.tell(core);
    }
    if (some_join) {
        early_.end();
    }
    while (const std::shared_ptr<port> p = leaving.pop_front()) {
        p->leaving = true;
    }
}

inline void engine::resume() noexcept {
    const moment at = read_moment();
    for (port& p : ports_) {
        if (!p.leaving) {
            p.core->resumed(at);
        }
    }
}

inline void engine::fire_alarms() noexcept {
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    for (port& p : ports_) {
        if (p.alarm.load(std::memory_order_seq_cst) <= now) {
            p.alarm.exchange(never, std::memory_order_seq_cst);
            if (!p.leaving) {
                p.core->woken(read_moment());
            }
        }
    }
}

inline void engine::finish_retired() noexcept {
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    bool some_leave = false;
    bool others = false;
    for (const port& p : ports_) {
        some_leave = some_leave || p.leaving;
        others = others || !p.leaving || now < p.until;
    }
    if (!some_leave) {
        return;
    }
    if (!others) {
        const guard g(lock_);
        others = !joining_.empty();
    }
    port_list<&port::next> all;
    all.swap(ports_);
    while (std::shared_ptr<port> p = all.pop_front()) {
        if (p->leaving && p->drained()) {
            // What is kept may hold the publisher, its transport, and with it the last handle of this client.
            const std::shared_ptr<void> last = std::move(p->keep);
            continue;
        }
        if (p->leaving && !p->purged && now >= p->until) {
            p->purged = true;
            // A purge is for the whole client. What others have not sent comes back and goes out again; what they have on its way
            // must not be thrown away, so then this port waits for librdkafka's own time-out.
            instance_.purge(others ? RD_KAFKA_PURGE_F_QUEUE : RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        }
        ports_.push_back(std::move(p));
    }
}

inline void engine::began_fatal() noexcept {
    gate_.shut(gate::replacing);
    if (std::exchange(dying_, true)) {
        return;
    }
    std::array<char, 512> words{};
    const rd_kafka_resp_err_t code = ::rd_kafka_fatal_error(instance_.client(), words.data(), words.size());
    fault_ = errc::none;
    last_words_ = words_of(
        [&] { return credentials_.scrubbed(std::string(::rd_kafka_err2name(code)).append(": ").append(words.data()), config_); });
    // Nothing of it can be sent any more; what is on its way gets its own answer.
    instance_.purge(RD_KAFKA_PURGE_F_QUEUE);
    try {
        watch_.died(of_death(static_cast<std::int32_t>(code), last_words_));
    } catch (const std::bad_alloc&) {
        watch_.changed();  // who waits for the connection then waits for the next one
    }
    tell({client_event::kind::fatal, errc::fatal, last_words_});
}

// After a fatal error librdkafka's client is of no use any more. A new one may start only when nothing of the old one can be
// reported, so that no record is in two clients at once.
inline void engine::replace_when_drained() noexcept {
    if (!dying_ || disconnected() || (released_.load(std::memory_order_acquire) && ports_.empty())) {
        return;
    }
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    try_again_at_ = now + 20'000'000;
    // Who joined before the gate was shut may be inside librdkafka at this moment, and must be among those that are looked at.
    change_ports();
    if (!drained()) {
        return;
    }
    constexpr std::int64_t minute = 60'000'000'000;
    if (replaced_at_[0] != 0 && now - replaced_at_[0] < minute) {
        try_again_at_ = replaced_at_[0] + minute;
        return;
    }
    std::rotate(replaced_at_.begin(), replaced_at_.begin() + 1, replaced_at_.end());
    replaced_at_.back() = now;
    helper_.let_go();
    close_client();
    up_told_ = false;  // that it was fatal says enough; what comes next is that the new client is up
    down_due_ = never;
    try {
        instance_.create(current_config(), brokers_, bell_.descriptor());
    } catch (const std::exception& e) {
        last_words_ = detail::words(e.what());
        tell({client_event::kind::fault, errc::fatal, last_words_});
        return;
    }
    helper_.serve(instance_.client());
    credentials_.give_to(instance_.client());
    watch_.begins_anew();
    dying_ = false;
    try_again_at_ = never;
    gate_.open(gate::replacing);
    resume();
}

inline bool engine::drained() const noexcept {
    for (const port& p : ports_) {
        if (!p.drained()) {
            return false;
        }
    }
    return true;
}

// The gate is shut for good: when nothing is outstanding any more, or has been purged, librdkafka's client goes. The threads stay
// for the publishers that are still there.
inline void engine::disconnect_when_drained() {
    const std::int64_t by = disconnect_by_.load(std::memory_order_acquire);
    if (by == never || gone_.load(std::memory_order_relaxed)) {
        return;
    }
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    change_ports();
    if (!drained()) {
        if (now >= by && !cut_off_.exchange(true)) {
            instance_.purge(RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        }
        try_again_at_ = std::min(now + 20'000'000, std::max(by, now + 1'000'000));
        return;
    }
    try_again_at_ = never;
    helper_.let_go();
    up_told_ = false;  // nobody is alarmed by what was asked for
    down_due_ = never;
    close_client();
    gone_.store(true, std::memory_order_release);
    watch_.changed();
}

inline void engine::close_client() {
    topics_.each([](topic_entry& t) {
        if (rd_kafka_topic_t* const handle = t.handle.exchange(nullptr)) {
            ::rd_kafka_topic_destroy(handle);
        }
        t.now.store(topic_entry::state::fresh, std::memory_order_release);
    });
    unheard_.clear();
    while (rd_kafka_event_t* const event = instance_.next_event()) {
        ::rd_kafka_event_destroy(event);
    }
    instance_.destroy();
    brokers_.forget();
}

inline port* engine::port_of(const events* core) noexcept {
    for (int round = 0; round < 2; ++round) {
        for (port& p : ports_) {
            if (p.core == core) {
                return &p;
            }
        }
        change_ports();
    }
    return nullptr;
}

inline std::int64_t engine::next_alarm() const noexcept {
    std::int64_t next = std::min({try_again_at_, down_due_, unheard_.due()});
    for (const port& p : ports_) {
        if (!p.leaving) {
            next = std::min(next, p.alarm.load(std::memory_order_seq_cst));
        } else if (!p.purged) {
            next = std::min(next, p.until);
        } else {
            // A submitter that has just been turned away rings no bell.
            next = std::min(next, read_clock(CLOCK_MONOTONIC) + 20'000'000);
        }
    }
    return next;
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/hearing.ipp

// What the event thread hears from librdkafka, and what it tells the publishers of that.

namespace stentor::inline v0::detail::kafka {

inline void engine::hear(owned_event event) noexcept {
    const rd_kafka_event_type_t what = ::rd_kafka_event_type(event.get());
    try {
        switch (what) {
            case RD_KAFKA_EVENT_DR: hear_reports(event.get()); break;
            case RD_KAFKA_EVENT_ERROR: hear_error(event.get()); break;
            case RD_KAFKA_EVENT_LOG: hear_log(event.get()); break;
            case RD_KAFKA_EVENT_STATS: statistics_.keep(::rd_kafka_event_stats(event.get())); break;
            case RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH: tokens_.begin(config_.tokens, instance_.client()); break;
            default: break;
        }
    } catch (const std::bad_alloc&) {
        if (what != RD_KAFKA_EVENT_STATS) {
            unheard_.keep(std::move(event), read_clock(CLOCK_MONOTONIC));
        }
    }
}

inline void engine::hear_again() noexcept {
    if (unheard_.due() <= read_clock(CLOCK_MONOTONIC)) {
        unheard_.each([this](owned_event&& event) noexcept { hear(std::move(event)); });
    }
}

inline void engine::hear_reports(rd_kafka_event_t* event) noexcept {
    const moment at = read_moment();
    const events* last_core = nullptr;
    port* to = nullptr;
    while (const rd_kafka_message_t* const m = ::rd_kafka_event_message_next(event)) {
        completion& c = *static_cast<completion*>(m->_private);
        if (c.owner != last_core) {
            last_core = c.owner;
            to = port_of(last_core);
        }
        if (to == nullptr) {
            continue;
        }
        ++to->reported;
        const report& r = reports_.make(*m, !to->leaving);
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_headers_t* list = nullptr;
            // Only a success gives its list back: a failed record is handed back with views into it.
            if (recycle_ && c.attached &&
                ::rd_kafka_message_detach_headers(const_cast<rd_kafka_message_t*>(m), &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
                static_cast<recycled_headers*>(c.attached.get())->give_back(list);
            }
        } else if (m->rkt != nullptr && r.outcome == outcome::not_persisted) {
            topics_.each([&, name = std::string_view(::rd_kafka_topic_name(m->rkt))](topic_entry& t) {
                if (t.name == name) {
                    doubt(t, m->err);
                }
            });
        }
        to->core->completed(c, r, at);
    }
}

inline void engine::hear_error(rd_kafka_event_t* event) {
    const rd_kafka_resp_err_t code = ::rd_kafka_event_error(event);
    // The event of a fatal error has the code of its cause: the client itself knows best.
    if (::rd_kafka_fatal_error(instance_.client(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        began_fatal();
        return;
    }
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        return;  // says that of one disconnect of one broker: broker_states knows better
    }
    const char* const words = ::rd_kafka_event_error_string(event);
    const std::string_view text = words != nullptr ? words : ::rd_kafka_err2str(code);
    if (std::exchange(logged_, {}) != text) {
        hear_failure(static_cast<std::int32_t>(code), text);
    }
}

inline void engine::hear_failure(std::int32_t code, std::string_view words) {
    security known = security_;
    known.proven = brokers_.ever_ready();
    diagnosis d = diagnose(code, with_certificate(words, certificates_.take(words)), known);
    d.cause = credentials_.scrubbed(std::move(d.cause), config_);  // a broker may have said anything
    const errc kind = d.code;
    const bool guessed = d.open != diagnosis::doubt::none;
    const bool of_a_broker = words.find(": ") != std::string_view::npos;
    if (kind == errc::authentication && !guessed && of_a_broker && credentials_.failed_before(read_failure(words, {}).broker)) {
        return;
    }
    last_words_ = d.cause;
    if (is_about_a_token(words)) {
        // No broker was asked.
        d.hint = "Look at the token_source: it gave no token, or one that librdkafka refuses.";
        // librdkafka asks again after some seconds: who is connected stays so, and an outage of a cluster that was there may end.
        if (!brokers_.ready()) {
            watch_.died(std::move(d));
        }
        if (brokers_.up() || brokers_.ever_ready()) {
            tell({client_event::kind::fault, kind, last_words_});
        } else {
            tell_refused(client_event::kind::authentication_failed, kind);
        }
        return;
    }
    if (!brokers_.ready() && of_a_broker) {
        connection_failure f = read_failure(words, std::move(d));
        if (guessed && !known.proven) {
            suspicions_.hung_up(f.broker, f.why, brokers_.rises(), read_clock(CLOCK_MONOTONIC));
            look_at_suspect();
        } else if (!f.beyond_connect) {
            suspicions_.drop(f.broker);
        }
        watch_.failed(std::move(f));
    }
    if ((kind == errc::authentication || kind == errc::tls) && !guessed && !known.proven) {
        refused_login(kind, last_words_);
    } else {
        fault_words_ = last_words_;
        fault_ = kind;
        if (is_news(last_words_)) {
            tell({client_event::kind::fault, kind, last_words_});
        }
    }
}

inline void engine::look_at_suspect() {
    const std::string* const broker = suspicions_.next();
    if (broker == nullptr || look_.under_way()) {
        return;
    }
    [[maybe_unused]] const bool begun = look_.begin("stentor-look", [name = *broker, family = security_.family]() mutable noexcept {
        port_look seen{};
        try {
            const instant until = monotonic_now() + std::chrono::seconds(2);
            const auto colon = name.rfind(':');
            const resolution where(name.substr(0, colon), colon != std::string::npos ? name.substr(colon + 1) : std::string{},
                                   family);
            seen = look_at_port(where.wait_until(until).addresses, until);
        } catch (const std::bad_alloc&) {
            seen = {};
        }
        return std::pair(std::move(name), std::move(seen));
    });
}

inline void engine::hear_look() noexcept {
    try {
        if (const auto seen = look_.take()) {
            if (auto d = suspicions_.looked_at(seen->first, seen->second, security_); d && !brokers_.ever_ready()) {
                last_words_ = std::move(d->cause);
                refused_login(d->code, last_words_);
            }
            look_at_suspect();
        }
    } catch (const std::bad_alloc&) {
        return;  // the next failure of that broker begins it anew
    }
}

// One broker of several that is away for long fails the same way twice a second: while others are up, that is told every 10 s.
inline bool engine::is_news(const std::string& last_words) {
    std::string words = without_number(last_words);
    constexpr std::int64_t a_while = 10'000'000'000;
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    std::erase_if(told_, [&](const auto& t) { return now - t.second > a_while; });
    const bool told = std::any_of(told_.begin(), told_.end(), [&](const auto& t) { return t.first == words; });
    if (!told) {
        told_.emplace_back(std::move(words), now);
    }
    return !told || !brokers_.up();
}

// Newer versions say some things only in their log: a listener that wants TLS or SASL and just hangs up.
inline void engine::hear_log(rd_kafka_event_t* event) {
    const char* facility = nullptr;
    const char* text = nullptr;
    int level = 0;
    if (::rd_kafka_event_log(event, &facility, &text, &level) != 0) {
        return;
    }
    const std::string_view about(facility);
    std::string_view words(text);
    if (const auto thread = words.find("]: "); words.starts_with("[thrd:") && thread != std::string_view::npos) {
        words.remove_prefix(thread + 3);
    }
    if (about == "GETPID" && words.starts_with("Acquired PID")) {
        watch_.has_producer_id();
        helper_.has_producer_id();
    } else if (about == "SSLCERTVRFY") {
        certificates_.found(words);
    } else if (about == "FAIL" && !brokers_.ever_ready() && words.find("Disconnected") != std::string_view::npos) {
        logged_ = words;
        hear_failure(RD_KAFKA_RESP_ERR__TRANSPORT, words);
    }
    pass_on(level, about, words);
}

// To whom wants lines of that level; most want none, and then it costs nothing.
inline void engine::pass_on(int level, std::string_view facility, std::string_view words) noexcept {
    level = sobered(level, facility, words);
    int wanted = early_.wanted();
    for (const port& p : ports_) {
        wanted = std::max(wanted, p.leaving ? -1 : p.core->client_log_level());
    }
    if (level > wanted) {
        return;
    }
    try {
        const std::string text = credentials_.scrubbed(std::string(words), config_);
        const client_log line{level, facility, class_of_line(facility, words), text};
        const moment at = read_moment();
        early_.keep(line, at);
        for (port& p : ports_) {
            if (!p.leaving && level <= p.core->client_log_level()) {
                p.core->client_logged(line, at);
            }
        }
    } catch (const std::bad_alloc&) {
        return;  // a line that nobody reads
    }
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/submit.ipp

// How a record is handed to librdkafka, and what is answered when it is not.

namespace stentor::inline v0::detail::kafka {

inline rd_kafka_resp_err_t engine::produce(const topic_entry& topic, const record& r, completion& c) noexcept {
    recycled_headers* mine = nullptr;
    rd_kafka_headers_t* list = nullptr;
    if (recycle_) {
        if (!r.headers.empty()) {
            if (!c.attached) {
                c.attached.reset(new (std::nothrow) recycled_headers);
            }
            mine = static_cast<recycled_headers*>(c.attached.get());
            list = mine != nullptr ? mine->lend(r.headers) : new_header_list(r.headers);
        }
    } else {
        list = new_header_list(r.headers);
    }
    // An array and not the variadic call, which takes an eighth more instructions. One list and not single headers: those are freed
    // twice when the partition is unknown.
    std::array<rd_kafka_vu_t, 8> what;
    what[0].vtype = RD_KAFKA_VTYPE_RKT;
    what[0].u.rkt = topic.handle.load(std::memory_order_relaxed);
    what[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    what[1].u.i32 = r.partition;
    what[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    what[2].u.i = RD_KAFKA_MSG_F_COPY;
    what[3].vtype = RD_KAFKA_VTYPE_KEY;
    what[3].u.mem = {const_cast<char*>(r.key.data()), r.key.size()};
    what[4].vtype = RD_KAFKA_VTYPE_VALUE;
    what[4].u.mem = {const_cast<char*>(r.value.data()), r.value.size()};
    what[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    what[5].u.i64 = r.time.time_since_epoch().count();
    what[6].vtype = RD_KAFKA_VTYPE_OPAQUE;
    what[6].u.ptr = &c;
    what[7].vtype = RD_KAFKA_VTYPE_HEADERS;
    what[7].u.headers = list;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (rd_kafka_error_t* const failed = ::rd_kafka_produceva(instance_.client(), what.data(), what.size())) [[unlikely]] {
        // After a fatal error this says the error's cause, where the variadic call says that it was fatal.
        code = ::rd_kafka_error_is_fatal(failed) != 0 ? RD_KAFKA_RESP_ERR__FATAL : ::rd_kafka_error_code(failed);
        ::rd_kafka_error_destroy(failed);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && list != nullptr) {
        if (mine != nullptr) {
            mine->give_back(list);
        } else {
            recycled_headers::discard(list);
        }
    }
    return code;
}

inline fault engine::not_open(const port& p, std::uint32_t shut, std::string_view topic) noexcept {
    if (p.retired.load(std::memory_order_relaxed)) {
        return closed("close() was called");
    }
    if ((shut & gate::closed) != 0) {
        return closed("disconnect() was called");
    }
    // The helper asks for the topic until a broker answers: that also makes librdkafka connect.
    topic_entry* const t = topics_.find(topic.data());
    if (t != nullptr && t->now.load(std::memory_order_acquire) == topic_entry::state::known) {
        helper_.want_broker(*t);
    } else if (fault f = look_up(topic); !f.again) {
        return f;
    }
    return fault::not_now((shut & ~gate::down) == gate::never_up ? never_up_.c_str() : gate::text(shut));
}

inline fault engine::refusal_of(const topic_entry& t) noexcept {
    const auto code = static_cast<rd_kafka_resp_err_t>(t.refusal.load(std::memory_order_relaxed));
    const auto why = static_cast<rd_kafka_resp_err_t>(t.not_created.load(std::memory_order_relaxed));
    fault f = fault_of(code);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && why != RD_KAFKA_RESP_ERR_NO_ERROR) {
        try {
            f.cause.append(f.name).append(", and it cannot be created: ").append(::rd_kafka_err2name(why));
        } catch (const std::exception&) {
            f.cause.clear();  // the name alone says less
        }
    }
    return f;
}

inline fault engine::look_up(std::string_view name) noexcept {
    try {
        return look_up_or_throw(name);
    } catch (const std::bad_alloc&) {
        fault f;
        f.code = errc::out_of_memory;
        f.name = "while the topic was looked up";
        return f;
    }
}

inline fault engine::look_up_or_throw(std::string_view name) {
    using state = topic_entry::state;
    if (!is_topic_name(name)) {
        fault f = fault_of(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION);
        f.cause = words("a topic's name is 1 to 249 of a-z A-Z 0-9 . _ - (and not . or ..)");
        return f;
    }
    topic_entry& t = topics_.find_or_add(name);
    for (;;) {
        state seen = t.now.load(std::memory_order_acquire);
        if (seen == state::refused && read_clock(CLOCK_MONOTONIC) < t.recheck_at.load(std::memory_order_relaxed)) {
            return refusal_of(t);
        }
        if (seen == state::looking || seen == state::known) {
            break;
        }
        if (t.now.compare_exchange_strong(seen, state::looking, std::memory_order_acq_rel)) {
            try {
                helper_.look_up(t);
            } catch (const std::bad_alloc&) {
                t.now.store(state::fresh, std::memory_order_release);  // who comes next asks
                bell_.ring(bell::resume);                              // and so do those that took it for asked meanwhile
                throw;
            }
            break;
        }
    }
    const std::int32_t delay = t.delay.load(std::memory_order_relaxed);
    return fault::not_now(looking_text(delay), delay);
}

// What librdkafka said at once. None of it is told twice: no report follows.
inline fault engine::refused(rd_kafka_resp_err_t code, std::string_view topic) noexcept {
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        full_.store(true, std::memory_order_seq_cst);
        return fault::not_now("_QUEUE_FULL", static_cast<std::int32_t>(code));
    }
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        gate_.shut(gate::replacing);
        bell_.ring(bell::fatal);
        return fault::not_now(gate::text(gate::replacing), static_cast<std::int32_t>(code));
    }
    if (topic_entry* const t = topics_.find(topic.data())) {
        doubt(*t, code);
    }
    return fault_of(code);
}

// A failure that may mean that the topic is not what it was: the next record asks first.
inline void engine::doubt(topic_entry& t, rd_kafka_resp_err_t code) noexcept {
    switch (code) {
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT: {
            topic_entry::state known = topic_entry::state::known;
            t.now.compare_exchange_strong(known, topic_entry::state::fresh, std::memory_order_acq_rel);
            break;
        }
        default: break;
    }
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/detail/kafka/telling.ipp

// What the publishers of a client are told of it.

namespace stentor::inline v0::detail::kafka {

// One that joins hears what the others heard before it came, and librdkafka does not say again for half a minute, or at all.
inline void engine::greet(events& core) noexcept {
    const moment at = read_moment();
    if (up_told_) {
        core.client({client_event::kind::broker_up, errc::none, {}}, at);
    } else if (refused_ != errc::none) {
        core.client({refused_how_, refused_, refused_words_}, at);
    } else if (fault_ != errc::none) {
        core.client({client_event::kind::fault, fault_, fault_words_}, at);
    }
}

inline void engine::tell(const client_event& what) noexcept {
    const moment at = read_moment();
    for (port& p : ports_) {
        if (!p.leaving) {
            p.core->client(what, at);
        }
    }
}

// "ssl://host:port: SSL handshake failed: …". One of several bootstrap brokers may be at fault alone; only when all say
// no, waiting is pointless.
inline void engine::refused_login(errc what, const std::string& words) {
    const std::string broker = words.substr(0, words.find(": "));
    if (std::find(refusers_.begin(), refusers_.end(), broker) == refusers_.end()) {
        refusers_.push_back(broker);
    }
    if (what == errc::authentication && security_.old_scram) {
        last_words_ += " (librdkafka before 2.6.1 is refused by Apache Kafka 4 with SCRAM, whatever the password: use a newer one)";
    }
    if (refusers_.size() < bootstrap_) {
        tell({client_event::kind::fault, what, last_words_});
    } else {
        tell_refused(what == errc::authentication ? client_event::kind::authentication_failed : client_event::kind::tls_failed,
                     what);
    }
}

inline void engine::tell_refused(client_event::kind how, errc what) {
    refused_how_ = how;
    refused_ = what;
    refused_words_ = last_words_;
    tell({how, what, refused_words_});
}

inline void engine::tell_brokers() noexcept {
    helper_.brokers_changed();
    if (brokers_.ready() && !dying_) {
        watch_.is_ready();
    } else {
        watch_.changed();
    }
    const std::uint32_t rises = brokers_.rises();
    if (brokers_.ever_ready()) {
        refusers_.clear();
        suspicions_.clear();
    } else if (!brokers_.up()) {
        if (auto d = suspicions_.gone_again(rises, read_clock(CLOCK_MONOTONIC))) {
            last_words_ = std::move(d->cause);
            try {
                refused_login(d->code, last_words_);
            } catch (const std::bad_alloc&) {
                last_words_.clear();  // the next failure of that broker begins it anew
            }
        }
    }
    // A broker that hangs up on who does not log in is up each time before it does so.
    if (rises != rises_told_ && (refused_ == errc::none || brokers_.ever_ready())) {
        rises_told_ = rises;
        unheard_.clear();
        last_words_.clear();
        refused_ = errc::none;
        fault_ = errc::none;
        down_due_ = never;
        if (!std::exchange(up_told_, true)) {
            tell({client_event::kind::broker_up, errc::none, {}});
        }
        resume();
    }
    if (up_told_ && !brokers_.up() && down_due_ == never) {
        constexpr std::int64_t swap_time = 500'000'000;
        down_due_ = brokers_.may_be_a_swap() ? read_clock(CLOCK_MONOTONIC) + swap_time : 0;
    }
    tell_down_when_due();
}

// Records are parked from the first moment, but nobody is alarmed by a connection that is only being swapped.
inline void engine::tell_down_when_due() noexcept {
    if (down_due_ == never || read_clock(CLOCK_MONOTONIC) < down_due_) {
        return;
    }
    down_due_ = never;
    if (!brokers_.up()) {
        up_told_ = false;
        const std::string cause = last_words_.empty() ? words("no broker is up") : words("no broker is up: ", last_words_);
        tell({client_event::kind::all_brokers_down, errc::broker_unavailable, cause});
    }
}

}  // namespace stentor::inline v0::detail::kafka
// ---- stentor/transport/kafka_client.hpp

/// @file
/// One Kafka client, which any number of publishers may share.

namespace stentor::inline v0 {

class kafka_transport;

/// One librdkafka producer with its event thread and its helper thread. Shared by all transports that are made from it. When the
/// last handle and the last publisher are gone, the event thread takes it down by itself; nobody waits for that, and exit() for at
/// most two seconds. All members may be called from any thread. What answers a `result` throws nothing: without memory that says
/// `out_of_memory`.
class kafka_client {
public:
    /// Checks the configuration and starts the client; connecting goes on in the background.
    /// Throws `publish_failure`: `errc::invalid_config` names what is wrong. Without memory, that or `std::bad_alloc`.
    explicit kafka_client(const kafka_config& config) : engine_(std::make_shared<detail::kafka::engine>(config)) {
        engine_->start();
    }
    /// A client that is connected: metadata have come, and it can publish at once. Otherwise the cause, as soon as it is certain:
    /// every bootstrap broker refused the connection, TLS or the login, or has no address; `deadline_exceeded` only when they say
    /// nothing at all. Its `hint` says what to do. Answers by `timeout` + 250 ms, and leaves nothing behind when it failed.
    /// `invalid_config` at once; `would_deadlock` on an event thread.
    [[nodiscard]] static result<std::shared_ptr<kafka_client>> connect(const kafka_config& config,
                                                                       nanoseconds timeout = std::chrono::seconds(10)) {
        return contained([&]() -> result<std::shared_ptr<kafka_client>> {
            auto client = std::make_shared<kafka_client>(config);
            if (auto connected = client->wait_until_connected(timeout); !connected) {
                return std::move(connected).error();
            }
            return client;
        });
    }

    ~kafka_client() { engine_->release(); }
    kafka_client(const kafka_client&) = delete;
    kafka_client& operator=(const kafka_client&) = delete;

    /// The process's one client of that configuration, made at the first call and gone with its last user. Throws as the
    /// constructor does.
    [[nodiscard]] static std::shared_ptr<kafka_client> shared(const kafka_config& config) {
        static auto* const known = new std::vector<std::weak_ptr<kafka_client>>;
        const detail::kafka::guard g(detail::kafka::process_state::instance().registry);
        std::erase_if(*known, [](const auto& one) { return one.expired(); });
        for (const auto& one : *known) {
            if (auto client = one.lock();
                client && client->config() == config && !client->engine_->forked() && !client->engine_->disconnected()) {
                return client;
            }
        }
        auto fresh = std::make_shared<kafka_client>(config);
        known->push_back(fresh);
        return fresh;
    }

    /// Waits until metadata have come, at once when a broker is connected already; fails as `connect` does. That a token could not
    /// be had, or that the client met a fatal error, is told at once one time: who asks again waits for what comes next, and hears
    /// it at `timeout` when nothing does.
    [[nodiscard]] result<void> wait_until_connected(nanoseconds timeout) {
        return contained([&] { return engine_->await_connection(later(timeout)); });
    }

    /// Are these topics (such as `config().topics`) there, and may this user see them? Waits for the connection first. When
    /// `config().create_topics` is set, what is missing is created as it is described; what is there stays as it is. One error
    /// names everything that is missing
    /// (`unknown_topic`), denied (`authorization`), or cannot be created as described (`invalid_config`). Answers by `timeout` +
    /// 250 ms. Whether this user may write to a topic that it sees, only writing shows.
    [[nodiscard]] result<void> check_topics(const std::vector<topic_settings>& topics,
                                            nanoseconds timeout = std::chrono::seconds(10)) {
        return contained([&] { return engine_->check_topics(topics, config().create_topics, later(timeout)); });
    }

    /// What it logs in with from the next connection on; connections that are up stay. For PLAIN and SCRAM: otherwise
    /// `invalid_config`. `config()` goes on saying what it was made with.
    [[nodiscard]] result<void> set_credentials(const std::string& user, const secret& password) {
        return contained([&] { return engine_->set_credentials(user, password); });
    }

    /// Ends it for everybody who shares it: their publishers accept nothing any more (`closed`), and what waits for a broker ends
    /// with that. Waits for the answers to what is on its way; at `timeout` the rest is given up (`unknown` if it may be in the
    /// log), and this says `deadline_exceeded`. Returns by `timeout` + 250 ms, with success when all is closed. `shared` makes a
    /// new client afterwards. May be called again.
    [[nodiscard]] result<void> disconnect(nanoseconds timeout = std::chrono::seconds(5)) {
        return contained([&] { return engine_->disconnect(later(timeout)); });
    }

    /// What it was made with; holds passwords.
    [[nodiscard]] const kafka_config& config() const noexcept { return engine_->config(); }
    /// What librdkafka last said of itself, as its JSON (STATISTICS.md), every `statistics.interval.ms` of
    /// `kafka_config::properties`; null before the first time, and when that is not set. For metrics:
    /// `stentor/metrics/rdkafka_statistics.hpp`.
    [[nodiscard]] std::shared_ptr<const std::string> statistics() const noexcept { return engine_->statistics(); }
    /// A broker is connected and ready.
    [[nodiscard]] bool up() const noexcept { return engine_->up(); }
    /// How many are.
    [[nodiscard]] std::size_t brokers_up() const noexcept { return engine_->brokers_up(); }

private:
    friend class kafka_transport;

    template <class Call>
    [[nodiscard]] static auto contained(Call&& call) -> decltype(call()) {
        try {
            try {
                return call();
            } catch (const publish_failure& e) {
                return e.error();  // a copy, which takes memory
            }
        } catch (const std::bad_alloc&) {
            return error(errc::out_of_memory);
        }
    }
    [[nodiscard]] static instant later(nanoseconds timeout) noexcept {
        return detail::later(detail::kafka::monotonic_now(), timeout);
    }

    std::shared_ptr<detail::kafka::engine> engine_;
};

}  // namespace stentor::inline v0

/// @file
/// The transport to Apache Kafka, over librdkafka (2.0.2 or newer).

namespace stentor::inline v0 {

/// A publisher's way to a Kafka cluster. Thin: the client behind it does the work and may serve several publishers.
/// `submit`, `now`, `wake_at`, `wait`, `take_back` and `up` may be called from any thread; reports and all other events come on the
/// client's event thread. Can be moved as long as it is not attached. `attach` comes before `submit`.
class kafka_transport {
public:
    /// A client of its own; none at all when the configuration says `enabled = false`. Throws `publish_failure` with
    /// `errc::invalid_config`.
    explicit kafka_transport(const kafka_config& config)
        : kafka_transport(config.enabled ? std::make_shared<kafka_client>(config) : nullptr) {}
    /// On a client that others may use as well: `kafka_transport{kafka_client::shared(config)}`.
    explicit kafka_transport(std::shared_ptr<kafka_client> client)
        : client_(std::move(client)), port_(std::make_shared<detail::kafka::port>()) {}
    /// Only while it is not attached.
    kafka_transport(kafka_transport&&) noexcept = default;
    kafka_transport& operator=(kafka_transport&&) = delete;
    kafka_transport(const kafka_transport&) = delete;
    kafka_transport& operator=(const kafka_transport&) = delete;
    /// Retires at once when nobody has: no event follows, and what is outstanding is purged.
    ~kafka_transport() {
        if (attached_ && client_) {
            engine().retire(port_, nullptr, instant{});
        }
    }

    /// Registers the publisher with the client. The core must live until what `retire` kept has gone.
    void attach(events& core) noexcept {
        attached_ = true;
        if (client_) {
            engine().attach(port_, core);
        }
    }

    /// Copies the record into librdkafka's queue. Answers `again` while no broker is up, while the record's topic is being looked
    /// up (once a topic), while the queue is full or the client is being replaced; `unknown_topic` or `authorization` for a topic
    /// that was looked up in vain, which is checked again after a second; `closed` after `retire` and in a forked child.
    [[nodiscard]] fault submit(const record& what, completion& which) noexcept {
        return client_ ? engine().submit(*port_, what, which) : fault{.code = errc::disabled};
    }

    /// One read of the monotonic clock. Wall time follows a jump within 100 ms.
    [[nodiscard]] moment now() noexcept { return detail::kafka::read_moment(); }
    /// One alarm a publisher: the earliest instant counts. Rings the event thread only when it must.
    void wake_at(instant when) noexcept {
        if (client_) {
            engine().wake_at(*port_, when);
        }
    }
    /// Sleeps; with a linger it also makes the client send what it holds.
    [[nodiscard]] bool wait(latch& l, instant until) noexcept { return client_ ? engine().wait(l, until) : l.wait_until(until); }

    /// `keep` goes when all reports have come. At `until` what is outstanding is purged, unless the client has other publishers:
    /// then what is on its way ends by `attempt_timeout`.
    void retire(std::shared_ptr<void> keep, instant until) noexcept {
        if (!client_) {
            return;
        }
        // `keep` may own this very transport, and the event thread may let go of it before the call has returned.
        const auto engine = client_->engine_;
        const auto port = port_;
        engine->retire(port, std::move(keep), until);
    }

    /// Of all publishers on this client.
    void take_back() noexcept {
        if (client_) {
            engine().take_back();
        }
    }
    /// `kafka_config::attempt_timeout`.
    [[nodiscard]] nanoseconds attempt_timeout() const noexcept {
        return client_ ? client_->config().attempt_timeout : nanoseconds(0);
    }
    /// A broker is connected and ready.
    [[nodiscard]] bool up() const noexcept { return client_ && client_->up(); }
    /// How many are.
    [[nodiscard]] std::size_t brokers_up() const noexcept { return client_ ? client_->brokers_up() : 0; }
    /// False when it was made from a configuration that is not: publishers on it accept nothing, and answer `errc::disabled`.
    [[nodiscard]] bool enabled() const noexcept { return client_ != nullptr; }
    /// The client behind it; only if it is `enabled`.
    [[nodiscard]] const kafka_client& client() const noexcept { return *client_; }

private:
    [[nodiscard]] detail::kafka::engine& engine() const noexcept { return *client_->engine_; }

    std::shared_ptr<kafka_client> client_;
    std::shared_ptr<detail::kafka::port> port_;
    bool attached_ = false;
};

static_assert(takes_back<kafka_transport> && bounded_attempts<kafka_transport> && counts_brokers<kafka_transport> &&
              can_be_disabled<kafka_transport>);

}  // namespace stentor::inline v0

namespace stentor::inline v0 {

/// The publisher that services use: Kafka, and the four defaults.
using publisher = basic_publisher<kafka_transport>;

}  // namespace stentor::inline v0
#endif
