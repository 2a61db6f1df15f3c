#pragma once

/// @file
/// The one place that knows the version. Everything lives in `stentor::v0`, an inline namespace, so that two
/// incompatible versions in one process are two sets of symbols and not one silent clash.

#if __cplusplus < 202002L
#error "stentor needs C++20: compile with -std=c++20 or newer."
#endif
#ifndef __cpp_exceptions
#error "stentor needs exceptions: it turns what is thrown, std::bad_alloc too, into errors. Compile without -fno-exceptions."
#endif
#if !defined(__linux__)
#error "stentor is for Linux only: it waits with futexes, eventfd and CLOCK_MONOTONIC. Elsewhere run it in a Linux container."
#endif

/// The version as a number that `#if` can compare: major * 10000 + minor * 100 + patch.
#define STENTOR_VERSION 100

namespace stentor::inline v0 {

/// The version as text, for logs and for the `client.software.version` that brokers are told.
inline constexpr const char* version = "0.1.0";

}  // namespace stentor::inline v0
