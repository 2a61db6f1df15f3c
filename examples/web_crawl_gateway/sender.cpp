#include "sender.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <stentor/formats/gateway.hpp>
#include <stentor/formats/task_manager.hpp>

namespace demo {
namespace {

using namespace std::chrono_literals;
namespace gateway = stentor::formats::gateway;
namespace task_manager = stentor::formats::task_manager;

constexpr std::size_t waiting_threads = 4;
constexpr auto bulk_deadline = 20s;
constexpr std::array<std::chrono::milliseconds, waiting_threads> waiting_deadlines{150ms, 250ms, 350ms, 500ms};
constexpr auto outage_poll = 10ms;
constexpr std::uint64_t bulk_in_flight = 4096;  // half of the publisher's slots: the waiting callers find one at any time

// What is answered before a message is accepted: it counts as refused, and never as not_persisted.
bool is_refusal(const stentor::error& e) {
    switch (e.condition()) {
        case stentor::errc::circuit_open:
        case stentor::errc::queue_full:
        case stentor::errc::serialization:
        case stentor::errc::invalid_message:
        case stentor::errc::disabled:
        case stentor::errc::would_deadlock:
        case stentor::errc::closed: return true;
        default: return false;
    }
}

stentor::kafka_config client_of(stentor::kafka_config c, bool embedded) {
    if (embedded) {
        c.attempt_timeout = 1s;
        // A real broker refuses a batch whose sequence number is not the next one. The mock doesn't look: with several requests
        // under way it would take the second although it refused the first.
        c.properties = {{"max.in.flight.requests.per.connection", "1"}};
    }
    return c;
}

stentor::publisher_options options_of() {
    stentor::publisher_options o;
    o.deadline = bulk_deadline;
    return o;
}

// The breaker keeps the first 160 bytes of what opened it, and the topic's name may stand before: a word that was cut is left out.
std::string whole_words(const std::string& cause) {
    constexpr std::size_t kept = 160;
    constexpr std::size_t longest_character = 4;
    const std::size_t colon = cause.starts_with("topic ") ? cause.find(": ") : std::string::npos;
    const std::size_t size = colon == std::string::npos ? cause.size() : cause.size() - colon - 2;
    const std::size_t blank = cause.rfind(' ');
    const bool cut = size <= kept && size + longest_character > kept && blank != std::string::npos;
    return cut ? cause.substr(0, blank) + " …" : cause;
}

std::string in_words(const stentor::error& e, std::string_view topic) {
    std::string words = e.code.message();
    if (!e.cause.empty()) {
        words += ": " + (e == stentor::errc::circuit_open ? whole_words(e.cause) : e.cause);
    }
    if (e == stentor::errc::authorization || e == stentor::errc::unknown_topic) {
        words.append(" (topic ").append(topic).append(")");
    }
    return words;
}

}  // namespace

sender::sender(const plan& plan, ledger& ledger, const stentor::kafka_config& cluster, bool embedded,
               const std::atomic<bool>& troubled, const std::atomic<bool>& stop, std::function<bool()> hold)
    : plan_(plan),
      ledger_(ledger),
      troubled_(troubled),
      stop_(stop),
      hold_(std::move(hold)),
      publisher_(stentor::kafka_transport{client_of(cluster, embedded)},
                 stentor::dead_letter<stentor::exponential_backoff>{.inner = {.attempts = 4, .initial = 200ms},
                                                                    .topic = std::string{dead_letter_topic}},
                 stentor::failure_breaker{{.failures = 5, .open_for = 500ms, .probe_timeout = 1500ms}},
                 stentor::tracer_chain{stentor::w3c_tracer{}, counting_tracer{counters_}}, options_of()) {}

template <class Function>
auto sender::with_message(std::size_t number, std::chrono::nanoseconds deadline, Function&& f) {
    const message_id id = plan_.at(number);
    const crawl_task& task = plan_.tasks()[id.task];
    const std::string key = plan_.key_of(id);
    const std::string traceparent = plan_.traceparent_of(id);
    const stentor::timestamp now = publisher_.now().wall;
    ledger_[number].made.store(now.time_since_epoch().count());
    ledger_[number].fate.store(fate::in_flight);
    const stentor::publish_options options{.topic = plan_.topic_of(id.task) == partner_topic ? partner_topic : std::string_view{},
                                           .trace = {.traceparent = traceparent, .tracestate = plan_.tracestate_of(id)},
                                           .deadline = deadline};
    if (id.step == 0) {
        return f(gateway::new_task_view{key, task.user_email, task.query, task.original_url, now}, options);
    }
    if (id.step == 3) {
        return f(task_manager::task_completion{.task_id = key, .result = plan_.worker_text(id), .finished_at = now}, options);
    }
    return f(task_manager::task_error{.task_id = key, .error = plan_.worker_text(id), .finished_at = now}, options);
}

void sender::note(std::size_t number, std::string_view outcome, const stentor::error& e) {
    reason why{std::string{outcome}, std::string{to_string(e.condition())}, in_words(e, plan_.topic_of(plan_.at(number).task))};
    const std::lock_guard lock{mutex_};
    ++reasons_[std::move(why)];
}

void sender::note_refusal(std::size_t number, const stentor::error& e) {
    ++refusals_;
    note(number, "refused", e);
}

void sender::finish(std::size_t number, clock::time_point start, histogram& times,
                    const stentor::result<stentor::receipt>& result) {
    entry& e = ledger_[number];
    fate now = fate::persisted;
    if (result) {
        e.offset = result->offset;
        e.partition = result->partition;
        times.add(clock::now() - start);
    } else {
        const stentor::error& why = result.error();
        now = why.outcome == stentor::outcome::unknown ? fate::unknown : fate::not_persisted;
        using state = stentor::dead_letter_result::state;
        e.letter = why.dead_letter.what == state::written   ? letter::written
                   : why.dead_letter.what == state::failed  ? letter::failed
                   : why.dead_letter.what == state::unknown ? letter::unknown
                                                            : letter::none;
        note(number, to_string(why.outcome), why);
    }
    if (e.fate.exchange(now) != fate::in_flight) {
        e.answered_twice = true;
    }
}

void sender::send_one(std::size_t number, histogram& times) {
    while ((publisher_.account().in_flight > bulk_in_flight || hold_()) && !stop_) {
        std::this_thread::sleep_for(100us);
    }
    const clock::time_point start = clock::now();
    for (;;) {
        const auto accepted =
            with_message(number, bulk_deadline, [&](const auto& message, const stentor::publish_options& options) {
                return publisher_.async_publish(
                    message,
                    [this, number, start, &times](const stentor::result<stentor::receipt>& result) {
                        finish(number, start, times, result);
                    },
                    options);
            });
        if (accepted) {
            return;
        }
        ledger_[number].fate.store(fate::not_sent);
        note_refusal(number, accepted.error());
        if (accepted.error() != stentor::errc::circuit_open || stop_) {
            return;
        }
        std::this_thread::sleep_for(outage_poll);
    }
}

void sender::publish_one(std::size_t number, std::chrono::milliseconds deadline) {
    const clock::time_point start = clock::now();
    histogram& times = troubled_ ? times_.waiting_in_outages : times_.waiting;
    const auto result = with_message(number, deadline, [&](const auto& message, const stentor::publish_options& options) {
        return publisher_.publish(message, options);
    });
    if (!result && is_refusal(result.error())) {
        ledger_[number].fate.store(fate::not_sent);
        note_refusal(number, result.error());
        return;
    }
    finish(number, start, times, result);
}

void sender::send_bulk(std::chrono::nanoseconds spread_over) {
    const clock::time_point start = clock::now();
    const std::size_t paced = spread_over > 0ns ? plan_.size() - plan_.size() / 4 : 0;
    clock::time_point burst_start = start;
    std::uint64_t before_burst = 0;
    bool catching_up = false;
    for (std::size_t number = 0; number != plan_.size() && !stop_; ++number) {
        const auto due = start + spread_over * number / std::max<std::size_t>(paced, 1);
        if (number < paced) {
            while (!stop_ && clock::now() < due) {
                std::this_thread::sleep_for(std::min<clock::duration>(due - clock::now() + 500us, 20ms));
            }
            catching_up = troubled_ || (catching_up && clock::now() > due + 20ms);
        } else if (number == paced) {
            burst_start = clock::now();
            before_burst = account().persisted;
        }
        if (plan_.caller_of(plan_.at(number).task) == caller::bulk) {
            send_one(number, number >= paced ? times_.full_speed : catching_up ? times_.bulk_in_outages : times_.bulk);
        }
    }
    flush(bulk_deadline + 1s);
    const std::chrono::duration<double> burst = clock::now() - burst_start;
    full_speed_ =
        stop_ || paced == 0 || burst.count() <= 0 ? 0 : static_cast<double>(account().persisted - before_burst) / burst.count();
}

void sender::send_waiting(std::size_t number_of_thread, std::chrono::nanoseconds spread_over) {
    const clock::time_point start = clock::now();
    std::size_t turn = 0;
    for (std::size_t number = 0; number != plan_.size() && !stop_; ++number) {
        if (plan_.caller_of(plan_.at(number).task) != caller::waiting || turn++ % waiting_threads != number_of_thread) {
            continue;
        }
        const auto due = start + spread_over * number / plan_.size();
        while (!stop_ && clock::now() < due) {
            std::this_thread::sleep_for(std::min<clock::duration>(due - clock::now(), 50ms));
        }
        if (!stop_) {
            publish_one(number, waiting_deadlines[number_of_thread]);
        }
    }
}

void sender::send_all(std::chrono::nanoseconds spread_over) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i != waiting_threads; ++i) {
        threads.emplace_back([this, i, spread_over] { send_waiting(i, spread_over); });
    }
    send_bulk(spread_over);
    for (std::thread& t : threads) {
        t.join();
    }
}

void sender::flush(std::chrono::nanoseconds within) {
    const clock::time_point until = clock::now() + within;
    while (!stop_ && clock::now() < until && !publisher_.flush(200ms)) {
    }
}

bool sender::close(std::chrono::nanoseconds within) { return publisher_.close(within).has_value(); }

std::map<reason, std::uint64_t> sender::reasons() const {
    const std::lock_guard lock{mutex_};
    return reasons_;
}

}  // namespace demo
