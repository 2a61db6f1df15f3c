#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <rapidcheck.h>

#include "property/texts.hpp"
#include "unit/serializer/types.hpp"

// Values of the types that the JSON tests have.

namespace property {

[[nodiscard]] inline double finite() { return static_cast<double>(*rc::gen::arbitrary<std::int64_t>()) / 1024; }

[[nodiscard]] inline shapes::everything any_everything() {
    shapes::everything e;
    e.id = *rc::gen::arbitrary<std::int64_t>();
    e.text = *text();
    e.yes = *rc::gen::arbitrary<bool>();
    e.small = *rc::gen::arbitrary<std::int8_t>();
    e.large = *rc::gen::arbitrary<std::uint64_t>();
    if (*rc::gen::arbitrary<bool>()) {
        e.maybe = *text();
    }
    for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
        e.path.push_back({finite(), finite()});
    }
    e.three = *rc::gen::arbitrary<std::array<std::int32_t, 3>>();
    e.by_name = *rc::gen::container<std::map<std::string, std::vector<std::int16_t>>>(
        text(), rc::gen::arbitrary<std::vector<std::int16_t>>());
    switch (*rc::gen::inRange(0, 3)) {
        case 1: e.one_of = *text(); break;
        case 2: e.one_of = *rc::gen::arbitrary<std::int64_t>(); break;
        default: break;
    }
    e.both = {*text(), *rc::gen::arbitrary<bool>()};
    e.bits = *rc::gen::arbitrary<std::vector<bool>>();
    return e;
}

[[nodiscard]] inline shapes::common any_common() {
    shapes::common c;
    c.text = *text();
    c.yes = *rc::gen::arbitrary<bool>();
    c.big = *rc::gen::arbitrary<std::int64_t>();
    c.large = *rc::gen::arbitrary<std::uint64_t>();
    c.tiny = *rc::gen::arbitrary<std::int8_t>();
    c.medium = *rc::gen::arbitrary<std::uint16_t>();
    c.words = *rc::gen::container<std::vector<std::string>>(text());
    c.counts = *rc::gen::container<std::map<std::string, std::int32_t>>(text(), rc::gen::arbitrary<std::int32_t>());
    c.two = *rc::gen::arbitrary<std::array<std::uint8_t, 2>>();
    return c;
}

[[nodiscard]] inline shapes::task any_task() {
    shapes::task t;
    t.task_id = *text();
    t.user_email = *text();
    t.query = *text();
    t.original_url = *text();
    t.timestamp = stentor::timestamp(stentor::milliseconds(*rc::gen::inRange<std::int64_t>(0, 253'402'300'800'000)));
    t.status = *rc::gen::element(shapes::status::new_, shapes::status::in_progress, shapes::status::done);
    return t;
}

}  // namespace property
