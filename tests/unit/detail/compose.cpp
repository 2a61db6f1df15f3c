#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <stentor/detail/compose.hpp>

using namespace std::chrono_literals;
using namespace stentor;
using detail::compose;
using detail::departure;
using detail::message_id;
using detail::scratch;

namespace {

struct plain {
    std::string id = "the-key";
    std::string text = "text";
    operator std::string_view() const { return text; }
};
struct routed : plain {};   // the topic is the message's own; no key, no type
struct untyped : plain {};  // a type without a header of its own
struct strict : plain {};

struct extra {
    [[maybe_unused]] static constexpr std::string_view content_type = "text/plain";
    fault serialize(const plain&, buffer&) const { return fault{errc::none, true, 0, "odd", {}}; }
    void headers(const plain&, header_sink& add) const { add("schema", "1"); }
};

}  // namespace

template <>
struct stentor::message_traits<plain> {
    static constexpr std::string_view topic = "plain-topic", type = "plain-type", type_header = "kind";
    static std::string_view key(const plain& m) { return m.id; }
    static void headers(const plain&, auto&& add) { add("own", "2"); }
};
template <>
struct stentor::message_traits<routed> {
    static std::string_view topic(const routed& m) { return m.id; }
    static constexpr std::string_view type = "routed-type";
    static void headers(const routed&, header_sink& add, const publish_context& context) {
        add("traced", context.traced() ? "yes" : "no");
    }
};
template <>
struct stentor::message_traits<untyped> {
    [[maybe_unused]] static constexpr std::string_view topic = "untyped", type = "untyped-type", type_header = "";
};
template <>
struct stentor::message_traits<strict> {
    [[maybe_unused]] static constexpr std::string_view topic = "";  // wrong as well, but validation speaks first
    static fault validate(const strict&) {
        fault f;
        f.code = errc::invalid_message;
        f.name = "/id: is empty";
        return f;
    }
};

namespace {

struct composed {
    scratch into{};
    departure d{};
    fault wrong{};
};

template <class T>
void make(composed& c, const T* m, const publish_options& o = {}, const publisher_options& options = {}) {
    c.d.begin(c.d.context.at, true);
    c.wrong = compose(m, raw_serializer{}, o, options, c.into, c.d);
}

template <class T, class Serializer = raw_serializer>
std::string headers(const T* m, const publish_options& o = {}, const Serializer& s = {}) {
    header_sink add;
    detail::add_headers(m, s, o, publish_context{}, add);
    std::string out;
    for (const header& h : add.headers()) {
        out += std::string(h.name) + "=" + std::string(h.value) + (h.fixed ? "! " : " ");
    }
    return out;
}

}  // namespace

TEST_CASE("compose: the call's topic wins over the settings', and theirs over the traits'") {
    const plain m;
    publisher_options renamed;
    renamed.topics = {{"", "never"}, {"plain-topic", "by-topic"}};
    composed c;
    make(c, &m);
    CHECK(c.d.what.topic == "plain-topic");
    make(c, &m, {}, renamed);
    CHECK(c.d.what.topic == "by-topic");
    make(c, &m, {.topic = "by-call"}, renamed);
    CHECK(c.d.what.topic == "by-call");
    renamed.topics = {{"plain-type", "by-type"}, {"plain-topic", "by-topic"}};
    make(c, &m, {}, renamed);
    CHECK(c.d.what.topic == "by-type");
    CHECK(c.d.what.topic.data() == c.d.topic->text.data());
}

TEST_CASE("compose: a topic can be the message's own, and none at all is an invalid message") {
    routed m;
    composed c;
    make(c, &m);
    CHECK(c.d.what.topic == "the-key");
    m.id.clear();
    make(c, &m);
    CHECK(c.wrong.code == errc::invalid_message);
    CHECK(c.wrong.text().find("topic") != std::string_view::npos);
}

TEST_CASE("compose: a tombstone of a message that names its own topic needs one from the call or the settings") {
    composed c;
    make<routed>(c, nullptr, {.key = "k"});
    CHECK(c.wrong.code == errc::invalid_message);
    make<routed>(c, nullptr, {.topic = "by-call", .key = "k"});
    CHECK_FALSE(c.wrong);
    CHECK(c.d.what.topic == "by-call");
    publisher_options renamed;
    renamed.topics = {{"another-type", "never"}, {"routed-type", "by-type"}};
    make<routed>(c, nullptr, {.key = "k"}, renamed);
    CHECK_FALSE(c.wrong);
    CHECK(c.d.what.topic == "by-type");
}

