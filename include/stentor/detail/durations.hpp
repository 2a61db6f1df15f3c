#pragma once

// std::chrono's durations, time points and clocks, without its calendar. In libstdc++ <chrono> drags in <sstream> from C++20 on,
// which costs every user 0.08 s of compile time; <mutex>, which Boost.System includes anyway, has all that the core needs.

#ifdef __GLIBCXX__
#include <mutex>
#else
#include <chrono>
#endif
