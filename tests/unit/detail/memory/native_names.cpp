#include <catch2/catch_test_macros.hpp>

#include <set>
#include <stdexcept>
#include <string>

#include <stentor/detail/memory/native_names.hpp>

using namespace stentor;

TEST_CASE("native_names: a fault has number, name and class of the table") {
    const fault f = detail::native_fault(19);
    CHECK(f.code == errc::broker_unavailable);
    CHECK(f.native == 19);
    CHECK(f.text() == "NOT_ENOUGH_REPLICAS");
    CHECK_FALSE(f.again);
}

TEST_CASE("native_names: no two numbers have one name, but for those that have none") {
    std::set<std::string> names;
    int named = 0;
    for (std::int32_t native = -200; native <= 120; ++native) {
        const std::string name = detail::native_name(native);
        if (name != "UNKNOWN") {
            names.insert(name);
            ++named;
        }
    }
    CHECK(named > 40);
    CHECK(static_cast<int>(names.size()) == named);
}

TEST_CASE("native_names: each condition that a broker can cause comes back as that condition, and the others are refused by name") {
    const std::set<errc> impossible{errc::none,   errc::circuit_open, errc::serialization,  errc::invalid_message,
                                    errc::closed, errc::disabled,     errc::would_deadlock, errc::out_of_memory};
    for (std::size_t i = 0; i < errc_count; ++i) {
        const auto code = static_cast<errc>(i);
        INFO(to_string(code));
        if (impossible.count(code) == 0) {
            CHECK(detail::classify(detail::fault_for(code).native).code == code);
            CHECK(std::string(detail::native_name(detail::fault_for(code).native)) != "UNKNOWN");
            continue;
        }
        try {
            (void)detail::fault_for(code);
            FAIL_CHECK("not refused");
        } catch (const std::invalid_argument& e) {
            CHECK(std::string(e.what()).find(to_string(code)) != std::string::npos);
        }
    }
}
