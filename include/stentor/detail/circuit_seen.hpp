#pragma once

#include <cstdint>
#include <utility>

#include <stentor/circuit.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// What has been told of a circuit by one that looks at it now and then.
class circuit_seen {
public:
    template <class Breaker>
    void begin(const Breaker& of) noexcept {
        state_ = of.state();
        openings_ = openings_of(of);
    }
    [[nodiscard]] circuit last() const noexcept { return state_; }

    // Calls `tell(circuit)` for each move since the last look. A breaker may open and be half open again within one question, when
    // a probe was not answered and the wait after that is over, too: the state alone does not show it, a count of openings does.
    template <class Breaker, class Tell>
    void look(const Breaker& of, Tell&& tell) noexcept {
        circuit now = of.state();
        if (now == circuit::closed && state_ == circuit::closed) {
            return;
        }
        // Another thread may move it between the two questions.
        std::uint32_t openings = openings_of(of);
        for (now = of.state(); openings != openings_of(of); now = of.state()) {
            openings = openings_of(of);
        }
        circuit at = std::exchange(state_, now);
        if (std::exchange(openings_, openings) != openings) {
            if (at == circuit::open) {
                tell(circuit::half_open);
            }
            tell(circuit::open);
            at = circuit::open;
        }
        if (now != at) {
            tell(now);
        }
    }

private:
    template <class Breaker>
    [[nodiscard]] static std::uint32_t openings_of(const Breaker& of) noexcept {
        if constexpr (requires { of.openings(); }) {
            return of.openings();
        } else {
            return 0;
        }
    }

    circuit state_ = circuit::closed;
    std::uint32_t openings_ = 0;
};

}  // namespace stentor::inline v0::detail
