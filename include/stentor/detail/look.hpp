#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>

#include <stentor/breaker.hpp>
#include <stentor/detail/slot.hpp>
#include <stentor/snapshot.hpp>
#include <stentor/transport.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// An operation in that phase has no outcome yet, and its slot says when it began.
[[nodiscard]] constexpr bool in_flight(phase p) noexcept {
    return p == phase::wire || p == phase::queued || p == phase::busy || p == phase::claimed;
}

// On any thread, while all others go on. A slot may begin its next operation between the two loads: then its age is that of the new
// one, and the old one has just ended.
template <class Core>
void look_at_slots(Core& core, publisher_snapshot& seen) noexcept {
    for (std::size_t i = 0, end = core.pool.high_water(); i < end; ++i) {
        const slot& s = core.pool[i];
        const phase p = s.at();
        seen.slots_in_use += p != phase::free ? 1U : 0U;
        if (in_flight(p)) {
            seen.oldest_in_flight = std::max({seen.oldest_in_flight, seen.at.now - s.started.get(), nanoseconds(1)});
            seen.overdue = std::max(seen.overdue, seen.at.now - core.deadline_of(s));
        }
    }
}

template <class Core>
[[nodiscard]] publisher_snapshot look(Core& core) noexcept {
    using transport_type = decltype(core.transport);
    publisher_snapshot seen;
    seen.gone = false;
    seen.enabled = core.options.enabled;
    seen.closed = core.closed.load(std::memory_order_acquire);
    seen.account = core.books.read();
    seen.at = core.transport.now();
    seen.breaker = circuit_at(core.breaker, seen.at.now);
    seen.slots = core.pool.size();
    seen.bytes = core.options.bytes;
    seen.bytes_in_use = core.pool.bytes_in_use();
    // One that is not to publish, or does no more, is not ill because it has no broker.
    seen.knows_brokers = knows_brokers<transport_type> && seen.enabled && !seen.closed;
    if constexpr (counts_brokers<transport_type>) {
        seen.brokers_up = core.transport.brokers_up();
    } else if constexpr (knows_brokers<transport_type>) {
        seen.brokers_up = core.transport.up() ? 1 : 0;
    }
    look_at_slots(core, seen);
    return seen;
}

// What a publisher needs to make a source.
struct snapshot_access {
    template <class Core>
    [[nodiscard]] static snapshot_source source(const std::shared_ptr<Core>& core) noexcept {
        return {core, [](void* of) noexcept { return look(*static_cast<Core*>(of)); }};
    }
};

}  // namespace stentor::inline v0::detail
