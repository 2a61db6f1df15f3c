#pragma once

#include <atomic>
#include <cstdint>

#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// Why nothing may be handed to librdkafka now; zero means go. One word, so that `submit` reads it once.
class gate {
public:
    enum reason : std::uint32_t {
        down = 1,       // no broker is up
        never_up = 2,   // and none has ever been
        replacing = 4,  // the client met a fatal error
        closed = 8,     // for good
    };

    [[nodiscard]] std::uint32_t load() const noexcept { return word_.load(std::memory_order_seq_cst); }
    void shut(std::uint32_t why) noexcept { word_.fetch_or(why, std::memory_order_seq_cst); }
    void open(std::uint32_t why) noexcept { word_.fetch_and(~why, std::memory_order_seq_cst); }

    [[nodiscard]] static const char* text(std::uint32_t word) noexcept {
        return (word & closed) != 0      ? "the client was disconnected"
               : (word & replacing) != 0 ? "the client is being replaced after a fatal error"
               : (word & never_up) != 0  ? "no broker has been reached yet"
                                         : "no broker is up";
    }

private:
    std::atomic<std::uint32_t> word_{down | never_up};
};

}  // namespace stentor::inline v0::detail::kafka
