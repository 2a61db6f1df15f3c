// A byte string as what a test does to two publishers on one memory broker: publishes of every kind, faults, outages, crashes,
// time. At the end each accepted message has had one outcome, in time and true, the books balance, order is kept inside each key,
// each fault did what it promised; and the same bytes give the same trace.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "fuzz/memory_faults.hpp"
#include "fuzz/memory_log.hpp"
#include "fuzz/memory_world.hpp"
#include "fuzz/must.hpp"
#include "fuzz/notes.hpp"

namespace {

using fuzz::must;
using fuzz::note;
using fuzz::sent;
using stentor::errc;
using stentor::milliseconds;
using stentor::nanoseconds;
using stentor::receipt;
using stentor::result;

using retry = stentor::dead_letter<stentor::exponential_backoff>;
using publisher =
    stentor::basic_publisher<stentor::memory_transport, fuzz::digits, retry, stentor::failure_breaker, stentor::no_tracer>;

constexpr nanoseconds letters_deadline = milliseconds(1'000);
constexpr nanoseconds grace = milliseconds(250);

class run {
public:
    run(const std::uint8_t* data, std::size_t size) : in_(data, size), world_(in_.next(), all_), broker_(world_.broker()) {
        for (int i = 0; i < 2; ++i) {
            publishers_.push_back(another());
        }
    }

    std::uint64_t go() {
        for (int steps = 0; in_.more() && steps < 200; ++steps) {
            try {
                step();
            } catch (const std::invalid_argument&) {
                // What no broker can do is refused so.
            }
        }
        finish();
        return broker_.trace_hash();
    }

private:
    [[nodiscard]] std::unique_ptr<publisher> another() {
        return std::make_unique<publisher>(
            stentor::memory_transport{broker_},
            retry{.inner = {.attempts = 4, .initial = milliseconds(50)}, .topic = "letters", .deadline = letters_deadline},
            stentor::failure_breaker{{.failures = 3, .open_for = milliseconds(400)}},
            stentor::publisher_options{.deadline = milliseconds(20'000), .slots = 16, .parked_per_lane = 5});
    }

    [[nodiscard]] publisher& any_publisher() { return *publishers_[in_.next() % 2U]; }

    void step() {
        const int kind = in_.next() % 28;
        switch (kind) {
            case 0:
            case 1:
            case 2:
            case 3: publish(false); break;
            case 4: publish(true); break;
            case 5:
            case 6:
            case 7: broker_.advance(in_.time()); break;
            case 8: broker_.down(in_.time()); break;
            case 9: broker_.up(); break;
            case 10:
            case 11:
            case 12:
            case 13: world_.by_hand(kind - 10, in_); break;
            case 14: {
                const std::uint32_t times = in_.next() % 4U;
                world_.script({.times = times, .fault = fuzz::any_fault(in_)});
                break;
            }
            case 15:
                world_.script(
                    {.times = 1, .fault = stentor::detail::fault_for(static_cast<errc>(in_.next() % stentor::errc_count))});
                break;
            case 16: world_.topic(in_); break;
            case 17: (void)any_publisher().flush(in_.time()); break;
            case 18: {
                stentor::memory_chaos chaos;
                chaos.probability = in_.next() / 512.0;
                world_.random_faults(chaos);
                break;
            }
            case 19: isolate_or_close(); break;
            case 20: publish_all(); break;
            case 21: erase(); break;
            case 22: world_.script(fuzz::any_script(in_)); break;
            case 23:
                broker_.announce({.what = static_cast<stentor::client_event::kind>(in_.next() % 6U), .cause = "so it is"});
                break;
            case 24: broker_.shift_wall(milliseconds(static_cast<std::int8_t>(in_.next()) * 1'000)); break;
            case 25: slow_handler_ = in_.time(); break;
            case 26: spend_outside(); break;
            default: crash(); break;
        }
    }

    void isolate_or_close() {
        const unsigned b = in_.next();
        publisher& p = *publishers_[b % 2U];
        switch (b / 2 % 4) {
            case 0: p.breaker().isolate(); break;
            case 1: p.breaker().reset(); break;
            case 2: (void)broker_.run_until_idle(milliseconds(5'000)); break;
            default:
                if (b > 192) {
                    // Lowers deadlines; every outcome comes by then.
                    const nanoseconds within = in_.time();
                    const nanoseconds until = broker_.elapsed() - spent_ + within + grace;
                    (void)p.close(within);
                    must(broker_.elapsed() - spent_ <= until, "close comes to its end in time");
                    must(p.account().in_flight == 0, "after close nothing is in flight");
                }
                break;
        }
    }

    void spend_outside() {
        bool refused = false;
        try {
            broker_.spend(in_.time());
        } catch (const std::logic_error&) {
            refused = true;
        }
        must(refused, "time is spent in handlers only");
    }

    // What it had in flight has no outcome any more, and it stays until the end. Another takes its place.
    void crash() {
        const unsigned which = in_.next() % 2U;
        if (crashed_.size() < 3) {
            publishers_[which]->transport().crash();
            dead_.insert(ids_[which]);
            crashed_.push_back(std::exchange(publishers_[which], another()));
            ids_[which] = static_cast<unsigned>(1 + crashed_.size());
        }
    }

    // The next number, for what is published now.
    [[nodiscard]] std::uint64_t announced(unsigned which, std::uint8_t key, std::int32_t partition, nanoseconds deadline) {
        all_.push_back({.by = ids_[which],
                        .key = key,
                        .partition = partition,
                        .until = broker_.elapsed() + deadline + grace,
                        .spent = spent_});
        return all_.size() - 1;
    }

    void publish_all() {
        const unsigned which = in_.next() % 2U;
        const unsigned count = in_.next() % 5U;
        const nanoseconds deadline = in_.time() + milliseconds(1);
        std::vector<note> notes;
        for (unsigned i = 0; i < count; ++i) {
            const std::uint8_t key = in_.next();
            notes.push_back({announced(which, key, -1, deadline), key});
        }
        const std::vector<result<receipt>> results = publishers_[which]->publish_all(notes, {.deadline = deadline});
        must(results.size() == notes.size(), "one result an item");
        // None is told before all have ended.
        bool letter = false;
        for (const result<receipt>& r : results) {
            letter = letter || is_letter(r);
        }
        for (std::size_t i = 0; i < notes.size(); ++i) {
            end(notes[i].number, results[i], letter);
        }
    }

    void erase() {
        const unsigned which = in_.next() % 2U;
        const std::uint8_t key = in_.next() % 2U;
        const nanoseconds deadline = in_.time() + milliseconds(1);
        const std::uint64_t number = announced(which, key, -1, deadline);
        const stentor::timestamp time{milliseconds(number + 1)};
        end(number, publishers_[which]->erase<note>(key == 0 ? "a" : "b", {.deadline = deadline, .timestamp = time}));
    }

    void publish(bool waits) {
        const unsigned which = in_.next() % 2U;
        publisher& p = *publishers_[which];
        const std::uint8_t key = in_.next();
        const std::int32_t partition = key >= 192U ? key / 4 % 4 : -1;  // more than there are, sometimes
        const nanoseconds deadline = in_.time() + milliseconds(1);
        const std::uint64_t number = announced(which, key, partition, deadline);
        const note n{number, key};
        const stentor::publish_options options{.deadline = deadline, .partition = partition};
        if (waits) {
            end(number, p.publish(n, options));
            return;
        }
        const auto handler = [this, number](const result<receipt>& r) {
            end(number, r);
            const nanoseconds slow = std::exchange(slow_handler_, nanoseconds{});
            broker_.spend(slow);
            spent_ += slow;
        };
        const bool accepted = p.try_async_publish(n, handler, options).has_value();
        if (!accepted) {
            must(all_[number].outcomes == 0, "the handler of what was refused is not called");
            all_[number].outcomes = 1;
        }
    }

    [[nodiscard]] static bool is_letter(const result<receipt>& r) {
        return !r && r.error().dead_letter.what != stentor::dead_letter_result::state::none;
    }
    void end(std::uint64_t number, const result<receipt>& r) { end(number, r, is_letter(r)); }
    void end(std::uint64_t number, const result<receipt>& r, bool letter) {
        sent& s = all_[number];
        ++s.outcomes;
        s.persisted = r.has_value();
        s.maybe = !r && r.error().outcome == stentor::outcome::unknown;
        s.letter = r ? stentor::dead_letter_result{} : r.error().dead_letter;
        must(s.outcomes == 1, "one outcome");
        // Of a crashed one only the destructor says something, at the very end.
        const nanoseconds limit = s.until + (letter ? letters_deadline + grace : nanoseconds{}) + (spent_ - s.spent);
        must(dead_.contains(s.by) || broker_.elapsed() <= limit, "in time");
        must(!r || s.partition < 0 || r->partition == s.partition, "in the partition that was asked for");
        must(r.has_value() || !r.error().message().empty(), "an error says something");
        world_.told(number, r);
    }

    void finish() {
        world_.random_faults({});
        for (const auto& p : publishers_) {
            (void)p->close(milliseconds(100));
        }
        (void)broker_.run_until_idle();
        for (const auto& p : publishers_) {
            const stentor::account a = p->account();
            must(a.in_flight == 0, "nothing is in flight");
            must(a.accepted == a.persisted + a.not_persisted + a.unknown, "the books balance");
        }
        for (const sent& s : all_) {
            must(s.outcomes == 1 || dead_.contains(s.by), "each has an outcome");
        }
        world_.check();
    }

    fuzz::bytes in_;
    std::vector<sent> all_{};
    fuzz::memory_world world_;
    stentor::memory_broker& broker_;
    nanoseconds slow_handler_{};
    nanoseconds spent_{};
    unsigned ids_[2] = {0, 1};
    std::set<unsigned> dead_{};
    std::vector<std::unique_ptr<publisher>> crashed_{};
    std::vector<std::unique_ptr<publisher>> publishers_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::uint64_t once = run(data, size).go();
    must(run(data, size).go() == once, "the same bytes give the same trace");
    return 0;
}
