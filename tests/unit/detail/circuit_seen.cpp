#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <vector>

#include <stentor/detail/circuit_seen.hpp>

using stentor::circuit;
using stentor::detail::circuit_seen;

namespace {

struct counting {
    circuit now = circuit::closed;
    std::uint32_t opened = 0;
    [[nodiscard]] circuit state() const noexcept { return now; }
    [[nodiscard]] std::uint32_t openings() const noexcept { return opened; }
};

struct not_counting {
    circuit now = circuit::closed;
    [[nodiscard]] circuit state() const noexcept { return now; }
};

using moves = std::vector<circuit>;

template <class Breaker>
moves look(circuit_seen& seen, const Breaker& at) {
    moves all;
    seen.look(at, [&](circuit to) { all.push_back(to); });
    return all;
}

}  // namespace

TEST_CASE("circuit_seen: each move is told once") {
    circuit_seen seen;
    CHECK(look(seen, counting{}).empty());
    CHECK(look(seen, counting{circuit::open, 1}) == moves{circuit::open});
    CHECK(look(seen, counting{circuit::open, 1}).empty());
    CHECK(look(seen, counting{circuit::half_open, 1}) == moves{circuit::half_open});
    CHECK(look(seen, counting{circuit::half_open, 1}).empty());
    CHECK(look(seen, counting{circuit::closed, 1}) == moves{circuit::closed});
    CHECK(seen.last() == circuit::closed);
}

TEST_CASE("circuit_seen: an opening that went by since the last look is told in its place") {
    const auto after = [](counting before, circuit now) {
        circuit_seen seen;
        seen.begin(before);
        return look(seen, counting{now, before.opened + 1});
    };
    CHECK(after({circuit::closed, 0}, circuit::half_open) == moves{circuit::open, circuit::half_open});
    CHECK(after({circuit::half_open, 7}, circuit::half_open) == moves{circuit::open, circuit::half_open});
    CHECK(after({circuit::half_open, 7}, circuit::open) == moves{circuit::open});
    CHECK(after({circuit::half_open, 7}, circuit::closed) == moves{circuit::open, circuit::closed});
    CHECK(after({circuit::open, 7}, circuit::open) == moves{circuit::half_open, circuit::open});
    CHECK(after({circuit::open, 7}, circuit::half_open) == moves{circuit::half_open, circuit::open, circuit::half_open});
}

TEST_CASE("circuit_seen: what was so at the beginning is no move, and a breaker need not count") {
    circuit_seen seen;
    seen.begin(counting{circuit::open, 3});
    CHECK(seen.last() == circuit::open);
    CHECK(look(seen, counting{circuit::open, 3}).empty());

    circuit_seen plain;
    plain.begin(not_counting{circuit::open});
    CHECK(look(plain, not_counting{circuit::open}).empty());
    CHECK(look(plain, not_counting{circuit::half_open}) == moves{circuit::half_open});
    CHECK(look(plain, not_counting{circuit::half_open}).empty());
    CHECK(look(plain, not_counting{circuit::closed}) == moves{circuit::closed});
}
