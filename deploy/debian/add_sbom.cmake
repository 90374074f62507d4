# Run by cpack after collecting each package's files: adds the list of the package's components.
set(gateway webex-gateway bin/webex-gateway)
set(webexctl webexctl bin/webexctl)
set(client libwebex-gateway-client-dev client/libwebex_gateway_client.a)
set(sandbox webex-sandbox bin/webex-sandbox)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  list(GET ${component} 0 package)
  list(GET ${component} 1 target)
  execute_process(
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/../sbom.sh ${CPACK_BUILD_DIRECTORY} ${target} ${package} ${CPACK_PACKAGE_VERSION}
    OUTPUT_FILE ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr/share/doc/${package}/sbom.spdx.json
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
