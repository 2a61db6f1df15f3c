// Made by single_include/generate.py from include/stentor/detail/simulation/action.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <stentor/stentor.hpp>

namespace stentor::inline v0::detail::simulation {

enum class deed : std::uint8_t {
    publish,    // and wait: on the main thread
    erase,      // the same with a tombstone
    batch,      // and wait for all: one message of a publish_all, whose others stand next to it
    async,      // may wait for room: on the main thread
    try_async,  // from here on by others, at their very time
    flush,      // on the main thread
    close,      // on the main thread; the process goes on with a new publisher
    close_too,  // by another thread, if the main thread is in a close: of the same publisher, or of another
    crash,      // and comes back after `span`
    restart,
    down,
    announce,
    isolate,
    reset,
    deny,
    allow,
    remove_topic,
    create_topic,
    brown_out,  // every try is answered with an error, for a while
    throttle,   // every answer is slow, for a while
    no_leader,  // one partition has none, for a while
    silence,    // one partition answers nothing, for a while
    shift_wall
};

[[nodiscard]] constexpr bool is_publish(deed d) noexcept { return d <= deed::try_async; }
[[nodiscard]] constexpr bool may_wait(deed d) noexcept { return d != deed::try_async && d <= deed::close; }

// What a message's handler does besides being told.
enum class aside : std::uint8_t {
    nothing,
    throws,
    publishes,
    dawdles,
    waits  // which it must not
};

inline constexpr std::uint32_t no_key = 0xffffffffU;
inline constexpr std::size_t planned_tries = 3;

// One thing that is done in a run, and for a message what happens to its first tries. All that a run depends on is in a list of
// these, so that leaving some out gives a smaller run.
struct action {
    nanoseconds at{};
    deed what = deed::try_async;
    aside then = aside::nothing;
    std::uint16_t who = 0;     // which process
    std::uint16_t topic = 0;   // index
    std::uint32_t number = 0;  // of the message; also of the news that is announced
    std::uint32_t group = 0;   // of a batch: the number of its first message
    std::uint32_t key = no_key;
    std::uint32_t size = 0;
    std::int32_t partition = -1;  // asked for
    std::uint32_t order = 0;      // among those of the same time
    nanoseconds span{};           // deadline, or how long it lasts
    std::array<memory_fault, planned_tries> faults{};
};

}  // namespace stentor::inline v0::detail::simulation
