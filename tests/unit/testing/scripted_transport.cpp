#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <vector>

#include <stentor/testing/scripted_transport.hpp>

using namespace std::chrono_literals;
using namespace stentor;

static_assert(transport<scripted_transport>);

namespace {

struct noting_core final : events {
    scripted_transport wire;
    std::vector<std::string> notes{};
    completion mine{};
    std::string_view topic = "t";

    noting_core() {
        wire.attach(*this);
        mine.owner = this;
    }
    fault submit(std::string_view value) {
        const std::vector<header> headers{{"name", "bytes", false}};
        record r;
        r.topic = topic;
        r.value = value;
        r.headers = headers;
        return wire.submit(r, mine);
    }
    void completed(completion& which, const report& what, const moment&) noexcept override {
        if (what.returned != nullptr) {
            CHECK(what.returned->topic.data() == topic.data());
        }
        notes.push_back(std::string(to_string(what.outcome)) + " " +
                        (what.returned != nullptr ? std::string(what.returned->value) : "-") + (&which == &mine ? "" : "?"));
    }
    void woken(const moment& at) noexcept override { notes.push_back("woken " + std::to_string((at.now - began) / 1ms)); }
    void resumed(const moment&) noexcept override { notes.emplace_back("resumed"); }
    void client(const client_event& what, const moment&) noexcept override { notes.emplace_back(what.cause); }
    instant began = wire.now().now;
};

using notes = std::vector<std::string>;

}  // namespace

TEST_CASE("scripted_transport copies what it takes and reports when told, once") {
    noting_core core;
    {
        std::string gone = "first";
        CHECK_FALSE(core.submit(gone));
        gone.assign("?????");
    }
    CHECK_FALSE(core.submit("second"));
    REQUIRE(core.wire.submits().size() == 2);
    CHECK(core.wire.submits()[0].value == "first");
    CHECK_FALSE(core.wire.submits()[0].key);
    CHECK(core.wire.submits()[0].header("name") == "bytes");
    CHECK(core.wire.oldest() == 0);
    CHECK(core.wire.fail(1, errc::dns));
    CHECK(core.wire.persist(0));
    CHECK_FALSE(core.wire.persist(0));
    CHECK_FALSE(core.wire.persist(9));
    CHECK_FALSE(core.wire.oldest());
    CHECK(core.notes == notes{"not_persisted second", "persisted -"});
}

TEST_CASE("scripted_transport refuses as scripted, in order") {
    noting_core core;
    core.wire.answer_next(fault::not_now("full"));
    core.wire.answer_next({});
    fault f;
    f.code = errc::message_too_large;
    core.wire.answer_next(f);
    CHECK(core.submit("a").again);
    CHECK_FALSE(core.submit("b"));
    CHECK(core.submit("c").code == errc::message_too_large);
    CHECK(core.wire.submits().size() == 1);
    core.wire.resume();
    core.wire.tell({client_event::kind::fault, errc::dns, "no such host"});
    CHECK(core.notes == notes{"resumed", "no such host"});
}

TEST_CASE("scripted_transport rings the earliest alarm on the way, once") {
    noting_core core;
    core.wire.wake_at(core.began + 70ms);
    core.wire.wake_at(core.began + 30ms);
    core.wire.advance(29ms);
    CHECK(core.notes.empty());
    core.wire.advance(100ms);
    CHECK(core.notes == notes{"woken 30"});
    CHECK(core.wire.elapsed() == 129ms);
    core.wire.wake_at(core.began);
    core.wire.advance(0ns);
    CHECK(core.notes == notes{"woken 30", "woken 129"});
}

TEST_CASE("waiting drives virtual time until the latch is set or the time has come") {
    noting_core core;
    latch l;
    core.wire.wake_at(core.began + 10ms);
    CHECK_FALSE(core.wire.wait(l, core.began + 20ms));
    CHECK(core.notes == notes{"woken 10"});
    CHECK(core.wire.elapsed() == 20ms);
    core.wire.while_waiting([&] {
        l.set();
        return true;
    });
    CHECK(core.wire.wait(l, core.began + 1h));
    CHECK(core.wire.elapsed() == 20ms);
}

TEST_CASE("retiring reports what is open as unknown, and lets go") {
    noting_core core;
    CHECK_FALSE(core.submit("a"));
    auto keep = std::make_shared<int>(1);
    core.wire.retire(keep, core.began);
    CHECK(core.notes == notes{"unknown a"});
    CHECK(keep.use_count() == 1);
    core.wire.resume();
    CHECK(core.notes.size() == 1);
}
