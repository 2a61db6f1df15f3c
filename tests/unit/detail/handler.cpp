#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include <stentor/detail/handler.hpp>

using namespace stentor;
using detail::handler;

namespace {

// Counts its own allocations and lives; `Words` makes it small or large.
template <std::size_t Words>
struct counted {
    struct counts {
        int allocated = 0;
        int freed = 0;
        int alive = 0;
        int called = 0;
    };
    inline static counts seen{};

    std::array<void*, Words> ballast{};

    counted() noexcept { ++seen.alive; }
    counted(const counted&) = delete;
    counted(counted&& other) noexcept : ballast(other.ballast) { ++seen.alive; }
    ~counted() { --seen.alive; }
    void operator()(result<receipt>) { ++seen.called; }

    static void* operator new(std::size_t n) {
        ++seen.allocated;
        return ::operator new(n);
    }
    static void operator delete(void* at) {
        ++seen.freed;
        ::operator delete(at);
    }
};
using small = counted<6>;
using large = counted<7>;

struct may_throw_when_moved {
    may_throw_when_moved() = default;
    may_throw_when_moved(may_throw_when_moved&& other) noexcept(false) : called(other.called) {}
    int* called = nullptr;
    void operator()(const result<receipt>&) { ++*called; }
};

template <class Counted>
void is_destroyed_once() {
    Counted::seen = {};
    {
        handler a{Counted{}};
        CHECK(Counted::seen.alive == 1);
        handler b{std::move(a)};
        CHECK_FALSE(a);
        CHECK(b);
        handler c;
        CHECK_FALSE(c);
        c = std::move(b);
        CHECK(Counted::seen.alive == 1);
        c(receipt{});
        CHECK(Counted::seen.called == 1);
        c.reset();
        CHECK(Counted::seen.alive == 0);
        CHECK_FALSE(c);
        c.reset();
        handler kept{Counted{}};
        kept = handler{Counted{}};
        CHECK(Counted::seen.alive == 1);
    }
    CHECK(Counted::seen.alive == 0);
    CHECK(Counted::seen.allocated == Counted::seen.freed);
}

}  // namespace

TEST_CASE("handler: six words live in place, without an allocation, and are destroyed exactly once") {
    is_destroyed_once<small>();
    CHECK(small::seen.allocated == 0);
}

TEST_CASE("handler: seven words cost one allocation each, are moved by pointer, and are destroyed exactly once") {
    is_destroyed_once<large>();
    CHECK(large::seen.allocated == 3);
}

TEST_CASE("handler: a move-only one is taken, and gets the result") {
    auto owned = std::make_unique<int>(41);
    int got = 0;
    handler h{[owned = std::move(owned), &got](result<receipt> r) { got = *owned + static_cast<int>(r->offset); }};
    receipt where;
    where.offset = 1;
    h(where);
    CHECK(got == 42);
}

TEST_CASE("handler: an error comes through as it is") {
    errc got = errc::none;
    handler h{[&got](const result<receipt>& r) { got = r.error().condition(); }};
    h(error(errc::rejected));
    CHECK(got == errc::rejected);
}

TEST_CASE("handler: what it throws comes out, and it can still be reset") {
    auto alive = std::make_shared<int>(0);
    handler h{[alive](const result<receipt>&) { throw std::runtime_error("no"); }};
    CHECK(alive.use_count() == 2);
    CHECK_THROWS_AS(h(receipt{}), std::runtime_error);
    CHECK(h);
    h.reset();
    CHECK(alive.use_count() == 1);
}

TEST_CASE("handler: one whose move may throw works, too") {
    int called = 0;
    may_throw_when_moved f;
    f.called = &called;
    handler a{std::move(f)};
    handler b{std::move(a)};
    b(receipt{});
    CHECK(called == 1);
}

TEST_CASE("handler: an lvalue is copied, and moving onto itself does no harm") {
    auto alive = std::make_shared<int>(0);
    const auto f = [alive](const result<receipt>&) { ++*alive; };
    handler h{f};
    handler& same = h;
    h = std::move(same);
    REQUIRE(h);
    h(receipt{});
    CHECK(*alive == 1);
}
