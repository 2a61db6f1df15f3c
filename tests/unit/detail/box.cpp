#include <stentor/detail/box.hpp>

#include <utility>

#include <catch2/catch_test_macros.hpp>

using stentor::detail::box;

namespace {

struct counted {
    explicit counted(int* alive) : alive_(alive) { ++*alive_; }
    ~counted() { --*alive_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;

    box<counted> next;

private:
    int* alive_;
};

}  // namespace

TEST_CASE("box: owns one object, and lets go of it once", "[box]") {
    int alive = 0;
    {
        box<counted> a(new counted(&alive));
        box<counted> b = std::move(a);
        CHECK(a == nullptr);
        CHECK(b != nullptr);
        CHECK(alive == 1);
        a = std::move(b);
        CHECK(b == nullptr);
        a = box<counted>(new counted(&alive));
        CHECK(alive == 1);
        a.reset();
        CHECK(alive == 0);
        a = box<counted>(new counted(&alive));
    }
    CHECK(alive == 0);
}

TEST_CASE("box: moving to itself keeps what it owns", "[box]") {
    int alive = 0;
    box<counted> a(new counted(&alive));
    box<counted>& same = a;
    a = std::move(same);
    CHECK(a != nullptr);
    CHECK(alive == 1);
}

TEST_CASE("box: the head of a chain may be replaced by its own tail", "[box]") {
    int alive = 0;
    box<counted> head(new counted(&alive));
    head->next = box<counted>(new counted(&alive));
    head = std::move(head->next);
    CHECK(alive == 1);
    CHECK(head->next == nullptr);
}

TEST_CASE("box: of an array", "[box]") {
    box<int[]> a(new int[3]{1, 2, 3});
    box<int[]> b(new int[1]{4});
    b = std::move(a);
    CHECK(a == nullptr);
    CHECK(b[2] == 3);
}
