# What `cmake --install` puts where. Headers and text only: one package for every architecture, which may be moved once it is installed,
# and which does not depend on what was found on the machine that made it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/stentor DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/stentor)
set_target_properties(stentor_core PROPERTIES EXPORT_NAME core)
install(TARGETS stentor_core EXPORT stentor-core INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS stentor EXPORT stentor-kafka)
install(EXPORT stentor-core FILE stentor-core-targets.cmake NAMESPACE stentor:: DESTINATION ${package_dir})
install(EXPORT stentor-kafka FILE stentor-kafka-targets.cmake NAMESPACE stentor:: DESTINATION ${package_dir})

# While the major version is 0, a minor one may change what users wrote against it.
set(made ${PROJECT_BINARY_DIR}/package)
write_basic_package_version_file(${made}/stentor-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/stentor-config.cmake.in ${made}/stentor-config.cmake
                              INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
install(FILES ${made}/stentor-config.cmake ${made}/stentor-config-version.cmake ${CMAKE_CURRENT_LIST_DIR}/FindRdKafka.cmake
        DESTINATION ${package_dir})

# pkg-config knows no Boost: that its headers are needed is said in the description.
set(pkgconfig_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)
file(RELATIVE_PATH include_from_pkgconfig ${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR})
foreach(name IN ITEMS stentor-core stentor)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${name}.pc.in ${made}/${name}.pc @ONLY)
  install(FILES ${made}/${name}.pc DESTINATION ${pkgconfig_dir})
endforeach()
