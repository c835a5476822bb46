# Checks of the tree itself.

# What the tests take from npm, installed in the build tree by the lock file.
set(NODE_FOLDER ${PROJECT_BINARY_DIR}/node)
add_test(NAME npm_packages COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/npm_packages.sh ${NODE_FOLDER})
set_tests_properties(npm_packages PROPERTIES FIXTURES_SETUP npm TIMEOUT 600)

add_test(NAME buf_lint COMMAND ${NODE_FOLDER}/node_modules/.bin/buf lint WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/proto)
set_tests_properties(buf_lint PROPERTIES FIXTURES_REQUIRED npm TIMEOUT 120)

add_test(NAME format_test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/format_test.sh WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
add_test(NAME layering_test COMMAND ${PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/layering_test.py ${PROJECT_SOURCE_DIR})
add_test(NAME kernel_symbols_test COMMAND ${PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/kernel_symbols_test.py ${PROJECT_BINARY_DIR})
add_test(NAME links_test COMMAND ${PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/links_test.py ${PROJECT_SOURCE_DIR})
add_test(NAME tidy_test COMMAND ${PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/tidy_test.py ${PROJECT_BINARY_DIR}
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(tidy_test PROPERTIES TIMEOUT 1800 PROCESSORS 2)

actionmatch_python_test(deploy_test)

# On request: -DACTIONMATCH_FULL_TIDY=ON, then ctest -L tidy.
option(ACTIONMATCH_FULL_TIDY "Add the test that runs clang-tidy over all sources" OFF)
if(ACTIONMATCH_FULL_TIDY)
  add_test(NAME full_tidy_test COMMAND ${PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/tidy_test.py ${PROJECT_BINARY_DIR} all
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(full_tidy_test PROPERTIES LABELS tidy TIMEOUT 5400)
endif()

# On request: -DACTIONMATCH_IMAGE_TEST=ON, then ctest -L image. Builds the container image and asks its server something.
# Needs root, buildah and debootstrap, and downloads a base system.
option(ACTIONMATCH_IMAGE_TEST "Add the test that builds the container image" OFF)
if(ACTIONMATCH_IMAGE_TEST)
  add_test(NAME image_test COMMAND ${PROJECT_SOURCE_DIR}/deploy/image_test.sh)
  set_tests_properties(image_test PROPERTIES LABELS image TIMEOUT 5400)
endif()
