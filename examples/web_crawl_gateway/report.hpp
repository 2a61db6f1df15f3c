#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "checker.hpp"
#include "ledger.hpp"
#include "plan.hpp"
#include "sender.hpp"

namespace demo {

/// All that the last page is made from.
struct run_summary {
    const demo::plan& plan;
    const demo::ledger& ledger;
    const demo::sender& sender;
    const demo::findings& findings;
    std::chrono::duration<double> sending{};  ///< from the first message to the last outcome
    bool closed_in_time = true;
    bool caught_up = true;           ///< the consumer read the topics to their ends
    std::string consumer_trouble{};  ///< what went wrong with reading
    std::size_t bad_lines = 0;
    bool embedded = false;  ///< the broker is in this process
    bool injected = false;  ///< the broker misbehaved on purpose
};

/// Prints one message as it lay on the wire.
void print_specimen(const specimen& message);

/// Prints the account, and what the consumer found. True: it balances, and the consumer agrees.
[[nodiscard]] bool print_account(const run_summary& run);

}  // namespace demo
