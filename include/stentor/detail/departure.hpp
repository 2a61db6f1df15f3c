#pragma once

#include <cstdint>
#include <string_view>

#include <stentor/context.hpp>
#include <stentor/detail/topic_names.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// A record that is ready to go, and what surrounds it. It lives in the thread's scratch and is filled anew for each publish:
// zeroing its 200 bytes and then reading them back before the stores had landed cost 15 ns.
struct departure {
    record what{};
    const topic_name* topic = nullptr;
    publish_context context{};
    nanoseconds deadline{};
    std::uint32_t key_hash = 0;  // murmur2; of a null key: 0
    bool may_wait = true;

    // What a publish need not set by itself.
    void begin(const moment& at, bool may_wait_for_room) noexcept {
        what.value = std::string_view{};
        topic = nullptr;
        context.at = at;
        context.traceparent[0] = '\0';
        may_wait = may_wait_for_room;
    }
};

}  // namespace stentor::inline v0::detail
