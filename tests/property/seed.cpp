#include <cstdlib>
#include <string>

// rapidcheck reads RC_PARAMS when it is first used. Who sets that has the last word.

namespace {

[[maybe_unused]] const bool chosen = [] {
    const char* const seed = std::getenv("STENTOR_SEED");
    const std::string text = std::string("max_success=1000 seed=") + (seed != nullptr ? seed : "20260101");
    return ::setenv("RC_PARAMS", text.c_str(), 0) == 0;
}();

}  // namespace
