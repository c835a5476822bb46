# The CMake package of the C++ client library: actionmatch::client.

include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(absl CONFIG)
find_dependency(Protobuf)
find_dependency(gRPC CONFIG)

include(${CMAKE_CURRENT_LIST_DIR}/actionmatch-targets.cmake)
