#pragma once

#include <cstddef>
#include <vector>

#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// Now, and for more than that when it must grow, so that asking often costs little: then `push_back` needs no memory. Throws
// std::bad_alloc.
template <class T>
void make_room(std::vector<T>& in, std::size_t wanted) {
    if (in.capacity() < wanted) {
        in.reserve(wanted * 2);
    }
}

}  // namespace stentor::inline v0::detail
