#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/breaker.hpp>
#include <stentor/detail/memory/native_names.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/transport/memory_record.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

enum class happening : std::uint8_t {
    submit,
    again,
    refuse,
    log,
    report,
    taken_back,
    dropped,
    resumed,
    told,
    alarm,
    down,
    up
};

// Everything that happened, as numbers; text only when somebody asks. The hash covers it even when nothing is kept.
class history {
public:
    struct step {
        instant at{};
        const memory_record* which = nullptr;  // in the arena; null when it is of no record
        std::int64_t offset = -1;
        std::int32_t native = 0;
        std::uint32_t publisher = 0;
        happening what = happening::submit;
        stentor::outcome outcome = outcome::persisted;
    };

    // `content` is a hash of what the step does not hold: topic and key.
    void add(const step& s, std::uint64_t content, bool keep) noexcept {
        const std::uint64_t numbers = static_cast<std::uint64_t>(s.offset) << 20U ^ static_cast<std::uint64_t>(s.publisher) << 40U ^
                                      static_cast<std::uint64_t>(static_cast<std::uint32_t>(s.native)) << 12U ^
                                      static_cast<std::uint64_t>(s.what) << 4U ^ static_cast<std::uint64_t>(s.outcome);
        const auto time = static_cast<std::uint64_t>(s.at.time_since_epoch().count());
        // Both parts are mixed apart from the chain, so that a step costs the chain one multiplication only.
        mix(time * 0x9e3779b97f4a7c15ULL ^ (content ^ numbers) * 0xbf58476d1ce4e5b9ULL);
        if (keep) {
            // Without memory the trace has a gap, and the world goes on.
            try {
                steps_.push_back(s);
            } catch (const std::bad_alloc&) {
                return;
            }
        }
    }
    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
    void clear() noexcept {
        steps_.clear();
        hash_ = seed;
    }

    [[nodiscard]] std::string text(instant start) const {
        std::string out;
        for (const step& s : steps_) {
            const std::int64_t ns = (s.at - start).count();
            const std::string fraction = std::to_string(ns % 1'000'000'000);
            out.append("+").append(std::to_string(ns / 1'000'000'000)).append(".");
            out.append(9 - fraction.size(), '0').append(fraction);
            if (s.publisher != 0) {
                out.append(" publisher ").append(std::to_string(s.publisher));
            }
            out.append(" ").append(word(s.what));
            if (s.what == happening::report) {
                out.append(" ").append(to_string(s.outcome));
            }
            if (s.which != nullptr) {
                if (s.which->submission != 0) {
                    out.append(" #").append(std::to_string(s.which->submission));
                }
                out.append(" ").append(s.which->topic);
                if (s.which->partition >= 0) {
                    out.append("-").append(std::to_string(s.which->partition));
                }
                append_key(out, s.which->key);
            }
            if (s.what == happening::told) {
                out.append(" ").append(news(static_cast<client_event::kind>(s.offset)));
            } else if (s.offset >= 0) {
                out.append(" @").append(std::to_string(s.offset));
            }
            if (s.native != 0) {
                out.append(" ").append(native_name(s.native)).append(" (").append(std::to_string(s.native)).append(")");
            }
            out.push_back('\n');
        }
        return out;
    }

private:
    static constexpr std::uint64_t seed = 0xcbf29ce484222325ULL;

    [[nodiscard]] static std::string_view word(happening h) noexcept {
        switch (h) {
            case happening::submit: return "submit";
            case happening::again: return "again";
            case happening::refuse: return "refuse";
            case happening::log: return "log";
            case happening::report: return "report";
            case happening::taken_back: return "taken_back";
            case happening::dropped: return "dropped";
            case happening::resumed: return "resumed";
            case happening::told: return "told";
            case happening::alarm: return "alarm";
            case happening::down: return "down";
            case happening::up: break;
        }
        return "up";
    }

    [[nodiscard]] static std::string_view news(client_event::kind k) noexcept {
        switch (k) {
            case client_event::kind::broker_up: return "broker_up";
            case client_event::kind::all_brokers_down: return "all_brokers_down";
            case client_event::kind::authentication_failed: return "authentication_failed";
            case client_event::kind::tls_failed: return "tls_failed";
            case client_event::kind::fault: return "fault";
            case client_event::kind::fatal: break;
        }
        return "fatal";
    }

    // A key may be any bytes; a line of the trace is one line of text.
    static void append_key(std::string& out, std::string_view key) {
        if (key.data() == nullptr) {
            return;
        }
        constexpr std::string_view digits = "0123456789abcdef";
        out.append(" [");
        for (const char c : key) {
            const auto u = static_cast<unsigned char>(c);
            if (u > 0x1f && u < 0x7f && c != '\\' && c != ']') {
                out.push_back(c);
            } else {
                out.append("\\x").push_back(digits[u >> 4U]);
                out.push_back(digits[u & 15U]);
            }
        }
        out.push_back(']');
    }

    void mix(std::uint64_t word) noexcept {
        hash_ = (hash_ ^ word) * 0x100000001b3ULL;
        hash_ ^= hash_ >> 29U;
    }

    std::vector<step> steps_;
    std::uint64_t hash_ = seed;
};

}  // namespace stentor::inline v0::detail
