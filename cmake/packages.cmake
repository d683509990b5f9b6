# Debian's packages, each behind one short target name, so that a USES list reads like the table
# of libraries in ARCHITECTURE.md.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(Boost 1.81 REQUIRED)

function(pool_package name)
    add_library(${name} INTERFACE)
    pkg_check_modules(${name}_PC REQUIRED IMPORTED_TARGET ${ARGN})
    target_link_libraries(${name} INTERFACE PkgConfig::${name}_PC)
endfunction()

pool_package(sodium libsodium)
pool_package(secp256k1 libsecp256k1)
pool_package(openssl_crypto libcrypto)
pool_package(openssl_ssl libssl)
pool_package(zmq libzmq)
pool_package(hiredis hiredis)
pool_package(libpq libpq)
pool_package(grpc grpc++ protobuf)
pool_package(spdlog spdlog)
pool_package(capnp capnp-rpc)
target_compile_options(capnp INTERFACE
    $<$<CXX_COMPILER_ID:Clang>:-include${PROJECT_SOURCE_DIR}/cmake/capnp_with_clang.h>)
pool_package(zstd libzstd)
pool_package(zlib zlib)

add_library(asio INTERFACE)
target_link_libraries(asio INTERFACE Boost::headers Threads::Threads)

add_library(grpc_reflection INTERFACE)
target_link_libraries(grpc_reflection INTERFACE grpc grpc++_reflection)

add_library(prometheus INTERFACE)
find_package(prometheus-cpp REQUIRED CONFIG)
target_link_libraries(prometheus INTERFACE prometheus-cpp::core)

# Header-only.
foreach(header_only IN ITEMS expected tomlplusplus cli11 nlohmann_json)
    add_library(${header_only} INTERFACE)
endforeach()
pool_package(simdjson simdjson)
