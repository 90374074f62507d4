# What a program outside this tree needs to use the client: headers, libraries, and how CMake and pkg-config find them. Their
# versions count as compatible within a minor one, as long as the major one is 0.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/webex-gateway)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS webex_gateway_client
  EXPORT webex-gateway COMPONENT client
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/webex-gateway)
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/webex-gateway COMPONENT client)

configure_package_config_file(webex-gateway-config.cmake.in webex-gateway-config.cmake INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(webex-gateway-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/webex-gateway-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/webex-gateway-config-version.cmake
  DESTINATION ${package_dir} COMPONENT client)
install(EXPORT webex-gateway NAMESPACE webex_gateway:: DESTINATION ${package_dir} COMPONENT client
  FILE webex-gateway-targets.cmake)

# Relative to the file itself, so that the tree can be moved.
file(RELATIVE_PATH PREFIX_FROM_PC_FILE /prefix/${pkgconfig_dir} /prefix)
configure_file(webex-gateway-client.pc.in webex-gateway-client.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/webex-gateway-client.pc DESTINATION ${pkgconfig_dir} COMPONENT client)
