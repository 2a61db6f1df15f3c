#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include <stentor/context.hpp>
#include <stentor/detail/log/line.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/tracer/trace_context.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

[[nodiscard]] constexpr std::string_view to_string(dead_letter_result::state s) noexcept {
    switch (s) {
        case dead_letter_result::state::none: return "none";
        case dead_letter_result::state::written: return "written";
        case dead_letter_result::state::failed: return "failed";
        case dead_letter_result::state::unknown: break;
    }
    return "unknown";
}

// What the lines of one publish will say, should there be any. It lives in the slot, so it is small, and what it does not use is
// not written.
class log_memo {
public:
    static constexpr std::size_t longest_topic = 512;
    static constexpr std::size_t longest_facility = 64;
    static constexpr std::size_t longest_hint = 1024;
    static constexpr std::size_t longest_correlation = 64;

    log_memo() noexcept = default;
    log_memo(const record& r, const publish_context& context) noexcept : topic_(r.topic), started_(context.at.now) {
        if (context.traced()) {
            trace(context.trace_id(), context.span_id());
        } else if (!context.parent.traceparent.empty()) {
            if (const std::optional<traceparent> given = parse_traceparent(context.parent.traceparent)) {
                trace(given->trace_id, given->parent_id);
            }
        }
        if (!context.parent.correlation_id.empty()) {
            correlate(context.parent.correlation_id);
        }
    }

    void correlate(std::string_view id) noexcept {
        correlation_ = copy(id, 0, id.size() < longest_correlation ? id.size() : longest_correlation);
    }
    void keep_key(std::string_view key) noexcept {
        const std::size_t room = sizeof texts_ - correlation_;
        key_ = copy(key, correlation_, key.size() < room ? key.size() : room);
    }

    [[nodiscard]] nanoseconds since_start(const moment& at) const noexcept { return at.now - started_; }

    void write_place(log_line& line) const noexcept {
        line.text("topic", topic_, longest_topic);
        line.text("key", {texts_ + correlation_, key_});
    }
    void write_ids(log_line& line) const noexcept {
        if (traced_) {
            line.plain("trace_id", {ids_, 32});
            line.plain("span_id", {ids_ + 32, 16});
        }
        line.text("correlation_id", {texts_, correlation_});
    }

private:
    void trace(std::string_view trace_id, std::string_view span_id) noexcept {
        std::memcpy(ids_, trace_id.data(), 32);
        std::memcpy(ids_ + 32, span_id.data(), 16);
        traced_ = true;
    }
    [[nodiscard]] std::uint8_t copy(std::string_view from, std::size_t to, std::size_t size) noexcept {
        if (size != 0) {
            std::memcpy(texts_ + to, from.data(), size);
        }
        return static_cast<std::uint8_t>(size);
    }

    std::string_view topic_{};  // interned
    instant started_{};
    bool traced_ = false;
    std::uint8_t correlation_ = 0;  // bytes
    std::uint8_t key_ = 0;
    char ids_[48];    // trace and span
    char texts_[96];  // correlation id, then key
};

}  // namespace stentor::inline v0::detail
