#pragma once

#include <cstdint>

#include <stentor/detail/lanes.hpp>

// A slot with a key.

struct keyed : stentor::detail::slot {
    explicit keyed(std::uint32_t hash) {
        topic = &stentor::detail::topic_names::intern("lanes");
        key_hash = hash;
        keyed::slot::keyed = true;
    }
};

inline bool room_without_sleep(stentor::detail::lanes& l, const stentor::detail::slot& like) {
    return l.wait_for_room(*like.topic, like.key_hash, stentor::instant{},
                           [](stentor::latch&, stentor::instant) noexcept { return false; });
}
