#pragma once

#include <cstdint>
#include <string_view>

#include <stentor/detail/memory/history.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/transport/memory_fault.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// One line of the trace as it is written, with the record that it is about. Views live for the call.
struct notice {
    happening what = happening::submit;
    instant at{};
    std::uint32_t publisher = 0;
    stentor::outcome outcome = outcome::persisted;
    std::int32_t native = 0;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::uint64_t submission = 0;
    const record* which = nullptr;  // null when it is of no record
};

// Who plays a whole run on a world of one thread: plans the faults, sees everything, and acts at times of its own, also while a
// caller waits inside the publisher. Called with the lock open; `visit` may submit, and wait: who waited before goes on after that.
class director {
public:
    director() = default;
    virtual ~director() = default;
    director(const director&) = delete;
    director& operator=(const director&) = delete;
    // What happens to the record that is being submitted.
    [[nodiscard]] virtual memory_fault fault_for(const record& r) = 0;
    virtual void noted(const notice& what) = 0;
    // One thing has happened, and what followed from it at once.
    virtual void stepped() = 0;
    // When it wants to act; `instant::max()`: not any more. A visit must move it on.
    [[nodiscard]] virtual instant next_visit() const noexcept = 0;
    virtual void visit() = 0;
};

}  // namespace stentor::inline v0::detail
