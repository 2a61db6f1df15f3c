# stentor_otel, for the tests and examples of stentor/tracer/otel.hpp: opentelemetry-cpp's SDK, and its exporters that keep spans and
# print them. By pkg-config where that will do: Debian's CMake package asks for gRPC's development files, too.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(STENTOR_OTEL QUIET opentelemetry_trace opentelemetry_metrics)
  find_library(STENTOR_OTEL_IN_MEMORY opentelemetry_exporter_in_memory)
  find_library(STENTOR_OTEL_OSTREAM opentelemetry_exporter_ostream_span)
endif()
if(STENTOR_OTEL_FOUND AND STENTOR_OTEL_IN_MEMORY AND STENTOR_OTEL_OSTREAM)
  add_library(stentor_otel INTERFACE)
  # Among them is HAVE_ABSEIL: whose variant the libraries were built with.
  target_compile_options(stentor_otel INTERFACE ${STENTOR_OTEL_CFLAGS_OTHER})
  target_link_libraries(stentor_otel INTERFACE ${STENTOR_OTEL_IN_MEMORY} ${STENTOR_OTEL_OSTREAM} ${STENTOR_OTEL_LIBRARIES})
else()
  find_package(opentelemetry-cpp CONFIG QUIET)
  if(TARGET opentelemetry-cpp::in_memory_span_exporter AND TARGET opentelemetry-cpp::ostream_span_exporter)
    add_library(stentor_otel INTERFACE)
    target_link_libraries(stentor_otel INTERFACE opentelemetry-cpp::in_memory_span_exporter opentelemetry-cpp::ostream_span_exporter
                                                 opentelemetry-cpp::trace opentelemetry-cpp::metrics)
  endif()
endif()
set(no_otel "opentelemetry-cpp was not found (Debian: apt-get install opentelemetry-cpp-dev libabsl-dev, on Debian 12 from backports)")
