// A forked child has a copy of its parent's publisher, and none of the threads that it needs: everything there ends at once.

#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "support.hpp"

using namespace flow;
using stentor::errc;

namespace {

// What a child does with it; its answer is the status of the process, since the test's own assertions stay with the parent.
template <class Deeds>
int in_a_child(Deeds&& deeds) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::alarm(20);  // a child that hangs ends, and is noticed
        ::_exit(deeds());
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK_FALSE(WIFSIGNALED(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("in a forked child flush says closed, close has nothing to do, and the parent goes on", "[flow]") {
    stentor::memory_broker broker;
    broker.hold();
    outcomes seen;
    std::optional<publisher<>> p(std::in_place, stentor::memory_transport{broker});
    REQUIRE(p->async_publish(note{"k", "v"}, seen.into("v"), {.deadline = 5s}));
    CHECK(in_a_child([&] {
              const auto sent = p->publish(note{"k", "child"}, {.deadline = 5s});
              const auto flushed = p->flush(5s);
              const auto closed = p->close(5s);
              const bool again = p->close(5s).has_value();
              const bool well =
                  !sent && sent.error() == errc::closed && !flushed && flushed.error() == errc::closed && closed && again;
              return well && seen.all.empty() ? 0 : 1;
          }) == 0);
    CHECK(p->account().in_flight == 1);
    broker.release();
    CHECK(p->flush(5s));
    CHECK(seen.persisted() == 1);
    CHECK(p->publish(note{"k", "parent"}));
    CHECK(broker.records("notes").size() == 2);
    CHECK(p->close(1s));
    check_balanced(p->account());
}

TEST_CASE("in a forked child a publisher is destroyed at once, with nothing told of what the parent has in flight", "[flow]") {
    stentor::memory_broker broker;
    broker.hold();
    outcomes seen;
    std::optional<publisher<>> p(std::in_place, stentor::memory_transport{broker});
    REQUIRE(p->async_publish(note{"k", "v"}, seen.into("v"), {.deadline = 5s}));
    CHECK(in_a_child([&] {
              p.reset();
              return seen.all.empty() ? 0 : 1;
          }) == 0);
    broker.release();
    CHECK(p->flush(5s));
    CHECK(seen.persisted() == 1);
    check_balanced(p->account());
}
