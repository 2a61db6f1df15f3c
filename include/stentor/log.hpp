#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/context.hpp>
#include <stentor/detail/durations.hpp>
#include <stentor/detail/error_in.hpp>
#include <stentor/detail/log/kinds.hpp>
#include <stentor/detail/log/limiter.hpp>
#include <stentor/detail/log/line.hpp>
#include <stentor/detail/log/memo.hpp>
#include <stentor/error.hpp>
#include <stentor/log/sink.hpp>
#include <stentor/message.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/retry.hpp>
#include <stentor/tracer.hpp>
#include <stentor/version.hpp>

/// @file
/// `log_tracer`: what a publisher does, as one JSON object a line. Not in stentor/stentor.hpp: include it where it is wanted.

namespace stentor::inline v0 {

/// What a `log_tracer` is made with.
struct log_options {
    log_level level = log_level::info;  ///< nothing below it is logged; `debug`: a line for each message that is persisted
    std::string correlation_header{};   ///< the header whose value is the `correlation_id`; else it is that of the trace context
    bool key = false;                   ///< log keys, too, which may be personal data: their first bytes
    bool client_log = true;             ///< log what the client (librdkafka) logs, too
    std::uint32_t burst = 10;           ///< lines of a kind and error class at once, before they are held back; not of debug lines
    nanoseconds interval = std::chrono::seconds(1);  ///< one more each time; zero: none is held back
};

namespace detail {

template <class Sink>
class log_writer {
public:
    log_writer(Sink&& sink, log_options&& options) : sink_(std::move(sink)), options_(std::move(options)) {}
    log_writer(const log_writer&) = delete;
    log_writer& operator=(const log_writer&) = delete;
    ~log_writer() = default;

    [[nodiscard]] const log_options& options() const noexcept { return options_; }
    [[nodiscard]] bool wants(log_level level) const noexcept { return level >= options_.level && level != log_level::off; }

    // Writes one line, unless it is one too many; `fill` adds the members that are its own.
    template <class Fill>
    [[gnu::noinline, gnu::cold]] void write(log_level level, log_kind kind, errc code, const moment& at, Fill&& fill) noexcept {
        log_limiter& limiter = limiters_[place_of(level, kind, code)];
        if (level != log_level::debug && !limiter.allow(at, options_.burst, options_.interval)) {
            return;
        }
        log_line line;
        begin(line, at.wall, level, kind);
        fill(line);
        if (const std::uint64_t held_back = limiter.take_suppressed(); held_back != 0) {
            line.number("suppressed", static_cast<std::int64_t>(held_back));
        }
        sink_.write(level, line.finish());
    }

    void summarize() noexcept {
        for (std::size_t i = 0; i < limiters_.size(); ++i) {
            const std::uint64_t held_back = limiters_[i].take_suppressed();
            if (held_back == 0) {
                continue;
            }
            log_line line;
            const auto code = static_cast<errc>(i % errc_count);
            const auto kind = static_cast<log_kind>(i / errc_count % log_kind_count);
            const auto level = static_cast<log_level>(i / errc_count / log_kind_count);
            begin(line, limiters_[i].last_suppressed(), level, kind);
            if (code != errc::none) {
                line.plain("error", to_string(code));
            }
            line.number("suppressed", static_cast<std::int64_t>(held_back));
            line.flag("summary");
            sink_.write(level, line.finish());
        }
    }

private:
    static void begin(log_line& line, timestamp time, log_level level, log_kind kind) noexcept {
        line.time("time", time);
        line.plain("level", to_string(level));
        line.plain("event", to_string(kind));
    }
    // A limit of its own for each level, too: what is merely worth knowing must not keep back what is wrong.
    [[nodiscard]] static std::size_t place_of(log_level level, log_kind kind, errc code) noexcept {
        return (static_cast<std::size_t>(level) * log_kind_count + static_cast<std::size_t>(kind)) * errc_count +
               static_cast<std::size_t>(code) % errc_count;
    }

