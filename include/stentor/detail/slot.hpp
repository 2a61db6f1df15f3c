#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <stentor/breaker.hpp>
#include <stentor/detail/attempt.hpp>
#include <stentor/detail/box.hpp>
#include <stentor/detail/handler.hpp>
#include <stentor/detail/owned_record.hpp>
#include <stentor/detail/topic_names.hpp>
#include <stentor/error.hpp>
#include <stentor/transport.hpp>
#include <stentor/version.hpp>

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
