# STENTOR_SINGLE_HEADER: everything comes from single_include/, nothing from include/. What the single header holds is reached by its own
# name, too: a test's #include <stentor/retry.hpp> leads to <stentor/stentor.hpp>.
function(stentor_use_single_header target)
  set(single ${PROJECT_SOURCE_DIR}/single_include/stentor/stentor.hpp)
  set(forward ${PROJECT_BINARY_DIR}/single_header)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${single})
  file(STRINGS ${single} held REGEX "^// ---- stentor/")
  list(TRANSFORM held REPLACE "^// ---- " "")
  list(REMOVE_ITEM held stentor/stentor.hpp)
  foreach(header IN LISTS held)
    file(CONFIGURE OUTPUT ${forward}/${header} CONTENT "#pragma once\n#include <stentor/stentor.hpp>\n" @ONLY)
  endforeach()
  # An older configuration's leftovers must not answer for a header that is gone.
  file(GLOB_RECURSE leftovers RELATIVE ${forward} ${forward}/*)
  list(REMOVE_ITEM leftovers ${held})
  foreach(header IN LISTS leftovers)
    file(REMOVE ${forward}/${header})
  endforeach()
  target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/single_include>
                             $<BUILD_INTERFACE:${forward}>)
endfunction()
