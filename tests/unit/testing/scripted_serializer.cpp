#include <catch2/catch_test_macros.hpp>

#include <stdexcept>
#include <string>

#include <stentor/testing/scripted_serializer.hpp>

using namespace stentor;

static_assert(serializer<scripted_serializer<>>);
static_assert(serializer_for<scripted_serializer<>, std::string>);

TEST_CASE("scripted_serializer fails, throws and passes in the order that it was told") {
    scripted_serializer<> kept;
    const scripted_serializer<> given = kept;
    fault f;
    f.code = errc::serialization;
    f.cause = "/member: bad";
    kept.pass_next();
    kept.fail_next(f);
    kept.throw_next("boom");
    buffer out;
    CHECK_FALSE(given.serialize(std::string("one"), out));
    CHECK(out.view() == "one");
    const fault said = given.serialize(std::string("two"), out);
    CHECK(said.code == errc::serialization);
    CHECK(said.text() == "/member: bad");
    CHECK(out.size() > 3);
    CHECK_THROWS_AS(given.serialize(std::string("three"), out), std::runtime_error);
    out.clear();
    CHECK_FALSE(given.serialize(std::string("four"), out));
    CHECK(out.view() == "four");
    CHECK(kept.calls() == 4);
}
