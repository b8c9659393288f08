# Compiler settings that hold for every target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# The library shows what is marked HOLT_API (include/holt/export.h), and calls the rest without a detour.
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
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

# A compiler cache does not know the profile that an object is made with.
find_program(HOLT_CCACHE ccache)
if(HOLT_CCACHE AND NOT HOLT_PGO)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${HOLT_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
                    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
if(HOLT_WERROR)
    add_compile_options(-Werror)
endif()
if(HOLT_SANITIZE)
    add_compile_options(-fsanitize=${HOLT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${HOLT_SANITIZE})
endif()
# GCC keeps an object's profile beside it: both steps in one build folder. What training does not reach is
# compiled as without a profile, not for size.
if(HOLT_PGO STREQUAL "generate")
    add_compile_options(-fprofile-generate -fprofile-update=prefer-atomic)
    add_link_options(-fprofile-generate)
elseif(HOLT_PGO STREQUAL "use")
    add_compile_options(-fprofile-use -fprofile-partial-training -Wno-missing-profile)
    add_link_options(-fprofile-use)
endif()
