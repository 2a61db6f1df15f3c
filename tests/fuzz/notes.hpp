#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <stentor/publisher.hpp>

// What the harnesses of publishers share: the message that they send, and bytes read one after the other.

namespace fuzz {

struct note {
    std::uint64_t number = 0;
    std::uint8_t key = 0;
};

struct digits {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const note& n, stentor::buffer& out) const {
        out.append(std::to_string(n.number));
        return {};
    }
};

class bytes {
public:
    bytes(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
    [[nodiscard]] bool more() const { return at_ != end_; }
    [[nodiscard]] std::uint8_t next() { return more() ? *at_++ : std::uint8_t{0}; }
    [[nodiscard]] stentor::nanoseconds time() {
        static constexpr std::int64_t steps[] = {0, 1, 7, 100, 250, 1'000, 9'000, 31'000};
        const unsigned b = next();
        return stentor::milliseconds(steps[b % 8U] * (1 + b / 64U));
    }

private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
};

}  // namespace fuzz

template <>
struct stentor::message_traits<fuzz::note> {
    static constexpr std::string_view topic = "notes";
    // The last of four keys is none.
    static std::string_view key(const fuzz::note& n) {
        static constexpr std::string_view keys[] = {"a", "b", ""};
        return n.key % 4U < 3 ? keys[n.key % 4U] : std::string_view{};
    }
};
