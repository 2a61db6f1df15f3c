# How our own programs are built: warnings are errors, sanitizers by option. Nothing of this reaches a consumer.
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)  # nothing here is a module, and the scan takes a step a file
add_library(stentor_build INTERFACE)
target_compile_options(stentor_build INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Werror)
if(STENTOR_SANITIZE STREQUAL "asan")
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(STENTOR_SANITIZE STREQUAL "tsan")
  set(sanitize -fsanitize=thread -fno-omit-frame-pointer)
  # The tests bring C11 threads that the sanitizer can see; a shared librdkafka must find them in the program.
  target_link_options(stentor_build INTERFACE -rdynamic)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(stentor_build INTERFACE -Wno-tsan)  # the sanitizer does not know atomic_thread_fence
  endif()
elseif(STENTOR_SANITIZE)
  message(FATAL_ERROR "STENTOR_SANITIZE is asan or tsan, not '${STENTOR_SANITIZE}'")
endif()
if(STENTOR_SANITIZE)
  # Not optimized: optimizing what they add takes five times as long to compile, and the tests hardly run longer without.
  target_compile_options(stentor_build INTERFACE ${sanitize} -O0 -g1)
  target_link_options(stentor_build INTERFACE ${sanitize})
endif()

find_program(STENTOR_CCACHE ccache)
if(STENTOR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${STENTOR_CCACHE})
endif()

# Boost.JSON: for boost_json_serializer, from_json, and their tests.
find_package(Boost ${STENTOR_BOOST_VERSION} QUIET OPTIONAL_COMPONENTS json)
