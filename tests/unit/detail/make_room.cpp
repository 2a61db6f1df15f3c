#include <stentor/detail/make_room.hpp>

#include <vector>

#include <catch2/catch_test_macros.hpp>

TEST_CASE("room is made once for all that is wanted and more, and what is inside stays") {
    std::vector<int> v{1, 2, 3};
    stentor::detail::make_room(v, 100);
    CHECK(v == std::vector<int>{1, 2, 3});
    CHECK(v.capacity() >= 200);
    const int* const where = v.data();
    stentor::detail::make_room(v, 200);
    CHECK(v.data() == where);
}
