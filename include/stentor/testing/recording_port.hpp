#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/options.hpp>
#include <stentor/port.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

/// @file
/// `recording_port`: a port that remembers what was published, for tests of domain code.

namespace stentor::inline v0 {

namespace detail {

// What all parts of a recording port share.
struct recording_port_state {
    std::deque<error> errors{};
    std::int64_t offset = 0;
    std::size_t flushes = 0;
    moment at{};

    result<receipt> answer() {
        if (!errors.empty()) {
            error e = std::move(errors.front());
            errors.pop_front();
            return e;
        }
        receipt r;
        r.topic = "recording-port";
        r.partition = 0;
        r.offset = offset++;
        r.time = at.wall;
        return r;
    }
};

template <class Port, class... Messages>
class recording_port_part;

template <class Port>
class recording_port_part<Port> : public Port {
protected:
    recording_port_state state_{};
};

template <class Port, class First, class... Rest>
class recording_port_part<Port, First, Rest...> : public recording_port_part<Port, Rest...> {
protected:
    using recording_port_part<Port, Rest...>::do_publish;
    using recording_port_part<Port, Rest...>::do_async_publish;
    result<receipt> do_publish(const First& message, const publish_options&) final {
        std::get<std::vector<First>>(this->seen()).push_back(message);
        return this->state_.answer();
    }
    result<void> do_async_publish(const First& message, port_handler&& handler, const publish_options&) final {
        std::get<std::vector<First>>(this->seen()).push_back(message);
        handler(this->state_.answer());
        return {};
    }
};

// Holds the messages, below the parts that fill it.
template <class... Messages>
class recording_port_base : public stentor::port<Messages...> {
protected:
    std::tuple<std::vector<Messages>...>& seen() noexcept { return seen_; }
    std::tuple<std::vector<Messages>...> seen_{};
};

}  // namespace detail

/// A port that keeps every message, in order, by type, and answers with a receipt or with the errors that it was told to. Handlers
/// of asynchronous publishes are called at once, inside the call. One thread.
template <class... Messages>
class recording_port : public detail::recording_port_part<detail::recording_port_base<Messages...>, Messages...> {
public:
    /// What was published of that type, refused ones included.
    template <class T>
    [[nodiscard]] const std::vector<T>& published() const noexcept {
        return std::get<std::vector<T>>(this->seen_);
    }
    /// The next publish, of whatever type, ends with that error; several are used up in order.
    void fail_next(error e) { this->state_.errors.push_back(std::move(e)); }
    /// The next publish ends with that condition, `not_persisted`, and its standard hint.
    void fail_next(errc code) { fail_next(error(code)); }
    /// What `now` answers.
    void set_now(const moment& at) noexcept { this->state_.at = at; }
    /// How often `flush` was called.
    [[nodiscard]] std::size_t flushes() const noexcept { return this->state_.flushes; }

    /// Counts the call; never fails.
    [[nodiscard]] result<void> flush(nanoseconds) override {
        ++this->state_.flushes;
        return {};
    }
    /// What `set_now` said; else the epoch and no random bits.
    [[nodiscard]] moment now() override { return this->state_.at; }
};

}  // namespace stentor::inline v0
