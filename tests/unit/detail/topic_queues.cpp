#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include <stentor/detail/topic_queues.hpp>

using namespace stentor;
using detail::slot;
using detail::topic_name;
using detail::topic_names;
using detail::topic_queues;
using block = detail::topic_queues::block;

namespace {

const topic_name& topic_a() { return topic_names::intern("topic_queues-a"); }
const topic_name& topic_b() { return topic_names::intern("topic_queues-b"); }

void add(topic_queues& q, slot& s, const topic_name& topic) {
    s.topic = &topic;
    q.push_back(s);
}

std::vector<slot*> drain(topic_queues& q) {
    std::vector<slot*> out;
    while (slot* s = q.ready()) {
        q.remove(*s);
        out.push_back(s);
    }
    return out;
}

}  // namespace

TEST_CASE("topic_queues: a topic's records are ready in the order they came, and stay until removed") {
    topic_queues q;
    slot s[3];
    CHECK(q.empty());
    CHECK(q.ready() == nullptr);
    for (slot& each : s) {
        add(q, each, topic_a());
        CHECK(each.where == detail::place::topic_queue);
    }
    CHECK(q.ready() == &s[0]);
    CHECK(q.ready() == &s[0]);
    CHECK(drain(q) == std::vector<slot*>{&s[0], &s[1], &s[2]});
    CHECK(q.empty());
    CHECK(s[0].where == detail::place::nowhere);
}

TEST_CASE("topic_queues: removal from the front, the middle and the end keeps the others in order") {
    topic_queues q;
    slot s[5];
    for (slot& each : s) {
        add(q, each, topic_a());
    }
    q.remove(s[2]);
    q.remove(s[0]);
    q.remove(s[4]);
    CHECK(drain(q) == std::vector<slot*>{&s[1], &s[3]});
    add(q, s[4], topic_a());
    CHECK(drain(q) == std::vector<slot*>{&s[4]});
}

TEST_CASE("topic_queues: a topic that is held does not hold up another, and comes back in order when released") {
    topic_queues q;
    slot s[4];
    add(q, s[0], topic_a());
    add(q, s[1], topic_b());
    add(q, s[2], topic_a());
    q.hold(topic_a(), block::transport, "held");
    CHECK(drain(q) == std::vector<slot*>{&s[1]});
    add(q, s[3], topic_a());
    CHECK(q.ready() == nullptr);
    CHECK_FALSE(q.empty());
    q.release(block::transport);
    CHECK(drain(q) == std::vector<slot*>{&s[0], &s[2], &s[3]});
}

// A topic's id is the process's business: whoever comes back in its order behaves differently after other tests.
TEST_CASE("topic_queues: which topic is ready first after a release depends on their first use, not on their ids") {
    const topic_name& early = topic_names::intern("topic_queues-early");
    const topic_name& late = topic_names::intern("topic_queues-late");
    REQUIRE(early.id < late.id);
    topic_queues one;
    topic_queues other;
    slot s[4];
    add(one, s[0], early);
    add(one, s[1], late);
    add(other, s[2], late);
    add(other, s[3], early);
    for (topic_queues* const q : {&one, &other}) {
        q->hold(early, block::transport, "held");
        q->hold(late, block::transport, "held");
        CHECK(q->ready() == nullptr);
        q->release(block::transport);
    }
    const std::vector<slot*> first = drain(one);
    REQUIRE(first.size() == 2);
    CHECK(drain(other) == (first[0] == &s[0] ? std::vector<slot*>{&s[2], &s[3]} : std::vector<slot*>{&s[3], &s[2]}));
}

TEST_CASE("topic_queues: what the breaker holds is not released by the transport, nor the other way round") {
    topic_queues q;
    slot s[2];
    add(q, s[0], topic_a());
    add(q, s[1], topic_b());
    q.hold(topic_a(), block::breaker, "held");
    q.hold(topic_b(), block::transport, "held");
    CHECK(q.ready() == nullptr);
    q.release(block::transport);
    CHECK(drain(q) == std::vector<slot*>{&s[1]});
    q.release(block::breaker);
    CHECK(drain(q) == std::vector<slot*>{&s[0]});
}

TEST_CASE("topic_queues: a topic that was emptied while held works again after its release") {
    topic_queues q;
    slot s;
    add(q, s, topic_a());
    q.hold(topic_a(), block::transport, "held");
    q.remove(s);
    CHECK(q.ready() == nullptr);
    q.release(block::transport);
    add(q, s, topic_a());
    CHECK(drain(q) == std::vector<slot*>{&s});
}

TEST_CASE("topic_queues: why a topic stands still can be asked, also of one that was never queued") {
    topic_queues q;
    slot s;
    CHECK(q.last_block(topic_b()) == block::none);
    CHECK(q.text(topic_b()) == nullptr);
    add(q, s, topic_a());
    q.hold(topic_a(), block::breaker, nullptr);
    CHECK(q.last_block(topic_a()) == block::breaker);
    q.release(block::breaker);
    q.hold(topic_a(), block::transport, "no broker is up");
    CHECK(q.last_block(topic_a()) == block::transport);
    CHECK(std::string(q.text(topic_a())) == "no broker is up");
    q.release(block::transport);
    CHECK(q.last_block(topic_a()) == block::transport);
    CHECK(q.ready() == &s);
}
