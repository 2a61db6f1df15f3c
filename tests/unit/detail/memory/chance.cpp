#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

#include <stentor/detail/memory/chance.hpp>

using namespace stentor;
using detail::fault_source;
using detail::generator;
using kind = memory_fault::kind;

TEST_CASE("chance: the generator is splitmix64, by its published numbers") {
    generator g(1234567);
    for (const std::uint64_t known : {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL,
                                      4593380528125082431ULL, 16408922859458223821ULL}) {
        CHECK(g.next() == known);
    }
}

TEST_CASE("chance: fractions are from 0 up to 1, 1 left out, and all over it") {
    generator g(1);
    int tenths[10]{};
    for (int i = 0; i < 10'000; ++i) {
        const double f = g.fraction();
        REQUIRE((f >= 0 && f < 1));
        ++tenths[static_cast<std::size_t>(f * 10)];
    }
    for (const int n : tenths) {
        CHECK((n > 850 && n < 1150));
    }
}

TEST_CASE("chance: a script counts what fits it, and hits from its first to its last, at most so often") {
    fault_source faults;
    generator g(1);
    memory_script s;
    s.topic = "t";
    s.key = "k";
    s.from = 2;
    s.to = 4;
    s.times = 2;
    s.fault = memory_fault::duplicate();
    faults.add(s);
    const auto draw = [&](std::string_view topic, std::string_view key) {
        return faults.draw(topic, key, g).what == kind::duplicate;
    };
    CHECK_FALSE(draw("t", "k"));  // the first
    CHECK_FALSE(draw("u", "k"));  // another topic, another key, no key: not counted
    CHECK_FALSE(draw("t", "l"));
    CHECK_FALSE(draw("t", {}));
    CHECK(draw("t", "k"));
    CHECK(draw("t", "k"));
    CHECK_FALSE(draw("t", "k"));  // twice is enough
    CHECK(faults.idle());
}

TEST_CASE("chance: a script of one attempt hits that one only, and is gone after it") {
    fault_source faults;
    generator g(1);
    memory_script s;
    s.attempt = 2;
    s.fault = memory_fault::time_out();
    faults.add(s);
    CHECK(faults.draw("t", "k", g).what == kind::none);
    CHECK_FALSE(faults.idle());
    CHECK(faults.draw("t", {}, g).what == kind::time_out);
    CHECK(faults.idle());
    CHECK(faults.draw("t", "k", g).what == kind::none);
}

TEST_CASE("chance: of two scripts that fit the first one hits, and the other one has seen the record, too") {
    fault_source faults;
    generator g(1);
    memory_script first;
    first.times = 1;
    first.fault = memory_fault::duplicate();
    memory_script second;
    second.attempt = 2;
    second.fault = memory_fault::time_out();
    faults.add(first);
    faults.add(second);
    CHECK(faults.draw("t", "k", g).what == kind::duplicate);
    CHECK(faults.draw("t", "k", g).what == kind::time_out);
    CHECK(faults.idle());
    first.times = 2;
    faults.add(first);
    faults.add(second);
    CHECK(faults.draw("t", "k", g).what == kind::duplicate);
    CHECK(faults.draw("t", "k", g).what == kind::duplicate);
    CHECK(faults.idle());
}

TEST_CASE("chance: faults by chance are as frequent as was said, one of the given ones, and the same for a seed") {
    fault_source faults;
    faults.by_chance({.probability = 0.25, .faults = {memory_fault::duplicate(), memory_fault::answer(7)}});
    const auto run = [&](std::uint64_t seed) {
        generator g(seed);
        std::string seen;
        for (int i = 0; i < 4000; ++i) {
            const kind k = faults.draw("t", "k", g).what;
            seen += k == kind::none ? '.' : k == kind::duplicate ? 'd' : k == kind::answer ? 'a' : '?';
        }
        return seen;
    };
    const std::string seen = run(7);
    const auto often = [&](char c) { return std::count(seen.begin(), seen.end(), c); };
    CHECK(often('?') == 0);
    CHECK((often('d') > 400 && often('d') < 600));
    CHECK((often('a') > 400 && often('a') < 600));
    CHECK(run(7) == seen);
    CHECK(run(8) != seen);
    faults.clear();
    CHECK(faults.idle());
}
