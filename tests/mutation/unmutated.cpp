// Nothing but what CMake precompiles for the tests.
