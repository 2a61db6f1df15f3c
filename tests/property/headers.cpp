// A record has the bytes that it was given, whatever they are and however often it is sent: key, value, headers.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/describe/class.hpp>
#include <catch2/catch_test_macros.hpp>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "property/holds.hpp"
#include "property/texts.hpp"

namespace headers_property {

struct note {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(note, (), (text))

}  // namespace headers_property

template <>
struct stentor::message_traits<headers_property::note> {
    static constexpr std::string_view topic = "notes";
    static constexpr std::string_view type = "note";
};

namespace {

using headers_property::note;
using property::holds;
using pairs = std::vector<std::pair<std::string, std::string>>;

struct sent {
    std::optional<std::string> key;
    pairs headers;
    std::string text;
};

sent any_record() {
    sent s;
    if (*rc::gen::arbitrary<bool>()) {
        s.key = *property::bytes();
    }
    s.headers = *rc::gen::container<pairs>(rc::gen::pair(property::bytes(), property::bytes()));
    s.text = *property::text();
    return s;
}

struct views {
    explicit views(const sent& s) {
        for (const auto& [name, value] : s.headers) {
            headers.push_back({name, value});
        }
        options.key = s.key ? std::string_view(*s.key) : std::string_view{};
        options.trace.traceparent = trace;
        options.headers = headers;
    }
    static constexpr std::string_view trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    std::vector<stentor::header> headers;
    stentor::publish_options options;
};

pairs sorted(pairs all) {
    std::sort(all.begin(), all.end());
    return all;
}
// The order of headers is no promise.
pairs headers_of(const stentor::memory_record& r) {
    pairs all;
    for (const stentor::header& h : r.headers) {
        all.emplace_back(h.name, h.value);
    }
    return sorted(std::move(all));
}
pairs expected(const sent& s) {
    pairs all = s.headers;
    all.emplace_back("type", "note");
    all.emplace_back("traceparent", views::trace);
    return sorted(std::move(all));
}

void is_as_sent(const stentor::memory_record& r, const sent& s) {
    RC_ASSERT(r.has_key() == s.key.has_value());
    RC_ASSERT(r.key == s.key.value_or(""));
    stentor::buffer value;
    RC_ASSERT(!stentor::json_serializer{}.serialize(note{s.text}, value));
    RC_ASSERT(r.value == value.view());
}

constexpr std::size_t slots = 8;

}  // namespace

TEST_CASE("property: a record has just its own headers, key and value, after retries and while it was parked, too") {
    holds("headers", [] {
        const sent s = any_record();
        const views v(s);
        stentor::memory_broker broker;
        stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::publisher_options{.slots = slots}};
        const auto failures = *rc::gen::inRange<std::uint32_t>(0, 3);
        broker.fail_next(failures, stentor::errc::broker_unavailable);
        if (*rc::gen::arbitrary<bool>()) {
            broker.down(stentor::milliseconds(50));
        }
        const auto r = publisher.publish(note{s.text}, v.options);
        RC_ASSERT(r.has_value());
        RC_ASSERT(r->attempts == failures + 1);
        const auto& log = broker.records("notes");
        RC_ASSERT(log.size() == 1U);
        is_as_sent(log[0], s);
        RC_ASSERT(headers_of(log[0]) == expected(s));
    });
}

TEST_CASE("property: a dead letter has the record's own headers, key and value, and what befell it") {
    holds("dead letters", [] {
        const sent s = any_record();
        const views v(s);
        stentor::memory_broker broker;
        stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::dead_letter<>{.topic = "dead"},
                                           stentor::publisher_options{.slots = slots}};
        broker.fail_next(1, stentor::errc::rejected);
        const auto r = publisher.publish(note{s.text}, v.options);
        RC_ASSERT(!r.has_value());
        RC_ASSERT(r.error() == stentor::errc::rejected);
        RC_ASSERT(r.error().dead_letter.what == stentor::dead_letter_result::state::written);
        RC_ASSERT(broker.records("notes").empty());
        const auto& log = broker.records("dead");
        RC_ASSERT(log.size() == 1U);
        is_as_sent(log[0], s);
        pairs all = headers_of(log[0]);
        const auto of_stentor = [](const auto& h) { return h.first.starts_with("stentor-dlq-"); };
        RC_ASSERT(std::count_if(all.begin(), all.end(), of_stentor) == 5);
        std::erase_if(all, of_stentor);
        RC_ASSERT(all == expected(s));
    });
}

TEST_CASE("property: a tombstone has its key and no value") {
    holds("tombstone", [] {
        const sent s = any_record();
        const views v(s);
        stentor::memory_broker broker;
        stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::publisher_options{.slots = slots}};
        const std::string key = s.key.value_or("");
        RC_ASSERT(publisher.erase<note>(key, v.options).has_value());
        const auto& log = broker.records("notes");
        RC_ASSERT(log.size() == 1U);
        RC_ASSERT(log[0].is_tombstone());
        RC_ASSERT(log[0].has_key());
        RC_ASSERT(log[0].key == key);
        RC_ASSERT(headers_of(log[0]) == expected(s));
    });
}
