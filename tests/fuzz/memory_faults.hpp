#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <stentor/error.hpp>
#include <stentor/transport/memory_fault.hpp>
#include <stentor/transport/memory_options.hpp>

#include "fuzz/notes.hpp"

// A memory broker and its faults, as bytes ask for them.

namespace fuzz {

[[nodiscard]] inline stentor::memory_broker_options any_broker(unsigned b) {
    return {.seed = b,
            .partitions = 1 + static_cast<std::int32_t>(b % 3U),
            .latency = stentor::milliseconds(b % 5U),
            .auto_create_topics = (b & 64U) == 0,
            .attempt_timeout = stentor::milliseconds(1'500),
            .queue_limit = (b & 128U) != 0 ? std::size_t{4} : std::size_t{1000},
            .on_the_wire = b % 4U,
            .idempotence = (b & 32U) == 0};
}

[[nodiscard]] inline stentor::memory_fault any_fault(bytes& in) {
    using stentor::memory_fault;
    switch (in.next() % 12) {
        case 0: return memory_fault::refuse(10);
        case 1: return memory_fault::queue_full(in.time());
        case 2: return memory_fault::answer(static_cast<std::int8_t>(in.next()));
        case 3: return memory_fault::answer(19, stentor::outcome::unknown);
        case 4: return memory_fault::time_out();
        case 5: return memory_fault::lost_request();
        case 6: return memory_fault::lost_acknowledgement();
        case 7: return memory_fault::slow_acknowledgement(in.time());
        case 8: return memory_fault::duplicate();
        case 9: return memory_fault::broker_down(in.time());
        case 10: return memory_fault::late_write(in.time());
        default: return memory_fault::late_write(in.time(), -195);
    }
}

[[nodiscard]] inline stentor::memory_script any_script(bytes& in) {
    static constexpr std::string_view topics[] = {"", "notes", "letters"};
    static constexpr std::string_view keys[] = {"a", "b", ""};
    stentor::memory_script s;
    const unsigned b = in.next();
    s.topic = topics[b % 3U];
    if (b / 4U % 4U < 3) {
        s.key = keys[b / 4U % 4U];
    }
    s.attempt = (b & 64U) != 0 ? 1 + in.next() % 4U : 0;
    s.from = 1 + b / 16U % 4U;
    s.to = s.from + in.next() % 4U;
    s.times = 1 + b / 128U;
    s.fault = any_fault(in);
    return s;
}

}  // namespace fuzz
