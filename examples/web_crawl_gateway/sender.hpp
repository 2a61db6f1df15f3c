#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include <stentor/stentor.hpp>

#include "counting_tracer.hpp"
#include "histogram.hpp"
#include "ledger.hpp"
#include "plan.hpp"

namespace demo {

/// Why messages ended as they did, in words, and how many for each reason.
struct reason {
    std::string outcome{};    ///< "not_persisted", "unknown" or "refused"
    std::string condition{};  ///< stentor's name: "deadline_exceeded"
    std::string words{};      ///< what that means, and the cause's own words
    auto operator<=>(const reason&) const = default;
};

/// Publishes the plan with the full stack: JSON, retries, dead letters, circuit breaker, trace contexts, over Kafka. One thread
/// sends in bulk, without waiting for answers; a few wait for each answer and give it little time.
class sender {
public:
    using publisher = stentor::basic_publisher<stentor::kafka_transport, stentor::json_serializer,
                                               stentor::dead_letter<stentor::exponential_backoff>, stentor::failure_breaker,
                                               stentor::tracer_chain<stentor::w3c_tracer, counting_tracer>>;

    /// Latencies of persisted messages.
    struct latencies {
        histogram bulk{};
        histogram bulk_in_outages{};  ///< while something was being injected, and until what had piled up was sent
        histogram full_speed{};       ///< of the last quarter
        histogram waiting{};
        histogram waiting_in_outages{};
    };

    /// All but `cluster` must outlive it. `embedded`: the broker is the mock cluster. `troubled`: something is being injected right
    /// now. `stop`: send no more. `hold`: the consumer is far behind, send nothing in bulk for now. Throws `publish_failure` or
    /// what else making a client throws.
    sender(const plan& plan, ledger& ledger, const stentor::kafka_config& cluster, bool embedded, const std::atomic<bool>& troubled,
           const std::atomic<bool>& stop, std::function<bool()> hold);

    /// Sends everything, spread over that time; what is left of it then, a quarter, at full speed. Returns when all is handed over
    /// or `stop` is set.
    void send_all(std::chrono::nanoseconds spread_over);
    /// Waits for the outcomes of what was sent, or until `stop` is set.
    void flush(std::chrono::nanoseconds within);
    /// Ends it; false when that took longer than it may.
    [[nodiscard]] bool close(std::chrono::nanoseconds within);

    [[nodiscard]] stentor::account account() const noexcept { return publisher_.account(); }
    [[nodiscard]] stentor::circuit circuit() noexcept { return publisher_.breaker().state(); }
    [[nodiscard]] const demo::counters& counters() const noexcept { return counters_; }
    [[nodiscard]] const latencies& times() const noexcept { return times_; }
    [[nodiscard]] std::map<reason, std::uint64_t> reasons() const;
    /// How often a message was refused, as the sender saw it.
    [[nodiscard]] std::uint64_t refusals() const noexcept { return refusals_.load(); }
    /// How many messages a second the last quarter came to, until all had their outcome; zero: all was sent at full speed.
    [[nodiscard]] double full_speed() const noexcept { return full_speed_; }

private:
    using clock = std::chrono::steady_clock;

    void send_bulk(std::chrono::nanoseconds spread_over);
    void send_waiting(std::size_t number_of_thread, std::chrono::nanoseconds spread_over);
    void send_one(std::size_t number, histogram& times);
    void publish_one(std::size_t number, std::chrono::milliseconds deadline);
    void finish(std::size_t number, clock::time_point start, histogram& times, const stentor::result<stentor::receipt>& result);
    void note(std::size_t number, std::string_view outcome, const stentor::error& e);
    void note_refusal(std::size_t number, const stentor::error& e);

    // Calls f(message, options) with the message that has that number, as a user would make it.
    template <class Function>
    auto with_message(std::size_t number, std::chrono::nanoseconds deadline, Function&& f);

    const plan& plan_;
    ledger& ledger_;
    const std::atomic<bool>& troubled_;
    const std::atomic<bool>& stop_;
    std::function<bool()> hold_;
    demo::counters counters_;
    latencies times_;
    mutable std::mutex mutex_;  // guards reasons_
    std::map<reason, std::uint64_t> reasons_;
    std::atomic<std::uint64_t> refusals_{0};
    double full_speed_ = 0;
    publisher publisher_;
};

}  // namespace demo
