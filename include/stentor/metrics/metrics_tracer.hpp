#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include <stentor/context.hpp>
#include <stentor/detail/metrics/one_writer.hpp>
#include <stentor/detail/metrics/publish_metrics.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/metrics/exemplar.hpp>
#include <stentor/metrics/metrics_registry.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/retry.hpp>
#include <stentor/tracer.hpp>
#include <stentor/version.hpp>

/// @file
/// A tracer that counts what happens to messages. The families, and what to look at, are in docs/metrics.md.

namespace stentor::inline v0 {

namespace detail::metrics {

struct no_exemplar {};

// The trace of a sampled traceparent: of one that nobody records, an exemplar would lead nowhere.
[[nodiscard]] inline exemplar exemplar_of(const publish_context& context) noexcept {
    exemplar e;
    constexpr std::size_t flags_end = 54;
    const char low = context.traceparent[flags_end];
    const auto digit = static_cast<unsigned>(low >= 'a' ? low - 'a' + 10 : low - '0');
    if (context.traced() && digit % 2 == 1) {
        const std::string_view trace = context.trace_id();
        const std::string_view span = context.span_id();
        std::copy(trace.begin(), trace.end(), e.trace_id.begin());
        std::copy(span.begin(), span.end(), e.span_id.begin());
        e.at = context.at.wall;
    }
    return e;
}

}  // namespace detail::metrics

/// Counts what happens to messages, in the `kafka_` families of a registry; several publishers on one registry add up. Adds no
/// headers, settles no trace. It keeps the registry alive; copies record into the same. Any thread; a publish on a topic that was
/// met before allocates nothing here and takes no lock. `WithExemplars`: each bucket of the durations remembers the newest trace,
/// if an earlier tracer of the chain has settled one and it is sampled; a span is 56 bytes larger for it.
template <bool WithExemplars>
class basic_metrics_tracer {
    using metrics = detail::metrics::publish_metrics;
    using topic_metrics = detail::metrics::topic_metrics;
    using writer = detail::metrics::one_writer;

public:
    /// One publish.
    class span {
    public:
        /// Counts the retry.
        void retrying(const failure&, const verdict&, const moment&) noexcept { topic_->retries->add(); }
        /// Counts the outcome, and how long it took.
        void finish(const result<receipt>& end, const moment& at) noexcept {
            if (end) [[likely]] {
                const writer here;
                here.add(*topic_->sent, 1);
                here.add(*topic_->attempts, end->attempts);
                observe(at, here);
            } else {
                failed(end, at);
            }
        }

    private:
        friend class basic_metrics_tracer;
        span(metrics& to, topic_metrics& topic, const publish_context& context) noexcept
            : to_(&to), topic_(&topic), started_(context.at.now) {
            if constexpr (WithExemplars) {
                trace_ = detail::metrics::exemplar_of(context);
            }
        }

        void observe(const moment& at, const writer& here) noexcept {
            const double took = std::chrono::duration<double>(at.now - started_).count();
            here.observe(*topic_->duration, took);
            if constexpr (WithExemplars) {
                writer::mark(*topic_->duration, took, trace_);
            }
        }
        [[gnu::noinline, gnu::cold]] void failed(const result<receipt>& end, const moment& at) noexcept {
            try {
                failed_with(end.error(), at);  // which may be a copy
            } catch (const std::bad_alloc&) {
                failed_with(error(errc::out_of_memory, {}, outcome::unknown), at);
            }
        }
        void failed_with(const error& e, const moment& at) noexcept {
            (e.outcome == outcome::unknown ? topic_->unknown : topic_->failed)->add();
            topic_->attempts->add(e.attempts);
            if (e == errc::circuit_open) {
                topic_->circuit_refused->add();
            }
            to_->all.errors.with(topic_->label, to_string(e.condition())).add();
            if (e.dead_letter.what != dead_letter_result::state::none) {
                topic_->redirects->add();
                to_->all.dead_letters.with(topic_->label, detail::metrics::to_string(e.dead_letter.what)).add();
            }
            // A refusal takes no time, and an outage full of them would look like the fastest hour of the year.
            if (e.attempts != 0 || e == errc::deadline_exceeded) {
                observe(at, writer());
            }
        }

        metrics* to_;
        topic_metrics* topic_;
        instant started_;
        [[no_unique_address]] std::conditional_t<WithExemplars, exemplar, detail::metrics::no_exemplar> trace_{};
    };

    /// Counts into that registry, whose `kafka_` families are made here. Throws `publish_failure` (`errc::invalid_config`) when one
    /// of their names is taken by something else.
    explicit basic_metrics_tracer(const metrics_registry& registry) : metrics_(std::make_shared<kept>(registry)) {}

    /// Remembers when it began.
    [[nodiscard]] span start(const record& r, header_sink&, publish_context& context) noexcept {
        return span(metrics_->counts, metrics_->counts.of(r.topic), context);
    }

    /// Counts the event.
    void on_event(const event& what) noexcept {
        using kind = event::kind;
        const detail::metrics::publish_families& all = metrics_->counts.all;
        switch (what.what) {
            case kind::breaker_opened: all.transitions.with(to_string(circuit::open)).add(); break;
            case kind::breaker_half_opened: all.transitions.with(to_string(circuit::half_open)).add(); break;
            case kind::breaker_closed: all.transitions.with(to_string(circuit::closed)).add(); break;
            case kind::late_report:
                all.late_outcomes.with(metrics_->counts.of(what.topic).label, to_string(what.outcome)).add();
                break;
            case kind::queue_full: count(all.queue_full, what.topic); break;
            case kind::slow_handler: count(all.slow_handlers, what.topic); break;
            case kind::handler_threw: count(all.handler_exceptions, what.topic); break;
            case kind::topic_missing: count(all.topic_missing, what.topic); break;
            case kind::topic_denied: count(all.topic_denied, what.topic); break;
            case kind::client: on_client(what); break;
            case kind::client_log: break;
        }
    }

    /// Counts one that could not be made (`kafka_producer_init_failures_total`): `kafka_client::connect` has failed, or a
    /// constructor has thrown, and no publisher was there to hear of it.
    void init_failed() noexcept { metrics_->counts.all.init_failures->add(); }

private:
    // The registry first: what is counted into lives as long as it.
    struct kept {
        explicit kept(const metrics_registry& r) : registry(r), counts(r) {}
        metrics_registry registry;
        metrics counts;
    };

    void count(const family<counter, 1>& in, std::string_view topic) noexcept { in.with(metrics_->counts.of(topic).label).add(); }

    void on_client(const event& what) noexcept {
        using kind = client_event::kind;
        const detail::metrics::publish_families& all = metrics_->counts.all;
        all.client_events.with(detail::metrics::to_string(what.client)).add();
        switch (what.client) {
            case kind::broker_up: all.connections->add(); break;
            case kind::authentication_failed:
            case kind::tls_failed:
                all.init_failures->add();
                all.connection_errors.with(to_string(what.code)).add();
                break;
            case kind::fault:
                if (what.code == errc::fatal) {
                    all.init_failures->add();  // the client that should replace a dead one could not be made
                } else {
                    all.connection_errors.with(to_string(what.code)).add();
                }
                break;
            case kind::all_brokers_down:
            case kind::fatal: break;
        }
    }

    std::shared_ptr<kept> metrics_;
};

/// Without exemplars.
using metrics_tracer = basic_metrics_tracer<false>;
/// With exemplars: `tracer_chain{w3c_tracer{}, exemplar_tracer{registry}}`.
using exemplar_tracer = basic_metrics_tracer<true>;

}  // namespace stentor::inline v0
