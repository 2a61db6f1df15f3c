#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::simulation {

// What is in a record, as numbers: enough to see whether a retry is the same one.
struct contents {
    std::uint64_t key = 0;      // a null one is not an empty one
    std::uint64_t bytes = 0;    // of key and value
    std::uint64_t headers = 0;  // but for those that a dead letter has besides
    timestamp time{};
    std::int32_t partition = -1;  // the one that was asked for
    std::uint32_t weight = 0;     // what it takes of `publisher_options::bytes`
};

[[nodiscard]] inline std::uint64_t mixed(std::uint64_t h, std::string_view text) noexcept {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15ULL;
    const auto add = [&h](std::uint64_t word) {
        h = (h ^ word) * odd;
        h ^= h >> 29U;
    };
    add(text.data() == nullptr ? ~std::uint64_t{0} : text.size());
    for (std::size_t i = 0; i < text.size(); i += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        const std::size_t left = text.size() - i;
        std::memcpy(&word, text.data() + i, left < sizeof(word) ? left : sizeof(word));
        add(word);
    }
    return h;
}

[[nodiscard]] inline contents contents_of(const record& r) noexcept {
    contents is;
    is.key = mixed(0, r.key);
    is.bytes = mixed(is.key, r.value);
    std::size_t weight = r.key.size() + r.value.size();
    for (const header& h : r.headers) {
        weight += h.name.size() + h.value.size();
        if (!h.name.starts_with("stentor-dlq-")) {
            is.headers = mixed(mixed(is.headers, h.name), h.value);
        }
    }
    is.time = r.time;
    is.partition = r.partition;
    is.weight = static_cast<std::uint32_t>(weight);
    return is;
}

}  // namespace stentor::inline v0::detail::simulation
