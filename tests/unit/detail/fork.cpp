#include <catch2/catch_test_macros.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <stentor/detail/fork.hpp>

using stentor::detail::process_generation;

namespace {

// How many generations later `in_child` finds itself, in a child of this process.
template <class F>
int in_child(F&& generations_later) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(static_cast<int>(generations_later()));
    }
    int status = -1;
    return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("fork: a child is one generation later, its own child two, and the parent stays what it was") {
    const std::uint32_t mine = process_generation();
    CHECK(process_generation() == mine);
    CHECK(in_child([&] { return process_generation() - mine; }) == 1);
    CHECK(process_generation() == mine);
    CHECK(in_child([&] { return in_child([&] { return process_generation() - mine; }); }) == 2);
    CHECK(in_child([&] { return process_generation() - mine; }) == 1);
    CHECK(process_generation() == mine);
}
