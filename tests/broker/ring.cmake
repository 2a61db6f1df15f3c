# A real Apache Kafka: tests/broker/kafka starts it, and it ends with ctest at the latest. One test at a time: they measure, and kill it.
file(GLOB broker_sources CONFIGURE_DEPENDS broker/*.cpp)
if(NOT TARGET stentor_otel)
  list(FILTER broker_sources EXCLUDE REGEX "/otel\\.cpp$")
endif()
stentor_ring(broker 600 SOURCES ${broker_sources} LIBRARIES stentor::stentor Boost::json $<TARGET_NAME_IF_EXISTS:stentor_otel>)
target_compile_definitions(test_broker PRIVATE BROKER_DIR="${CMAKE_CURRENT_LIST_DIR}")

# Of several build folders at once, each has its own.
string(SHA256 id ${PROJECT_BINARY_DIR})
string(SUBSTRING ${id} 0 12 id)
set(id ctest-${id})
add_test(NAME broker/up COMMAND bash -c "exec \"$0\" --id \"$1\" up --owner $PPID" ${CMAKE_CURRENT_LIST_DIR}/kafka ${id})
add_test(NAME broker/down COMMAND ${CMAKE_CURRENT_LIST_DIR}/kafka --id ${id} down)
# What Catch2 ends with when all was skipped.
set_tests_properties(broker/interoperation PROPERTIES SKIP_RETURN_CODE 4)
set_tests_properties(broker/up PROPERTIES FIXTURES_SETUP broker TIMEOUT 600)
set_tests_properties(broker/down PROPERTIES FIXTURES_CLEANUP broker TIMEOUT 120)
foreach(source IN LISTS broker_sources)
  cmake_path(GET source STEM test)
  set_tests_properties(broker/${test} PROPERTIES FIXTURES_REQUIRED broker RUN_SERIAL ON ENVIRONMENT STENTOR_BROKER_ID=${id})
endforeach()

# A cluster of its own, in another network namespace.
add_executable(test_partition ${CMAKE_CURRENT_LIST_DIR}/partition/partition.cpp)
target_link_libraries(test_partition PRIVATE stentor_test_main stentor::stentor Boost::json)
target_include_directories(test_partition PRIVATE ${CMAKE_CURRENT_LIST_DIR})
target_compile_definitions(test_partition PRIVATE BROKER_DIR="${CMAKE_CURRENT_LIST_DIR}")
add_test(NAME broker/partition COMMAND ${CMAKE_CURRENT_LIST_DIR}/partition/run $<TARGET_FILE:test_partition>)
set_tests_properties(broker/partition PROPERTIES RUN_SERIAL ON TIMEOUT 300 SKIP_RETURN_CODE 77)

# The main job, with TLS and passwords.
if(STENTOR_BUILD_EXAMPLES)
  add_test(NAME demo_on_a_cluster COMMAND ${CMAKE_CURRENT_LIST_DIR}/../examples/gateway_on_a_cluster.sh
                                          ${PROJECT_BINARY_DIR}/examples/web_crawl_gateway ${CMAKE_CURRENT_LIST_DIR}/kafka)
  set_tests_properties(demo_on_a_cluster PROPERTIES FIXTURES_REQUIRED broker RUN_SERIAL ON TIMEOUT 240
                                                    ENVIRONMENT STENTOR_BROKER_ID=${id})
endif()

# The script itself: once is enough, so tests/librdkafka/run leaves it out, by its name.
add_test(NAME cluster/check COMMAND ${CMAKE_CURRENT_LIST_DIR}/cluster/check $<TARGET_FILE:soak>)
set_tests_properties(cluster/check PROPERTIES RUN_SERIAL ON TIMEOUT 600)

# tests/broker/soak runs it.
add_executable(soak ${CMAKE_CURRENT_LIST_DIR}/soaking/main.cpp)
target_link_libraries(soak PRIVATE stentor_build stentor::stentor)
target_compile_definitions(soak PRIVATE BROKER_DIR="${CMAKE_CURRENT_LIST_DIR}")
