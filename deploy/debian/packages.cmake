# The packages, one per component. Their dependencies are read from the programs (dpkg-shlibdeps); files that the server
# reads, and libraries that programs with the client are built with, are listed here.
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL gateway webexctl client sandbox)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# The tree names nobody: whoever distributes packages states the maintainer.
set(WEBEX_GATEWAY_PACKAGE_CONTACT "webex-gateway <root@localhost>" CACHE STRING "Maintainer of the Debian packages")
set(CPACK_PACKAGE_CONTACT ${WEBEX_GATEWAY_PACKAGE_CONTACT})
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# package(COMPONENT NAME SECTION SUMMARY TEXT [VARIABLE VALUE]...)
function(package component name section summary text)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${text}" PARENT_SCOPE)
  while(ARGN)
    list(POP_FRONT ARGN variable value)
    set(CPACK_DEBIAN_${upper}_PACKAGE_${variable} "${value}" PARENT_SCOPE)
  endwhile()

  set(doc ${CMAKE_INSTALL_DATADIR}/doc/${name})
  if(component STREQUAL sandbox)
    set(not_by_default EXCLUDE_FROM_ALL)
  endif()
  install(FILES debian/copyright ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz
    DESTINATION ${doc} COMPONENT ${component} ${not_by_default})
endfunction()

made_by(${CMAKE_CURRENT_SOURCE_DIR}/CHANGELOG.md ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz
  cat ${CMAKE_CURRENT_SOURCE_DIR}/CHANGELOG.md)
set(scripts ${CMAKE_CURRENT_SOURCE_DIR}/debian)
package(gateway webex-gateway net
  "gRPC server that orders Webex workspaces for BroadWorks"
  "An order to provision is, under one request id, at most one POST that Webex\nacts on, unless its caller asks for another; every failure states what became\nof the order, and every order is recorded before it is sent. With a systemd\nunit, alerts for Prometheus and a dashboard for Grafana."
  DEPENDS ca-certificates RECOMMENDS webexctl)
set(CPACK_DEBIAN_GATEWAY_PACKAGE_CONTROL_EXTRA ${scripts}/postinst ${scripts}/prerm ${scripts}/postrm)
package(webexctl webexctl net
  "command line for webex-gateway"
  "Orders, changes and removes Webex workspaces through webex-gateway, also many\nfrom a file; shows what became of orders, and resolves those that are unknown."
  DEPENDS ca-certificates)
package(client libwebex-gateway-client-dev libdevel
  "C++ client of webex-gateway"
  "For C++20 programs that order Webex workspaces through webex-gateway:\nheaders, static libraries, the contract (protobuf), and the files by which\nCMake and pkg-config find them."
  DEPENDS "libabsl-dev, libgrpc++-dev, libgrpc-dev, libprotobuf-dev, libssl-dev, protobuf-compiler, protobuf-compiler-grpc,\
 zlib1g-dev"
  SHLIBDEPS OFF)
package(sandbox webex-sandbox devel
  "emulated Webex for trying and testing webex-gateway"
  "Answers like Webex's REST API for BroadWorks workspaces, with failures and\nrate limits on demand. Not for production.")

# Puts the list of each package's components into the package itself.
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/debian/add_sbom.cmake)
set(CPACK_BUILD_DIRECTORY ${PROJECT_BINARY_DIR})
include(CPack)
