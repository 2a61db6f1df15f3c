#include <catch2/catch_test_macros.hpp>

#include <string>

#include <stentor/detail/kafka/gate.hpp>

using stentor::detail::kafka::gate;

TEST_CASE("gate: it begins shut, because no broker has been seen, and opens when every reason has gone") {
    gate g;
    CHECK(g.load() == (gate::down | gate::never_up));
    g.open(gate::never_up);
    CHECK(g.load() == gate::down);
    g.shut(gate::replacing);
    g.open(gate::down);
    CHECK(g.load() == gate::replacing);
    g.shut(gate::replacing);
    g.open(gate::replacing);
    CHECK(g.load() == 0);
}

TEST_CASE("gate: of several reasons the one that explains most is told") {
    CHECK(std::string(gate::text(gate::down)) == "no broker is up");
    CHECK(std::string(gate::text(gate::down | gate::never_up)) == "no broker has been reached yet");
    CHECK(std::string(gate::text(gate::down | gate::never_up | gate::replacing)) ==
          "the client is being replaced after a fatal error");
}
