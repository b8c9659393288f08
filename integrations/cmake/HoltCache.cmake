# Folders that are restored from a Holt store when their inputs are known, and built and saved when not.
#
#   holt_cache(PATHS DIR... COMMAND ARG... [KEY_FILES FILE...] [KEY_TEXTS TEXT...] [KEY_TOOLS COMMAND...]
#              [PLATFORM] [SCOPE NAME] [LINK MODE])
#       while CMake configures
#   holt_cache_target(NAME ...the same...)
#       as a target that runs when one of the KEY_FILES changed
#
# Relative KEY_FILES are of the current source folder, PATHS of the current binary folder. Without the program the
# command just runs. HOLT_CACHE_OFF=ON does not use the cache.

find_program(HOLT_PROGRAM holt)

function(_holt_cache_line out)
    cmake_parse_arguments(PARSE_ARGV 1 holt "PLATFORM" "SCOPE;LINK" "PATHS;COMMAND;KEY_FILES;KEY_TEXTS;KEY_TOOLS")
    if(NOT holt_PATHS OR NOT holt_COMMAND)
        message(FATAL_ERROR "holt_cache: PATHS and COMMAND are needed")
    endif()
    if(NOT HOLT_PROGRAM OR HOLT_CACHE_OFF)
        set(${out} ${holt_COMMAND} PARENT_SCOPE)
        return()
    endif()
    set(line ${HOLT_PROGRAM} cache run --key-root=${CMAKE_CURRENT_SOURCE_DIR})
    foreach(file IN LISTS holt_KEY_FILES)
        list(APPEND line --key-file=${file})
    endforeach()
    foreach(text IN LISTS holt_KEY_TEXTS)
        list(APPEND line --key-text=${text})
    endforeach()
    foreach(tool IN LISTS holt_KEY_TOOLS)
        list(APPEND line --key-tool=${tool})
    endforeach()
    if(holt_PLATFORM)
        list(APPEND line --key-platform)
    endif()
    if(holt_SCOPE)
        list(APPEND line --scope=${holt_SCOPE})
    endif()
    if(holt_LINK)
        list(APPEND line --link=${holt_LINK})
    endif()
    foreach(path IN LISTS holt_PATHS)
        cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
        list(APPEND line --path=${path})
    endforeach()
    set(${out} ${line} -- ${holt_COMMAND} PARENT_SCOPE)
endfunction()

function(holt_cache)
    _holt_cache_line(line ${ARGN})
    execute_process(COMMAND ${line} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(holt_cache_target name)
    cmake_parse_arguments(PARSE_ARGV 1 holt "PLATFORM" "SCOPE;LINK" "PATHS;COMMAND;KEY_FILES;KEY_TEXTS;KEY_TOOLS")
    _holt_cache_line(line ${ARGN})
    set(files)
    foreach(file IN LISTS holt_KEY_FILES)
        cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
        list(APPEND files ${file})
    endforeach()
    set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${name}.holt-stamp)
    add_custom_command(
        OUTPUT ${stamp}
        COMMAND ${line}
        COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
        DEPENDS ${files}
        WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
        USES_TERMINAL VERBATIM)
    add_custom_target(${name} DEPENDS ${stamp})
endfunction()