TEST_CASE("compose: the call's key wins, a null one too; without any the key is null and not empty") {
    const plain m;
    composed c;
    make(c, &m);
    CHECK(c.d.what.key == "the-key");
    make(c, &m, {.key = "other"});
    CHECK(c.d.what.key == "other");
    make(c, &m, {.key = ""});
    CHECK(c.d.what.key.data() != nullptr);
    CHECK(c.d.what.key.empty());
    make(c, &m, {.key = std::string_view{}});
    CHECK(c.d.what.key.data() == nullptr);
    const routed keyless;
    make(c, &keyless);
    CHECK(c.d.what.key.data() == nullptr);
}

TEST_CASE("compose: an empty value is not a tombstone, and a tombstone has a null value") {
    plain m;
    m.text.clear();
    composed c;
    make(c, &m);
    CHECK_FALSE(c.wrong);
    CHECK(c.d.what.value.data() != nullptr);
    CHECK(c.d.what.value.empty());
    composed gone;
    make<plain>(gone, nullptr, {.key = "k"});
    CHECK_FALSE(gone.wrong);
    CHECK(gone.d.what.key == "k");
    CHECK(gone.d.what.value.data() == nullptr);
    CHECK(gone.d.what.topic == "plain-topic");
}

TEST_CASE("compose: the type header has the traits' name, \"type\" without one, and is left out for an empty one") {
    const plain named;
    const routed unnamed;
    const untyped none;
    CHECK(headers(&named) == "kind=plain-type! own=2! ");
    CHECK(headers(&unnamed) == "type=routed-type! traced=no ");
    CHECK(headers(&none).empty());
}

TEST_CASE("compose: headers of traits, serializer and call come together; a tombstone has no message to ask") {
    const plain m;
    const header own[] = {{"c", "3", true}};
    CHECK(headers(&m, {.headers = header_view(own, 1)}, extra{}) == "kind=plain-type! own=2! schema=1! c=3 ");
    CHECK(headers<plain>(nullptr, {.headers = header_view(own, 1)}, extra{}) == "kind=plain-type! c=3 ");
}

TEST_CASE("compose: validate is asked before anything else") {
    const strict m;
    composed c;
    make(c, &m);
    CHECK(c.wrong.code == errc::invalid_message);
    CHECK(c.wrong.text() == "/id: is empty");
    CHECK(c.into.value.size() == 0);
    CHECK(c.d.topic == nullptr);
}

TEST_CASE("compose: a serializer's fault without a condition is errc::serialization") {
    const plain m;
    composed c;
    c.wrong = compose(&m, extra{}, {}, publisher_options{}, c.into, c.d);
    CHECK(c.wrong.code == errc::serialization);
}

TEST_CASE("compose: deadline, time and partition are the call's, else the publisher's, now, and the key's") {
    const plain m;
    composed c;
    c.d.context.at.wall = timestamp(5ms);
    make(c, &m, {}, publisher_options{.deadline = 7s});
    CHECK(c.d.deadline == 7s);
    CHECK(c.d.what.time == timestamp(5ms));
    CHECK(c.d.what.partition == -1);
    make(c, &m, {.deadline = 2s, .partition = 3, .timestamp = timestamp(9ms)});
    CHECK(c.d.deadline == 2s);
    CHECK(c.d.what.time == timestamp(9ms));
    CHECK(c.d.what.partition == 3);
    make(c, &m, {.partition = -2});
    CHECK(c.wrong.code == errc::invalid_message);
    CHECK(c.wrong.text().find("partition") != std::string_view::npos);
}

TEST_CASE("message_id: is a UUID of version 4 and the RFC's variant, whatever the bits") {
    for (const std::uint64_t bits : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x0123456789abcdef}}) {
        const message_id id(bits, ~bits);
        const std::string_view text = id.view();
        REQUIRE(text.size() == 36);
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
            CHECK((dash ? text[i] == '-' : std::string_view("0123456789abcdef").find(text[i]) != std::string_view::npos));
        }
        CHECK(text[14] == '4');
        CHECK(std::string_view("89ab").find(text[19]) != std::string_view::npos);
    }
}

TEST_CASE("message_id: differs for fresh bits that differ, even only where the version is written over them") {
    std::set<std::string, std::less<>> seen;
    for (std::uint64_t i = 0; i < 4096; ++i) {
        seen.emplace(message_id(i, 42).view());
    }
    CHECK(seen.size() == 4096);
    CHECK(message_id(1, 1).view() != message_id(1, 2).view());
}
