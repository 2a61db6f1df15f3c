#include <catch2/catch_test_macros.hpp>

#include <vector>

#include <stentor/detail/lane_turns.hpp>

using namespace stentor;
using detail::lane_turns;
using detail::topic_name;
using detail::topic_names;

// One thread: what others would do meanwhile happens inside `sleep`, another one's wait included. Nobody sleeps.

namespace {

const topic_name& topic() { return topic_names::intern("lane_turns"); }
const topic_name& another() { return topic_names::intern("lane_turns-another"); }

constexpr auto full = [] { return false; };
constexpr auto times_out = [](latch&, instant) noexcept { return false; };
constexpr auto looks = [](latch& l, instant) noexcept { return l.is_set(); };

}  // namespace

TEST_CASE("lane_turns: who finds room after all does not sleep") {
    lane_turns turns;
    bool slept = false;
    CHECK(turns.wait(
        topic(), 1, instant{}, [] { return true; },
        [&](latch&, instant) noexcept {
            slept = true;
            return false;
        }));
    CHECK_FALSE(slept);
}

TEST_CASE("lane_turns: the deadline ends the wait, and is the one that was given") {
    lane_turns turns;
    instant until{};
    CHECK_FALSE(turns.wait(topic(), 1, instant(nanoseconds(42)), full, [&](latch&, instant at) noexcept {
        until = at;
        return false;
    }));
    CHECK(until == instant(nanoseconds(42)));
}

TEST_CASE("lane_turns: room is asked for after the wait was announced, so that whoever makes room in between wakes it") {
    lane_turns turns;
    const auto room_is_made = [&] {
        turns.wake(topic(), 1, false);
        return false;
    };
    CHECK(turns.wait(topic(), 1, instant{}, room_is_made, looks));
}

TEST_CASE("lane_turns: a wake that comes with the deadline counts") {
    lane_turns turns;
    CHECK(turns.wait(topic(), 1, instant{}, full, [&](latch&, instant) noexcept {
        turns.wake(topic(), 1, false);
        return false;
    }));
}

TEST_CASE("lane_turns: another lane's wake does not wake, be it of another key or of another topic") {
    lane_turns turns;
    CHECK_FALSE(turns.wait(topic(), 1, instant{}, full, [&](latch& l, instant) noexcept {
        turns.wake(topic(), 2, true);
        turns.wake(another(), 1, true);
        return l.is_set();
    }));
}

TEST_CASE("lane_turns: first come, first served, one a wake") {
    lane_turns turns;
    std::vector<bool> served(3);
    bool after_one[3]{};
    bool after_two[3]{};
    latch* sleeping[3]{};
    served[0] = turns.wait(topic(), 1, instant{}, full, [&](latch& first, instant) noexcept {
        sleeping[0] = &first;
        served[1] = turns.wait(topic(), 1, instant{}, full, [&](latch& second, instant) noexcept {
            sleeping[1] = &second;
            served[2] = turns.wait(topic(), 1, instant{}, full, [&](latch& third, instant) noexcept {
                sleeping[2] = &third;
                turns.wake(topic(), 1, false);
                for (int i = 0; i < 3; ++i) {
                    after_one[i] = sleeping[i]->is_set();
                }
                turns.wake(topic(), 1, false);
                for (int i = 0; i < 3; ++i) {
                    after_two[i] = sleeping[i]->is_set();
                }
                return false;
            });
            return false;
        });
        return false;
    });
    CHECK((after_one[0] && !after_one[1] && !after_one[2]));
    CHECK((after_two[0] && after_two[1] && !after_two[2]));
    CHECK((served[0] && served[1] && !served[2]));
}

TEST_CASE("lane_turns: a wake for all wakes all of the lane, and nobody else") {
    lane_turns turns;
    bool served[3]{};
    served[0] = turns.wait(topic(), 1, instant{}, full, [&](latch&, instant) noexcept {
        served[1] = turns.wait(topic(), 2, instant{}, full, [&](latch&, instant) noexcept {
            served[2] = turns.wait(topic(), 1, instant{}, full, [&](latch&, instant) noexcept {
                turns.wake(topic(), 1, true);
                return false;
            });
            return false;
        });
        return false;
    });
    CHECK((served[0] && !served[1] && served[2]));
}

TEST_CASE("lane_turns: who gave up takes no wake away, and whoever comes later is found") {
    lane_turns turns;
    bool last = false;
    const bool first = turns.wait(topic(), 1, instant{}, full, [&](latch&, instant) noexcept {
        CHECK_FALSE(turns.wait(topic(), 1, instant{}, full, times_out));  // the last of the list goes
        last = turns.wait(topic(), 1, instant{}, full, [&](latch&, instant) noexcept {
            turns.wake(topic(), 1, false);
            turns.wake(topic(), 1, false);
            return false;
        });
        return false;
    });
    CHECK(first);
    CHECK(last);
}

TEST_CASE("lane_turns: after a wait that gave up the next one is the first, and is found") {
    lane_turns turns;
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(turns.wait(topic(), 1, instant{}, full, times_out));
        CHECK(turns.wait(topic(), 1, instant{}, full, [&](latch& l, instant) noexcept {
            turns.wake(topic(), 1, false);
            return l.is_set();
        }));
    }
}

TEST_CASE("lane_turns: dismiss wakes everybody, whatever lane they wait for") {
    lane_turns turns;
    bool served[2]{};
    served[0] = turns.wait(topic(), 1, instant{}, full, [&](latch&, instant) noexcept {
        served[1] = turns.wait(another(), 2, instant{}, full, [&](latch&, instant) noexcept {
            turns.dismiss();
            return false;
        });
        return false;
    });
    CHECK((served[0] && served[1]));
}
