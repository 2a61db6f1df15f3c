#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <stentor/port.hpp>

using namespace std::chrono_literals;
using namespace stentor;

namespace {

struct created {
    std::string id;
};
struct removed {
    std::string id;
};

// As much of a publisher as `adapt` needs; it notes what it was asked.
struct noting_publisher {
    std::vector<std::string> notes{};
    std::vector<port_handler> handlers{};
    bool refuse = false;

    void note(std::string kind, std::string_view topic) { notes.push_back(std::move(kind) + " to " + std::string(topic)); }

    result<receipt> publish(const created& m, const publish_options& o = {}) {
        note("created " + m.id, o.topic);
        receipt r;
        r.offset = 7;
        return r;
    }
    result<receipt> publish(const removed& m, const publish_options& o = {}) {
        note("removed " + m.id, o.topic);
        return error(errc::closed);
    }
    template <class T, class Handler>
    result<void> async_publish(const T& m, Handler&& handler, const publish_options& o = {}) {
        note("async " + m.id, o.topic);
        if (refuse) {
            return error(errc::queue_full);
        }
        handlers.push_back(std::forward<Handler>(handler));
        return {};
    }
    result<void> flush(nanoseconds within) {
        notes.push_back("flush " + std::to_string(within.count()));
        return {};
    }
    moment now() { return {instant(5s), 6, {}}; }
};

// What domain code looks like.
struct service {
    port<created, removed>& out;
    result<receipt> create(std::string id) { return out.publish(created{std::move(id)}, {.topic = "t"}); }
    result<receipt> remove(std::string id) { return out.publish(removed{std::move(id)}); }
};

}  // namespace

TEST_CASE("adapt makes a port of a publisher: each type goes to its own publish, options and results pass through") {
    noting_publisher publisher;
    auto out = adapt<created, removed>(publisher);
    service domain{out};
    const auto r = domain.create("1");
    REQUIRE(r);
    CHECK(r->offset == 7);
    CHECK(domain.remove("2").error() == errc::closed);
    CHECK(publisher.notes == std::vector<std::string>{"created 1 to t", "removed 2 to "});
}

TEST_CASE("asynchronous publishes reach the publisher with a handler that may be move-only") {
    noting_publisher publisher;
    auto out = adapt<created, removed>(publisher);
    port<created, removed>& as_port = out;
    std::int64_t seen = 0;
    auto owned = std::make_unique<std::int64_t>(40);
    REQUIRE(as_port.async_publish(removed{"3"}, [&seen, owned = std::move(owned)](result<receipt> r) { seen = *owned + r->offset; },
                                  {.topic = "u"}));
    CHECK(publisher.notes == std::vector<std::string>{"async 3 to u"});
    REQUIRE(publisher.handlers.size() == 1);
    CHECK(seen == 0);
    receipt where;
    where.offset = 2;
    publisher.handlers[0](where);
    CHECK(seen == 42);
}

TEST_CASE("a refused asynchronous publish is told, and its handler is gone uncalled") {
    noting_publisher publisher;
    publisher.refuse = true;
    auto out = adapt<created>(publisher);
    auto alive = std::make_shared<bool>(false);
    const auto e = out.async_publish(created{"4"}, [alive](const result<receipt>&) { *alive = true; });
    CHECK(e.error() == errc::queue_full);
    CHECK(alive.use_count() == 1);
    CHECK_FALSE(*alive);
}

TEST_CASE("an adapted port passes flush and now on to its publisher") {
    noting_publisher publisher;
    auto out = adapt<created, removed>(publisher);
    port<created, removed>& as_port = out;
    REQUIRE(as_port.flush(9ns));
    CHECK(publisher.notes == std::vector<std::string>{"flush 9"});
    CHECK(as_port.now().now == instant(5s));
    CHECK(as_port.now().random == 6);
}

TEST_CASE("a handler that was moved from says so") {
    port_handler first([](const result<receipt>&) {});
    CHECK(first);
    const port_handler second = std::move(first);
    CHECK_FALSE(first);
    CHECK(second);
}
