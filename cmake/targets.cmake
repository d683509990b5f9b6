find_package(GTest REQUIRED)
include(GoogleTest)

# A library under libs/, its tests beside it.
function(pool_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;USES" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/libs)
    target_link_libraries(${name} PUBLIC ${ARG_USES} PRIVATE pool_flags)
    if(ARG_TESTS)
        add_executable(${name}_tests ${ARG_TESTS})
        target_link_libraries(${name}_tests PRIVATE ${name} pool_flags GTest::gmock_main)
        # Tests read tests/vectors from the root, so that no object file names the folder of its
        # clone: a second clone finds in ccache what the first has compiled.
        gtest_discover_tests(${name}_tests WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
            PROPERTIES LABELS unit DISCOVERY_TIMEOUT 60)
    endif()
endfunction()

# A service: everything but main.cpp is a library, so that tests and the simulation can link it.
function(pool_service name)
    cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;USES" ${ARGN})
    string(REPLACE "-" "_" target ${name})
    pool_library(${target}_core SOURCES ${ARG_SOURCES} TESTS ${ARG_TESTS} USES ${ARG_USES})
    target_include_directories(${target}_core PUBLIC ${PROJECT_SOURCE_DIR}/services)
    add_executable(${target} main.cpp)
    target_link_libraries(${target} PRIVATE ${target}_core pool_flags)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME adit-${name})
endfunction()

# A developers' program under tools/; tools may use threads and blocking calls, services may not.
function(pool_tool name)
    cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tools)
    target_link_libraries(${name} PRIVATE ${ARG_USES} pool_flags)
endfunction()

# Contracts under proto/: adit/<service>/v1/<service>.proto becomes the target <service>_proto.
# Generated code is a SYSTEM include, hence exempt from our warnings.
function(pool_proto name)
    cmake_parse_arguments(ARG "GRPC" "" "SOURCES;USES" ${ARGN})
    set(out ${PROJECT_BINARY_DIR}/generated)
    file(MAKE_DIRECTORY ${out})
    find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
    set(generated)
    foreach(source IN LISTS ARG_SOURCES)
        string(REGEX REPLACE "\\.proto$" "" stem ${source})
        set(files ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
        set(grpc_flags)
        if(ARG_GRPC)
            list(APPEND files ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
            set(grpc_flags --grpc_out=${out} --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN})
        endif()
        add_custom_command(OUTPUT ${files}
            COMMAND protobuf::protoc -I ${PROJECT_SOURCE_DIR}/proto --cpp_out=${out} ${grpc_flags}
                    ${PROJECT_SOURCE_DIR}/proto/${source}
            DEPENDS ${PROJECT_SOURCE_DIR}/proto/${source} VERBATIM)
        list(APPEND generated ${files})
    endforeach()
    add_library(${name} STATIC ${generated})
    target_include_directories(${name} SYSTEM PUBLIC ${out})
    target_link_libraries(${name} PUBLIC grpc ${ARG_USES})
endfunction()

# A Cap'n Proto schema of a foreign interface, beside the code that speaks it: <folder>/NAME.capnp is
# included as <TARGET/NAME.capnp.h>. Generated code is a SYSTEM include, hence exempt.
function(pool_capnp name schema)
    set(out ${PROJECT_BINARY_DIR}/generated)
    find_program(CAPNP capnp REQUIRED)
    find_program(CAPNPC_CPP capnpc-c++ REQUIRED)
    set(generated ${out}/${name}/${schema}.c++ ${out}/${name}/${schema}.h)
    file(MAKE_DIRECTORY ${out}/${name})
    add_custom_command(OUTPUT ${generated}
        COMMAND ${CAPNP} compile -o${CAPNPC_CPP}:${out}/${name}
                --src-prefix=${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${schema}
        DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${schema} VERBATIM)
    add_library(${name} STATIC ${generated})
    target_include_directories(${name} SYSTEM PUBLIC ${out})
    target_link_libraries(${name} PUBLIC capnp)
endfunction()
