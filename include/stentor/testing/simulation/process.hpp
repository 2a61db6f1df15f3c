#pragma once

#include <cstdint>
#include <utility>

#include <stentor/options.hpp>
#include <stentor/transport/memory.hpp>
#include <stentor/version.hpp>

/// @file
/// What a simulation gives to whoever makes its publishers.

namespace stentor::inline v0 {

/// One process of a simulation, as the factory of its publisher sees it. Lives for the call.
class simulated_process {
public:
    /// For the simulation.
    simulated_process(const memory_broker& broker, publisher_options options, std::uint32_t number)
        : broker_(&broker), options_(std::move(options)), number_(number) {}

    /// To the broker of this run. Take it once.
    [[nodiscard]] memory_transport transport() const noexcept { return memory_transport(*broker_); }
    /// The limits that the seed has drawn. Add to them what is to be tested, but leave these.
    [[nodiscard]] const publisher_options& options() const noexcept { return options_; }
    /// Which process: 0, 1, …; one that comes back after a crash has its old number.
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

private:
    const memory_broker* broker_;
    publisher_options options_;
    std::uint32_t number_;
};

}  // namespace stentor::inline v0
