#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/describe.hpp>

#include <stentor/breaker.hpp>
#include <stentor/breaker/per_topic.hpp>
#include <stentor/publisher.hpp>
#include <stentor/testing/simulation.hpp>

// Publishers, policies and loads that are strange, and with which nothing is wrong.

namespace {

using namespace std::chrono_literals;
using process = stentor::simulated_process;

struct bill {
    std::string account;
    std::uint32_t number = 0;
};
BOOST_DESCRIBE_STRUCT(bill, (), (account, number))

bill make_bill(const stentor::simulated_call& c) { return {"k" + std::to_string(c.key), c.number}; }

struct to_its_own_topic {
    [[nodiscard]] stentor::verdict next(const stentor::failure& f) const noexcept {
        return f.attempt < 2 ? stentor::retry_in(10ms) : stentor::redirect_to("bills", 2s);
    }
};

struct for_a_long_time {
    bool allow_duplicates = true;
    [[nodiscard]] stentor::verdict next(const stentor::failure&) const noexcept { return stentor::redirect_to("lost-bills", 60s); }
};

// Sheds load, whatever the broker does.
struct one_in_seven {
    std::uint32_t asked = 0;
    [[nodiscard]] std::optional<stentor::permit> allow(std::string_view, const stentor::moment&) noexcept {
        return ++asked % 7 == 0 ? std::nullopt : std::optional(stentor::permit{});
    }
    void record(stentor::permit, const stentor::call&, const stentor::moment&) noexcept {}
    [[nodiscard]] stentor::circuit state() const noexcept { return stentor::circuit::closed; }
};

// Closed by hand for good; nobody can open it again.
struct switched : stentor::failure_breaker {
    using failure_breaker::failure_breaker;
    std::uint32_t asked = 0;
    [[nodiscard]] std::optional<stentor::permit> allow(std::string_view topic, const stentor::moment& at) noexcept {
        return ++asked % 50 == 0 ? std::nullopt : failure_breaker::allow(topic, at);
    }
};

// Refuses some, for what is in them.
struct picky_serializer {
    static constexpr std::string_view content_type = "text/plain";
    [[nodiscard]] stentor::fault serialize(const bill& b, stentor::buffer& to) const {
        stentor::fault f;
        if (b.number % 4 == 0) {
            f.code = stentor::errc::serialization;
            return f;
        }
        to.append(b.account);
        return f;
    }
};

// Each has a header of another length.
struct stamped_bill : bill {};
BOOST_DESCRIBE_STRUCT(stamped_bill, (bill), ())

stamped_bill make_stamped(const stentor::simulated_call& c) { return {make_bill(c)}; }

template <class... Policies>
auto with(const Policies&... policies) {
    return [=](process& p) { return stentor::basic_publisher{p.transport(), Policies(policies)..., p.options()}; };
}

template <class Breaker>
auto behind(const stentor::failure_breaker_options& rules) {
    return [=](process& p) { return stentor::basic_publisher{p.transport(), Breaker{rules}, p.options()}; };
}

template <class Factory>
stentor::simulation_report simulate(const Factory& factory, const stentor::simulated_load& load = {},
                                    const stentor::simulated_faults& faults = {}, const stentor::simulated_rules& rules = {}) {
    return stentor::simulate(factory, stentor::simulated_workload{make_bill, load}, faults, {1, 60, false}, rules);
}

}  // namespace

template <>
struct stentor::message_traits<bill> {
    static constexpr std::string_view topic = "bills";
    static std::string_view key(const bill& b) { return b.account; }
};

template <>
struct stentor::message_traits<stamped_bill> {
    static constexpr std::string_view topic = "bills";
    static std::string_view key(const stamped_bill& b) { return b.account; }
    static void headers(const stamped_bill&, auto&& to, const stentor::publish_context& where) {
        to("stamp", std::string(1 + where.at.random % 9, 'x'));
    }
};

TEST_CASE("loads of every kind accuse nobody", "[simulation]") {
    stentor::simulated_load load;
    SECTION("no messages at all") { load.messages = 0; }
    SECTION("no keys") { load.keys = 0; }
    SECTION("one publisher") { load.publishers = 1; }
    SECTION("deadlines shorter than the way there and back") { load.deadline = 1ms; }
    SECTION("deadlines of an hour, and answers that come later than that") { load.deadline = std::chrono::hours(1); }
    SECTION("large messages") { load = {.messages = 40, .size = 200'000}; }
    SECTION("topics that are almost the same, one of them empty: what the traits say") { load.topics = {"a", "b", "ab", "ba", ""}; }
    const auto report = simulate(with(), load);
    INFO(report.text());
    CHECK(report);
    CHECK((report.messages > 1000) == (load.messages > 0));
    CHECK((report.faults > 0) == (load.messages > 0));
}

TEST_CASE("no faults, and nothing but faults, accuse nobody", "[simulation]") {
    stentor::simulated_faults faults;
    SECTION("none") { faults = {.tries = 0, .outages = 0, .crashes = 0, .disturbances = 0, .handlers = 0}; }
    SECTION("nothing but") {
        faults = {.tries = 1, .outages = 1, .crashes = 0.2, .disturbances = 1, .handlers = 1, .longest = 60s};
    }
    const auto report = simulate(with(), {}, faults);
    INFO(report.text());
    CHECK(report);
    CHECK(report.messages > 1000);
    CHECK((report.of(stentor::exercised::retry) > 0) == (faults.tries > 0));
}

TEST_CASE("policies of every kind are not accused of what they may do", "[simulation]") {
    stentor::simulation_report report;
    SECTION("dead letters go to the topic of the message") { report = simulate(with(to_its_own_topic{})); }
    SECTION("dead letters have more time than the message") {
        report = simulate(with(for_a_long_time{}), {}, {}, {.letter_deadline = 60s});
    }
    SECTION("a breaker that sheds load") { report = simulate(with(one_in_seven{})); }
    SECTION("a circuit for each topic") {
        report = simulate(behind<stentor::per_topic<>>({.failures = 2}), {.topics = {"bills-a", "bills-b"}});
    }
    SECTION("more successes to close than there are knocks") {
        report = simulate(behind<stentor::failure_breaker>({.successes = 20, .open_for = 1s}));
    }
    SECTION("a breaker that also is a switch") { report = simulate(behind<switched>({.open_for = 1s})); }
    SECTION("a serializer that refuses some") { report = simulate(with(picky_serializer{})); }
    SECTION("messages that weigh more or less by chance") {
        report = stentor::simulate(with(), stentor::simulated_workload{make_stamped}, {}, {1, 60, false});
    }
    SECTION("no policy that does anything") { report = simulate(with(stentor::no_retry{}, stentor::no_breaker{})); }
    INFO(report.text());
    CHECK(report);
    CHECK(report.messages > 1000);
}
