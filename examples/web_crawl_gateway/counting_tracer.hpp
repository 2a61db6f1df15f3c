#pragma once

#include <atomic>
#include <cstdint>

#include <stentor/stentor.hpp>

namespace demo {

/// What the demo's tracer has counted. Any thread may read.
struct counters {
    std::atomic<std::uint64_t> retries{0};  ///< tries that the RetryPolicy asked for
    std::atomic<std::uint64_t> opened{0};   ///< breaker transitions
    std::atomic<std::uint64_t> half_opened{0};
    std::atomic<std::uint64_t> closed{0};
    std::atomic<std::uint64_t> late{0};    ///< reports that came after their deadline
    std::atomic<std::uint64_t> denied{0};  ///< times that a topic turned out to be denied
};

/// A tracer as users write them: it adds no headers and counts what would otherwise be invisible.
class counting_tracer {
public:
    explicit counting_tracer(counters& to) noexcept : to_(&to) {}

    class span {
    public:
        explicit span(counters& to) noexcept : to_(&to) {}
        void retrying(const stentor::failure&, const stentor::verdict& v, const stentor::moment&) noexcept {
            if (v.what == stentor::verdict::kind::retry) {
                to_->retries.fetch_add(1, std::memory_order_relaxed);
            }
        }
        void finish(const stentor::result<stentor::receipt>&, const stentor::moment&) noexcept {}

    private:
        counters* to_;
    };

    [[nodiscard]] span start(const stentor::record&, stentor::header_sink&, stentor::publish_context&) noexcept {
        return span{*to_};
    }

    void on_event(const stentor::event& e) noexcept {
        using kind = stentor::event::kind;
        switch (e.what) {
            case kind::breaker_opened: ++to_->opened; break;
            case kind::breaker_half_opened: ++to_->half_opened; break;
            case kind::breaker_closed: ++to_->closed; break;
            case kind::late_report: ++to_->late; break;
            case kind::topic_denied: ++to_->denied; break;
            default: break;
        }
    }

private:
    counters* to_;
};

}  // namespace demo
