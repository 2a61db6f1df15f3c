#include <catch2/catch_test_macros.hpp>

#include <string>
#include <thread>

#include <stentor/detail/scratch.hpp>

using stentor::detail::scratch;
using stentor::detail::scratch_lease;

TEST_CASE("scratch: the next lease is the same one with its memory, and empty") {
    const scratch* first = nullptr;
    std::size_t grown = 0;
    {
        const scratch_lease mine;
        first = &*mine;
        mine->value.append(std::string(100'000, 'x'));
        mine->headers("name", "value");
        grown = mine->value.capacity();
    }
    const scratch_lease again;
    CHECK(&*again == first);
    CHECK(again->value.size() == 0);
    CHECK(again->headers.headers().empty());
    CHECK(again->value.capacity() == grown);
    CHECK(grown >= 100'000);
}

TEST_CASE("scratch: a publish inside another one has its own, at each depth the same every time") {
    const scratch_lease outer;
    outer->value.append("outer");
    const scratch* second = nullptr;
    const scratch* third = nullptr;
    for (int round = 0; round < 2; ++round) {
        const scratch_lease inner;
        inner->value.append("inner");
        const scratch_lease innermost;
        innermost->value.append("innermost");
        CHECK(&*inner != &*outer);
        CHECK(&*innermost != &*inner);
        CHECK(&*innermost != &*outer);
        if (round == 0) {
            second = &*inner;
            third = &*innermost;
        }
        CHECK(&*inner == second);
        CHECK(&*innermost == third);
        CHECK(inner->value.view() == "inner");
        CHECK(outer->value.view() == "outer");
    }
}

TEST_CASE("scratch: each thread has its own") {
    const scratch_lease mine;
    mine->value.append("mine");
    const scratch* theirs = nullptr;
    bool empty = false;
    std::thread([&] {
        const scratch_lease other;
        theirs = &*other;
        empty = other->value.size() == 0;
        other->value.append("theirs");
    }).join();
    CHECK(theirs != &*mine);
    CHECK(empty);
    CHECK(mine->value.view() == "mine");
}

namespace {

// Publishes when its thread ends: it was made before the thread's scratch was, so it is destroyed after it.
struct late {
    bool* fine = nullptr;
    ~late() {
        const scratch_lease lease;
        lease->value.append("late");
        *fine = lease->value.view() == "late";
    }
};

}  // namespace

TEST_CASE("scratch: a lease after the thread's own was freed starts anew") {
    bool fine = false;
    std::thread([&] {
        thread_local late last;
        last.fine = &fine;
        const scratch_lease early;
        early->value.append("early");
    }).join();
    CHECK(fine);
}
