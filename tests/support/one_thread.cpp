// Catch2 3.7 is not made for assertions on two threads at once. It goes well nearly always, and then ends a whole ring of tests
// with an assertion of its own. So whatever asserts on another thread than the test's ends here, every time, and is named.

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <catch2/internal/catch_assertion_handler.hpp>

using Catch::SourceLineInfo;
using Catch::StringRef;
using Flags = Catch::ResultDisposition::Flags;

// The linker's --wrap leads here each call of AssertionHandler's constructor. Its name says what it takes.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void __real__ZN5Catch16AssertionHandlerC1ENS_9StringRefERKNS_14SourceLineInfoES1_NS_17ResultDisposition5FlagsE(
    void* self, StringRef macro, const SourceLineInfo& where, StringRef expression, Flags flags);

void __wrap__ZN5Catch16AssertionHandlerC1ENS_9StringRefERKNS_14SourceLineInfoES1_NS_17ResultDisposition5FlagsE(
    void* self, StringRef macro, const SourceLineInfo& where, StringRef expression, Flags flags) {
    if (::syscall(SYS_gettid) != ::getpid()) {
        std::fprintf(stderr, "%s:%zu: an assertion on another thread than the test's; keep what it sees, and look at it there\n",
                     where.file, where.line);
        std::abort();
    }
    __real__ZN5Catch16AssertionHandlerC1ENS_9StringRefERKNS_14SourceLineInfoES1_NS_17ResultDisposition5FlagsE(self, macro, where,
                                                                                                              expression, flags);
}
}
// NOLINTEND(bugprone-reserved-identifier)
