// expect: stentor: the factory of simulate() takes a simulated_process& and must return a basic_publisher
// expect REFUSES: stentor: the factory of simulate() takes a simulated_process& and must return a basic_publisher
// expect BORROWED: stentor: the factory of simulate() takes a simulated_process& and must return a basic_publisher
#include <stentor/publisher.hpp>
#include <stentor/testing/simulation.hpp>

#include "note.hpp"

struct factory {
#ifdef TWIN
    auto operator()(stentor::simulated_process& p) { return stentor::basic_publisher{p.transport(), p.options()}; }
#elif defined(REFUSES)
    auto operator()(int) { return 0; }
#elif defined(BORROWED)
    stentor::basic_publisher<stentor::memory_transport>& operator()(stentor::simulated_process&);
#else
    auto operator()(stentor::simulated_process& p) { return p.transport(); }
#endif
};

int main() {
    const auto make = [](const stentor::simulated_call&) { return note{}; };
    return stentor::simulate(factory{}, stentor::simulated_workload{make}) ? 0 : 1;
}
