#pragma once

#include <cstdint>

// How often `operator new` was called, in any form. This program replaces it; librdkafka and other C code call malloc and are not
// counted, so that what is left is C++ code: ours.

namespace allocations {

struct counts {
    std::uint64_t here = 0;      // on this thread
    std::uint64_t anywhere = 0;  // on all of them
};

[[nodiscard]] counts so_far() noexcept;

// Between two marks lies what is measured. A test compares plain numbers afterwards: Catch2 allocates, too.
[[nodiscard]] inline counts since(const counts& mark) noexcept {
    const counts now = so_far();
    return {now.here - mark.here, now.anywhere - mark.anywhere};
}

}  // namespace allocations
