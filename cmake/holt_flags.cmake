# Compiler settings that hold for every target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
# Line numbers are all that a log can show, and a third less to compile.
if(HOLT_SANITIZE OR DEFINED ENV{CI})
    set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
else()
    set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")
endif()

# CMake asks GCC for plain -flto, which links on one core only.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(CMAKE_CXX_COMPILE_OPTIONS_IPO -flto=auto -fno-fat-lto-objects)
    set(CMAKE_CXX_LINK_OPTIONS_IPO -flto=auto -fno-fat-lto-objects)
endif()

find_program(HOLT_CCACHE ccache)
if(HOLT_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${HOLT_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor)
if(HOLT_WERROR)
    add_compile_options(-Werror)
endif()
if(HOLT_SANITIZE)
    add_compile_options(-fsanitize=${HOLT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${HOLT_SANITIZE})
endif()
