#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include <stentor/circuit.hpp>
#include <stentor/detail/metrics/series.hpp>
#include <stentor/detail/topic_names.hpp>
#include <stentor/detail/valid_text.hpp>
#include <stentor/error.hpp>
#include <stentor/metrics/family.hpp>
#include <stentor/metrics/metrics_registry.hpp>
#include <stentor/version.hpp>

// The families of a metrics_tracer, and for each topic what a publish needs of them, so that it looks up one name and not ten.

namespace stentor::inline v0::detail::metrics {

[[nodiscard]] constexpr std::string_view to_string(dead_letter_result::state s) noexcept {
    switch (s) {
        case dead_letter_result::state::written: return "written";
        case dead_letter_result::state::failed: return "failed";
        case dead_letter_result::state::unknown: return "unknown";
        case dead_letter_result::state::none: break;
    }
    return "none";
}

[[nodiscard]] constexpr std::string_view to_string(client_event::kind k) noexcept {
    switch (k) {
        case client_event::kind::broker_up: return "broker_up";
        case client_event::kind::all_brokers_down: return "all_brokers_down";
        case client_event::kind::authentication_failed: return "authentication_failed";
        case client_event::kind::tls_failed: return "tls_failed";
        case client_event::kind::fatal: return "fatal";
        case client_event::kind::fault: break;
    }
    return "fault";
}

// Refused by publish_metrics only when somebody has taken one of these names for something else: a mistake in the program.
struct publish_families {
    explicit publish_families(const metrics_registry& r);

    family<counter, 1> sent, failed, unknown, attempts, retries, redirects, circuit_refused, queue_full, topic_missing,
        topic_denied, slow_handlers, handler_exceptions;
    family<counter, 2> errors, dead_letters, late_outcomes;
    family<histogram, 1> duration;
    family<counter, 1> transitions, connection_errors, client_events;
    family<counter, 0> connections, init_failures;
};

inline publish_families::publish_families(const metrics_registry& r)
    : sent(r.counters("kafka_producer_messages_sent_total", "Messages that are in the log.", {"topic"}).value()),
      failed(r.counters("kafka_producer_messages_failed_total",
                        "Messages that are not in the log and never will be, those that were refused included.", {"topic"})
                 .value()),
      unknown(r.counters("kafka_producer_messages_unknown_total",
                         "Messages that may or may not be in the log: no answer came in time.", {"topic"})
                  .value()),
      attempts(r.counters("kafka_producer_attempts_total", "Tries to send a message, first ones included.", {"topic"}).value()),
      retries(r.counters("kafka_producer_retries_total", "Tries after a failed one.", {"topic"}).value()),
      redirects(r.counters("kafka_producer_redirects_total",
                           "Messages that the retry policy sent elsewhere, counted at their end by the topic they were for.",
                           {"topic"})
                    .value()),
      circuit_refused(r.counters("kafka_producer_circuit_refused_total",
                                 "Messages that the open circuit breaker kept from being sent.", {"topic"})
                          .value()),
      queue_full(r.counters("kafka_producer_queue_full_total", "Calls refused because too many messages were in flight.", {"topic"})
                     .value()),
      topic_missing(
          r.counters("kafka_producer_topic_missing_total", "Tries that failed because the topic does not exist.", {"topic"})
              .value()),
      topic_denied(r.counters("kafka_producer_topic_denied_total",
                              "Tries that failed because this user may not write to the topic.", {"topic"})
                       .value()),
      slow_handlers(
          r.counters("kafka_producer_slow_handlers_total", "Handlers that kept the event thread over 100 ms.", {"topic"}).value()),
      handler_exceptions(r.counters("kafka_producer_handler_exceptions_total", "Handlers that threw.", {"topic"}).value()),
      errors(r.counters("kafka_producer_errors_total", "Messages that failed or may have, by the error that the caller got.",
                        {"topic", {"error", errc_count}})
                 .value()),
      dead_letters(r.counters("kafka_producer_dead_letters_total",
                              "Dead letters by what became of them and the topic that the message was for.",
                              {"topic", {"result", 3}})
                       .value()),
      late_outcomes(r.counters("kafka_producer_late_outcomes_total",
                               "What the brokers said of messages after their callers had been told that it is unknown.",
                               {"topic", {"outcome", 3}})
                        .value()),
      duration(r.histograms("kafka_producer_send_duration_seconds",
                            "From the call to the outcome, of all messages that were tried or waited until their deadline.",
                            {"topic"})
                   .value()),
      transitions(r.counters("kafka_producer_circuit_transitions_total", "How often the circuit breaker became that.", {{"to", 3}})
                      .value()),
      connection_errors(r.counters("kafka_connection_errors_total", "Connection failures that the client told of, by error.",
                                   {{"error", errc_count}})
                            .value()),
      client_events(
          r.counters("kafka_client_events_total", "What the client told of its brokers and of itself.", {{"event", 6}}).value()),
      connections(r.counters("kafka_connections_total", "How often the client came to have a connected broker.").value()),
      init_failures(r.counters("kafka_producer_init_failures_total",
                               "Producers that could not begin: refused by every bootstrap broker, or not to be made.")
                        .value()) {
    // There from the start, because a rate begins with the second value that Prometheus sees.
    for (const circuit c : {circuit::closed, circuit::open, circuit::half_open}) {
        (void)transitions.with(stentor::to_string(c));
    }
    for (const errc e : {errc::broker_unavailable, errc::dns, errc::tls, errc::authentication}) {
        (void)connection_errors.with(stentor::to_string(e));
    }
    using kind = client_event::kind;
    for (const kind k :
         {kind::broker_up, kind::all_brokers_down, kind::authentication_failed, kind::tls_failed, kind::fault, kind::fatal}) {
        (void)client_events.with(to_string(k));
    }
}

struct topic_metrics {
    // `topic`: interned, see topic_names.hpp, or `others`.
    topic_metrics(const publish_families& all, std::string_view topic)
        : name(topic),
          label(valid_text(topic)),
          sent(&all.sent.with(label)),
          failed(&all.failed.with(label)),
          unknown(&all.unknown.with(label)),
          attempts(&all.attempts.with(label)),
          retries(&all.retries.with(label)),
          redirects(&all.redirects.with(label)),
          circuit_refused(&all.circuit_refused.with(label)),
          duration(&all.duration.with(label)) {
        // What alerts look at is there before it happens, too.
        for (const auto* f :
             {&all.queue_full, &all.topic_missing, &all.topic_denied, &all.slow_handlers, &all.handler_exceptions}) {
            (void)f->with(label);
        }
        using letter = dead_letter_result::state;
        for (const letter s : {letter::written, letter::failed, letter::unknown}) {
            (void)all.dead_letters.with(label, to_string(s));
        }
        for (const outcome o : {outcome::persisted, outcome::not_persisted, outcome::unknown}) {
            (void)all.late_outcomes.with(label, stentor::to_string(o));
        }
    }

