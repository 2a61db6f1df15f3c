#include <catch2/catch_test_macros.hpp>

#include <vector>

#include <stentor/detail/failure_class.hpp>

using namespace stentor;
using detail::classify;

namespace {

struct row {
    std::vector<int> codes;
    errc code;
    bool transient;
    stentor::signal signal;
};

const std::vector<row> table{
    {{-184}, errc::queue_full, true, signal::neutral},
    {{-193}, errc::dns, true, signal::failure},
    {{-195, -187, 7, 20}, errc::broker_unavailable, true, signal::failure},
    {{-192, -185}, errc::deadline_exceeded, true, signal::failure},
    {{5, 6, 8, 9, 13, 14, 19, 56, 74, 89}, errc::broker_unavailable, true, signal::failure},
    {{3, -188, -190}, errc::unknown_topic, false, signal::neutral},
    {{29, 31, 53}, errc::authorization, false, signal::neutral},
    {{-169, 58}, errc::authentication, false, signal::trip},
    {{-181}, errc::tls, false, signal::trip},
    {{10, 18}, errc::message_too_large, false, signal::neutral},
    {{2, 87, 32, 43, 44, 76, 17}, errc::rejected, false, signal::neutral},
    {{-165, 35}, errc::invalid_config, false, signal::neutral},
    {{-150, 45, -144, 47, 90, 49}, errc::fatal, false, signal::neutral},
    {{-152, -151}, errc::closed, false, signal::neutral},
    {{1234, -1, -999}, errc::rejected, false, signal::neutral},
};

}  // namespace

TEST_CASE("every error number has the class that the table gives it") {
    for (const row& r : table) {
        for (const int code : r.codes) {
            INFO(code);
            CHECK(classify(code).code == r.code);
            CHECK(classify(code).transient == r.transient);
            CHECK(classify(code).signal == r.signal);
        }
    }
}

TEST_CASE("a condition without a number has the class of its condition") {
    for (const errc code : {errc::broker_unavailable, errc::dns, errc::deadline_exceeded}) {
        CHECK(classify(code).transient);
        CHECK(classify(code).signal == signal::failure);
    }
    CHECK(classify(errc::queue_full).transient);
    CHECK(classify(errc::queue_full).signal == signal::neutral);
    CHECK(classify(errc::tls).signal == signal::trip);
    CHECK(classify(errc::authentication).signal == signal::trip);
    for (const errc code : {errc::authorization, errc::unknown_topic, errc::message_too_large, errc::rejected, errc::serialization,
                            errc::invalid_message, errc::invalid_config, errc::fatal, errc::out_of_memory}) {
        CHECK(classify(code).code == code);
        CHECK_FALSE(classify(code).transient);
        CHECK(classify(code).signal == signal::neutral);
    }
}

TEST_CASE("a fault's number wins over its condition") {
    fault f;
    f.code = errc::rejected;
    f.native = -195;
    CHECK(classify(f).code == errc::broker_unavailable);
    f.native = 0;
    CHECK(classify(f).code == errc::rejected);
}
