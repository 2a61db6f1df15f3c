#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/kafka/owned.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

using owned_event = owned<rd_kafka_event_t, ::rd_kafka_event_destroy>;

// What the event thread had no memory to hear. librdkafka says the same failure of a broker once, and then not for half a minute:
// until then nobody would know why there is no connection. Beyond a few the oldest is dropped.
class unheard {
public:
    void keep(owned_event e, std::int64_t now) noexcept {
        all_[next_++ % all_.size()] = std::move(e);
        due_ = now + a_while;
    }
    // When it's time to hear them again.
    [[nodiscard]] std::int64_t due() const noexcept { return due_; }
    // Calls `hear` with each of them, in their order, which may keep it again.
    template <class Hear>
    void each(Hear&& hear) noexcept {
        auto all = std::exchange(all_, {});
        std::rotate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(next_ % all.size()), all.end());
        clear();
        for (owned_event& e : all) {
            if (e != nullptr) {
                hear(std::move(e));
            }
        }
    }
    void clear() noexcept {
        all_ = {};
        next_ = 0;
        due_ = std::numeric_limits<std::int64_t>::max();
    }

private:
    static constexpr std::int64_t a_while = 50'000'000;  // nanoseconds

    std::array<owned_event, 8> all_{};
    std::size_t next_ = 0;
    std::int64_t due_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace stentor::inline v0::detail::kafka
