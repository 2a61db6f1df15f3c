// Another system than Linux is told so first, and not by whatever header it lacks.
// expect: stentor is for Linux only
#ifndef TWIN
#undef __linux__
#endif

#include <stentor/stentor.hpp>

int main() {}
