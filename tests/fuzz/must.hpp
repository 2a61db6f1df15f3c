#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// What a harness checks: what is not so ends the program, which the fuzzer takes for a crash and keeps the input.

namespace fuzz {

inline void must(bool so, std::string_view what, std::string_view detail = {}) {
    if (!so) {
        std::fprintf(stderr, "not so: %.*s %.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(detail.size()),
                     detail.data());
        std::abort();
    }
}

}  // namespace fuzz
