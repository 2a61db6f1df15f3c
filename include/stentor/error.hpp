#pragma once

#include <cstdint>
#include <iosfwd>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/assert/source_location.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <stentor/detail/words.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

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

#include <stentor/detail/error.ipp>
