# What `cmake --install` puts where, by components:
#   client  the library, its headers, the API's .proto files, and the CMake package `actionmatch`
#   cli     the program actionmatch
# (server/CMakeLists.txt has the component `server`.) A project uses the package by
#   find_package(actionmatch CONFIG REQUIRED)
#   target_link_libraries(program PRIVATE actionmatch::client)
# tests/install is such a project.

include(CMakePackageConfigHelpers)

# A folder of its own, so that `client/client.h` is nobody else's.
set(ACTIONMATCH_HEADERS ${CMAKE_INSTALL_INCLUDEDIR}/actionmatch)
set(ACTIONMATCH_PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/actionmatch)

set_target_properties(actionmatch_client PROPERTIES EXPORT_NAME client)
set_target_properties(actionmatch_grpc PROPERTIES EXPORT_NAME services)
set_target_properties(actionmatch_proto PROPERTIES EXPORT_NAME messages)
install(TARGETS actionmatch_client actionmatch_grpc actionmatch_proto
  EXPORT actionmatch
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client
  INCLUDES DESTINATION ${ACTIONMATCH_HEADERS})

file(GLOB CLIENT_HEADERS CONFIGURE_DEPENDS *.h)
install(FILES ${CLIENT_HEADERS} DESTINATION ${ACTIONMATCH_HEADERS}/client COMPONENT client)
install(DIRECTORY ${PROJECT_BINARY_DIR}/proto/ DESTINATION ${ACTIONMATCH_HEADERS} COMPONENT client
  FILES_MATCHING PATTERN "*.pb.h" PATTERN CMakeFiles EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/proto/actionmatch DESTINATION ${CMAKE_INSTALL_DATADIR}/actionmatch/proto
  COMPONENT client FILES_MATCHING PATTERN "*.proto")

install(EXPORT actionmatch NAMESPACE actionmatch:: FILE actionmatch-targets.cmake DESTINATION ${ACTIONMATCH_PACKAGE}
  COMPONENT client)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/actionmatch-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES actionmatch-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/actionmatch-config-version.cmake
  DESTINATION ${ACTIONMATCH_PACKAGE} COMPONENT client)

install(TARGETS actionmatch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT cli)