    const std::string_view name;
    const std::string label;  // the topic, or "_other"
    counter* const sent;
    counter* const failed;
    counter* const unknown;
    counter* const attempts;
    counter* const retries;
    counter* const redirects;
    counter* const circuit_refused;
    histogram* const duration;
};

class publish_metrics {
public:
    explicit publish_metrics(const metrics_registry& r) : all(r), limit_(r.max_label_values()), others_(all, others) {}

    // Lock-free for a topic that it has met. A publisher names topics by their interned text, whose bytes never go and never move:
    // the same address is the same name, and looking that up costs a third of looking up a text.
    [[nodiscard]] topic_metrics& of(std::string_view topic) noexcept {
        topic_metrics* const near = cell_of(topic).load(std::memory_order_acquire);
        if (near != nullptr && near->name.data() == topic.data() && near->name.size() == topic.size()) [[likely]] {
            return *near;
        }
        return by_text(topic);
    }

    publish_families all;

private:
    static constexpr std::size_t cell_count = 256;

    [[nodiscard]] std::atomic<topic_metrics*>& cell_of(std::string_view interned) noexcept {
        const auto address = reinterpret_cast<std::uintptr_t>(interned.data());
        return near_[(static_cast<std::uint64_t>(address) * 0x9e3779b97f4a7c15ULL >> 32U) % cell_count];
    }

    [[nodiscard, gnu::noinline]] topic_metrics& by_text(std::string_view topic) noexcept {
        topic_metrics* const known = topics_.find(label_values(&topic, 1));
        topic_metrics& m = known != nullptr ? *known : first_of(topic);
        if (m.name.data() == topic.data()) {
            // Of two topics that share a cell the first keeps it: to take turns would cost each of them a write a publish.
            topic_metrics* nobody = nullptr;
            cell_of(topic).compare_exchange_strong(nobody, &m, std::memory_order_release, std::memory_order_relaxed);
        }
        return m;
    }

    [[nodiscard, gnu::noinline, gnu::cold]] topic_metrics& first_of(std::string_view topic) noexcept {
        try {
            if (!topics_.full(limit_)) {
                const std::string_view interned = topic_names::intern(topic).text;
                if (topic_metrics* const m = topics_.add(label_values(&interned, 1), limit_, all, interned)) {
                    return *m;
                }
            }
        } catch (const std::bad_alloc&) {
            return others_;
        }
        (void)all.sent.with(topic);  // counts that one more did not fit
        return others_;
    }

    std::size_t limit_;
    name_table<topic_metrics> topics_{};
    std::array<std::atomic<topic_metrics*>, cell_count> near_{};
    topic_metrics others_;
};

}  // namespace stentor::inline v0::detail::metrics
