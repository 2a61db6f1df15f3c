#pragma once

#include <type_traits>

#include <stentor/version.hpp>

// How a compile error is kept to one. A compiler prints a note for each template between the user's line and the assertion, and
// goes on after it. So what is wrong is worked out first, as a type, the verdict: `all_right`, or a class whose one assertion fails
// as soon as somebody asks for its size, which a public function does at its head. Then the function leaves out what would only
// fail again. It must not ask the verdict itself: nothing in a class whose assertion has failed is a constant for clang.

namespace stentor::inline v0::detail {

struct all_right {};

template <class Verdict>
inline constexpr bool fine = std::is_same_v<Verdict, all_right>;

}  // namespace stentor::inline v0::detail
