#pragma once

#include <memory>

#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

template <auto Destroy>
struct destroyed_by {
    template <class Thing>
    void operator()(Thing* t) const noexcept {
        Destroy(t);
    }
};

// What a C library has made, and how it takes that back: `owned<rd_kafka_queue_t, ::rd_kafka_queue_destroy>`.
template <class Thing, auto Destroy>
using owned = std::unique_ptr<Thing, destroyed_by<Destroy>>;

}  // namespace stentor::inline v0::detail::kafka
