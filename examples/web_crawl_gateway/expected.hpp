#pragma once

#include <cstdint>
#include <string>

#include "plan.hpp"

// The bytes that a message must have on the wire, put together by hand from the two format documents, and not with stentor's
// serializer: otherwise a mistake in it would agree with itself.
namespace demo {

/// The value of a message that was made at that time (milliseconds since 1970).
[[nodiscard]] std::string expected_value(const plan& plan, const message_id& id, std::int64_t made);

/// The time as "2026-01-01T00:00:00.000Z".
[[nodiscard]] std::string iso_time(std::int64_t milliseconds);

}  // namespace demo