    Sink sink_;
    log_options options_;
    std::array<log_limiter, static_cast<std::size_t>(log_level::off) * log_kind_count * errc_count> limiters_{};
};

}  // namespace detail

/// **log_tracer**: one line of JSON for each thing worth telling, to a `log_sink`: `log_tracer{stderr_sink{}}`. It adds no headers.
/// docs/logging.md has the names of the events, their levels and members. Never logs a value or a header, but for the one that the
/// options name; never reads a clock: lines have the time of the moment that they tell of.
///
/// Of one kind of event and error class no more lines come than the options say; the next one has `suppressed`, how many were held
/// back before it. `summarize` tells of those that no line has followed yet, and so does the publisher when it closes.
///
/// Copies share sink and limits: give the publisher one and keep the other. Publishers that share one must have one clock, which
/// all Kafka transports have. In a `tracer_chain` it belongs behind the tracer that settles the trace. Any thread; allocates when
/// it is made, and never again but to copy the error of a message that failed.
template <class Sink>
class log_tracer {
    static_assert(log_sink<Sink>,
                  "stentor: a log_sink needs: void write(log_level, std::string_view line) noexcept. See stentor/log/sink.hpp");
    using writer = detail::log_writer<Sink>;

public:
    /// One publish.
    class span {
    public:
        /// Takes from the record what its lines will say.
        void composed(const record& r) noexcept {
            if (to_ != nullptr) {
                const log_options& options = to_->options();
                if (!options.correlation_header.empty()) {
                    if (const std::string_view id = r.headers.find(options.correlation_header); !id.empty()) {
                        memo_.correlate(id);
                    }
                }
                if (options.key) {
                    memo_.keep_key(r.key);
                }
            }
        }
        /// Logs the failed try.
        void retrying(const failure& f, const verdict& v, const moment& at) noexcept {
            const log_level level = detail::level_of_retry(f.attempt);
            if (to_ == nullptr || !to_->wants(level)) {
                return;
            }
            to_->write(level, detail::log_kind::message_retrying, f.code, at, [&](detail::log_line& line) {
                memo_.write_place(line);
                line.number("attempts", f.attempt);
                line.plain("outcome", to_string(f.outcome));
                line.plain("error", to_string(f.code));
                line.milliseconds_of("retry_in_ms", v.delay);
                line.milliseconds_of("duration_ms", f.elapsed);
                memo_.write_ids(line);
                line.text("cause", f.cause);
            });
        }
        /// Logs the end.
        void finish(const result<receipt>& end, const moment& at) noexcept {
            if (to_ == nullptr || !to_->wants(end ? log_level::debug : log_level::error)) {
                return;
            }
            if (end) {
                landed(*end, at);
            } else {
                failed(detail::error_in(end), at);
            }
        }

    private:
        friend class log_tracer;
        span() noexcept = default;
        span(writer& to, const record& r, const publish_context& context) noexcept : to_(&to), memo_(r, context) {}

        void landed(const receipt& where, const moment& at) noexcept {
            to_->write(log_level::debug, detail::log_kind::message_persisted, errc::none, at, [&](detail::log_line& line) {
                memo_.write_place(line);
                line.place("partition", "offset", where);
                line.number("attempts", where.attempts);
                line.milliseconds_of("duration_ms", memo_.since_start(at));
                memo_.write_ids(line);
            });
        }
        void failed(const error& e, const moment& at) noexcept {
            to_->write(log_level::error, detail::log_kind::message_failed, e.condition(), at, [&](detail::log_line& line) {
                memo_.write_place(line);
                line.number("attempts", e.attempts);
                line.plain("outcome", to_string(e.outcome));
                line.plain("error", to_string(e.condition()));
                if (e.dead_letter.what != dead_letter_result::state::none) {
                    line.plain("dead_letter", detail::to_string(e.dead_letter.what));
                    line.text("dead_letter_topic", e.dead_letter.where.topic, detail::log_memo::longest_topic);
                    line.place("dead_letter_partition", "dead_letter_offset", e.dead_letter.where);
                }
                line.milliseconds_of("duration_ms", memo_.since_start(at));
                memo_.write_ids(line);
                line.text("hint", e.hint, detail::log_memo::longest_hint);
                line.text("cause", e.cause);
            });
        }

        writer* to_ = nullptr;
        detail::log_memo memo_{};
    };

    /// Takes the sink.
    explicit log_tracer(Sink sink, log_options options = {})
        : writer_(std::make_shared<writer>(std::move(sink), std::move(options))) {}

    /// Keeps what the lines of this publish will say.
    [[nodiscard]] span start(const record& r, header_sink& /*add*/, publish_context& context) noexcept {
        return writer_->wants(log_level::error) ? span(*writer_, r, context) : span();
    }

    /// Logs the event.
    void on_event(const event& what) noexcept {
        const log_level level = detail::level_of(what);
        const bool of_the_client = what.what == event::kind::client_log;
        if (!writer_->wants(level) || (of_the_client && !writer_->options().client_log)) {
            return;
        }
        writer_->write(level, detail::kind_of(what), what.code, what.at, [&](detail::log_line& line) {
            line.text("topic", what.topic, detail::log_memo::longest_topic);
            line.text("facility", what.facility, detail::log_memo::longest_facility);
            if (what.what == event::kind::late_report) {
                line.plain("outcome", to_string(what.outcome));
            }
            if (what.code != errc::none) {
                line.plain("error", to_string(what.code));
            }
            if (what.what == event::kind::slow_handler) {
                line.milliseconds_of("duration_ms", what.took);
            }
            line.text("cause", what.cause);
        });
    }
    /// As far as the options' level goes.
    [[nodiscard]] int client_log_level() const noexcept {
        return writer_->options().client_log ? detail::syslog_of_level(writer_->options().level) : -1;
    }

    /// Tells of what was held back since the last line of its kind: a line each, whose time is that of the last one held back.
    void summarize() noexcept { writer_->summarize(); }
    /// The publisher's last word: as `summarize`. Afterwards it does not use the sink any more.
    void closed() noexcept { writer_->summarize(); }

private:
    std::shared_ptr<writer> writer_;
};

}  // namespace stentor::inline v0
