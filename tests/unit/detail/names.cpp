#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>

#include <stentor/detail/names.hpp>

using namespace stentor;

namespace {

std::string converted(std::string_view from, naming how) {
    std::string to(from.size(), '?');
    to.resize(detail::convert_name(from, how, to.data()));
    return to;
}

struct pair_of {
    int first_one;
    int new_;
};
BOOST_DESCRIBE_STRUCT(pair_of, (), (first_one, new_))

}  // namespace

TEST_CASE("names: camel case joins words, and a trailing underscore goes") {
    const std::pair<const char*, const char*> known[] = {{"task_id", "taskId"},
                                                         {"original_url", "originalUrl"},
                                                         {"a_b_c", "aBC"},
                                                         {"query", "query"},
                                                         {"new_", "new"},
                                                         {"line_2", "line2"},
                                                         {"alreadyCamel", "alreadyCamel"},
                                                         {"_hidden", "_hidden"},
                                                         {"two__lines", "twoLines"},
                                                         {"x_\xc3\xa9", "x\xc3\xa9"}};
    for (const auto& [from, to] : known) {
        CHECK(converted(from, naming::camel_case) == to);
    }
}

TEST_CASE("names: as written, but for the underscore behind a keyword") {
    CHECK(converted("task_id", naming::as_written) == "task_id");
    CHECK(converted("new_", naming::as_written) == "new");
    CHECK(converted("new__", naming::as_written) == "new_");
    CHECK(converted("_", naming::as_written) == "_");
}

TEST_CASE("names: a member's name with everything around it") {
    std::string all;
    boost::mp11::mp_for_each<boost::describe::describe_members<pair_of, boost::describe::mod_public>>([&](auto d) {
        using camel = detail::member_name<decltype(d), naming::camel_case>;
        using plain = detail::member_name<decltype(d), naming::as_written>;
        all.append(camel::without_comma).append(" ").append(camel::with_comma).append(" ").append(camel::bare).append(" ");
        all.append(plain::bare).append("; ");
    });
    CHECK(all == R"("firstOne": ,"firstOne": firstOne first_one; "new": ,"new": new new; )");
}
