# The warnings and the linker, for the whole project: never set from a folder.
add_library(pool_flags INTERFACE)
target_compile_options(pool_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
    -Wnon-virtual-dtor -Wimplicit-fallthrough
    $<$<BOOL:${ADIT_WERROR}>:-Werror>)

if(ADIT_SANITIZE)
    add_compile_options(-fsanitize=${ADIT_SANITIZE} -fno-omit-frame-pointer
                        -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${ADIT_SANITIZE})
endif()
if(ADIT_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Boost.Asio is used without its own threads for name resolution on our loop, and without the
# deprecated interfaces.
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED)

find_program(MOLD mold)
if(MOLD AND NOT ADIT_SANITIZE)
    add_link_options(-fuse-ld=mold)
endif()
find_program(CCACHE ccache)
if(CCACHE)
    # Relative paths, so that a second clone finds what the first has compiled.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
