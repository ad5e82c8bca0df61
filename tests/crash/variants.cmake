# ttmem_crash_variant(NAME COMPILER OPTION...): library_crash_test and program_crash_test over the client library as
# COMPILER makes it with these options.
get_target_property(client_sources ttmem_client SOURCES)
get_target_property(client_folder ttmem_client SOURCE_DIR)
set(client_as_one "")
foreach(source IN LISTS client_sources)
  get_filename_component(source "${source}" ABSOLUTE BASE_DIR "${client_folder}")
  string(APPEND client_as_one "#include \"${source}\"\n")
endforeach()
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/client.cc" CONTENT "${client_as_one}")

function(ttmem_crash_variant name compiler)
  include(GoogleTest)
  set(object "${CMAKE_CURRENT_BINARY_DIR}/client-${name}.o")
  get_target_property(options ttmem_client COMPILE_OPTIONS)
  add_custom_command(
    OUTPUT "${object}"
    COMMAND "${compiler}" -std=c++20 -g1 -fPIC ${options} ${ARGN} "-DTTMEM_LIBRARY_VERSION=\"${PROJECT_VERSION}\""
            -I "${PROJECT_SOURCE_DIR}" -I "${PROJECT_SOURCE_DIR}/include" -MD -MF "${object}.d"
            -c "${CMAKE_CURRENT_BINARY_DIR}/client.cc" -o "${object}"
    DEPENDS "${CMAKE_CURRENT_BINARY_DIR}/client.cc"
    DEPFILE "${object}.d"
    COMMENT "Compiling the client library: ${name}"
    VERBATIM)
  foreach(test library_crash_test program_crash_test)
    set(variant "${test}-${name}")
    add_executable("${variant}" $<TARGET_OBJECTS:${test}> "${object}")
    target_link_libraries("${variant}" PRIVATE ttmem_reader fmt::fmt GTest::gtest GTest::gtest_main)
    gtest_discover_tests("${variant}" TEST_PREFIX "${name}/" TEST_FILTER "*/2" DISCOVERY_MODE PRE_TEST
                         PROPERTIES TIMEOUT 1500)
  endforeach()
endfunction()
