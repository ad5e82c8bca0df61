# What every folder's CMakeLists.txt uses: the project's settings, ttmem_library() and ttmem_test().

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

option(TTMEM_FUZZ "Build the fuzzers (clang)" OFF)
option(TTMEM_BENCH "Build the benchmarks" OFF)
set(TTMEM_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread")

add_compile_options(-Wall -Wextra -Werror)
if(TTMEM_SANITIZE)
  add_compile_options(-fsanitize=${TTMEM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TTMEM_SANITIZE})
  if(TTMEM_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # fences are not seen by it; what they order are atomics, which are no race
  endif()
endif()

# Counts which branches of the ledger and of the client the tests take (tools/coverage).
option(TTMEM_COVERAGE "Instrument src/ledger and src/client for gcov" OFF)
if(TTMEM_COVERAGE)
  add_compile_definitions(TTMEM_COVERAGE)
endif()
function(ttmem_measure_coverage target)
  if(TTMEM_COVERAGE)
    target_compile_options(${target} PRIVATE --coverage -fprofile-update=atomic)
    target_link_options(${target} INTERFACE --coverage)
  endif()
endfunction()

# Real captures from public repositories lie beside the checkout, or nowhere; tests that need them are skipped then.
set(TTMEM_DATA_DIR "${PROJECT_SOURCE_DIR}/../shared/data" CACHE PATH "Folder with real captures for tests")

# ttmem_library(base SOURCES ... DEPENDS ...): the static library ttmem_base of one folder. DEPENDS are folders too, and
# are the folder's row in the include table (tools/check_layers); LIBRARIES are third-party targets. AS_FEW: see below.
function(ttmem_library name)
  cmake_parse_arguments(arg "AS_FEW" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  add_library(ttmem_${name} STATIC ${arg_SOURCES})
  target_include_directories(ttmem_${name} PUBLIC "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/include")
  list(TRANSFORM arg_DEPENDS PREPEND ttmem_)
  target_link_libraries(ttmem_${name} PUBLIC ${arg_DEPENDS} ${arg_LIBRARIES})
  if(arg_AS_FEW)
    ttmem_as_few(ttmem_${name})
  endif()
endfunction()

# All sources of the target include the same large headers, so they are compiled as a few units; names without linkage
# must then differ between them.
function(ttmem_as_few target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 15)
endfunction()

# Large headers, read once for all C++ sources of a target.
function(ttmem_precompile target)
  foreach(header IN LISTS ARGN)
    target_precompile_headers(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:<${header}$<ANGLE-R>>")
  endforeach()
endfunction()

# ttmem_test(ledger_test SOURCES ... LIBRARIES ...): a GoogleTest program, each of its cases a test of ctest. Test code is
# not optimised, which halves its compilation, unless it is OPTIMIZED. AS_ONE: all sources are one unit, which takes as
# long as one of them where all include the same large headers; names without linkage must then differ between them.
function(ttmem_test name)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(arg "OPTIMIZED;AS_ONE" "" "SOURCES;LIBRARIES" ${ARGN})
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/include")
  target_compile_definitions(${name} PRIVATE TTMEM_DATA_DIR="${TTMEM_DATA_DIR}" TTMEM_BIN_DIR="${CMAKE_BINARY_DIR}/bin"
                             TTMEM_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gtest GTest::gtest_main)
  if(NOT arg_OPTIMIZED)
    target_compile_options(${name} PRIVATE -O0)
  endif()
  if(arg_AS_ONE)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
  else()
    ttmem_precompile(${name} gtest/gtest.h)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 1500)
endfunction()

# ttmem_test_functions(life_test.py): what a Python file of tests has, for the caller: `module` (life_test), `subject` (life),
# and for each of its functions test_... what it says, in `behaviours`. The file stands beside the CMakeLists.txt.
function(ttmem_test_functions file)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  get_filename_component(name "${file}" NAME_WE)
  file(STRINGS "${file}" functions REGEX "^def test_[A-Za-z0-9_]+\\(\\):")
  list(TRANSFORM functions REPLACE "^def test_([A-Za-z0-9_]+).*" "\\1")
  string(REPLACE "_test" "" subject "${name}")
  set(module "${name}" PARENT_SCOPE)
  set(subject "${subject}" PARENT_SCOPE)
  set(behaviours "${functions}" PARENT_SCOPE)
endfunction()

# ttmem_python_tests(scenario life_test.py): each function test_... of the file is a test scenario.life.<what it says>, run by
# tests/scenarios/scenario.py. Gives their names in `python_tests`.
function(ttmem_python_tests prefix file)
  find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
  ttmem_test_functions("${file}")
  set(tests "")
  foreach(behaviour IN LISTS behaviours)
    add_test(NAME ${prefix}.${subject}.${behaviour}
             COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/tests/scenarios/scenario.py" ${module} test_${behaviour})
    list(APPEND tests ${prefix}.${subject}.${behaviour})
  endforeach()
  set_tests_properties(${tests} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 1500
    ENVIRONMENT "TTMEM_BIN_DIR=${CMAKE_BINARY_DIR}/bin;TTMEM_DATA_DIR=${TTMEM_DATA_DIR};PYTHONDONTWRITEBYTECODE=1;PYTHONPATH=${CMAKE_CURRENT_SOURCE_DIR}")
  set(python_tests ${tests} PARENT_SCOPE)
endfunction()

# ttmem_texts_of_machines(texts): the descriptions in sim/machines, each as `{"file", R"machine(...)machine"},` of C++.
function(ttmem_texts_of_machines result)
  file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/sim/machines/*.json")
  set(texts "")
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(READ "${file}" text)
    file(RELATIVE_PATH name "${PROJECT_SOURCE_DIR}" "${file}")
    string(APPEND texts "        {\"${name}\", R\"machine(${text})machine\"},\n")
  endforeach()
  set(${result} "${texts}" PARENT_SCOPE)
endfunction()
