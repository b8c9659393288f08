# holt_layer(NAME DEPENDS ...): one static library for the folder src/NAME, named holt_NAME.
# holt_program(NAME MAIN DEPENDS ...): one program over the layers.
# A kernel file says in its name which instruction set it needs (x_avx2.cpp, x_avx512.cpp); it is
# compiled for that set and reached only through run-time dispatch (src/codec/cpu.h).

string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" holt_processor)
if(holt_processor MATCHES "x86_64|amd64")
    set(HOLT_X86 ON)
    set(HOLT_AVX2_FLAGS -mavx2 -mbmi -mbmi2 -mlzcnt -mpopcnt -mfma)
    set(HOLT_AVX512_FLAGS ${HOLT_AVX2_FLAGS} -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512cd
                          -mprefer-vector-width=512)
endif()

function(holt_layer_target out name)
    if(TARGET holt_${name})
        set(${out} holt_${name} PARENT_SCOPE)
    else()
        set(${out} ${name} PARENT_SCOPE)
    endif()
endfunction()

function(holt_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "DEPENDS")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    foreach(set avx2 avx512)
        set(kernels ${sources})
        list(FILTER kernels INCLUDE REGEX "_${set}\\.cpp$")
        if(HOLT_X86)
            string(TOUPPER ${set} upper)
            set_source_files_properties(${kernels} PROPERTIES COMPILE_OPTIONS "${HOLT_${upper}_FLAGS}")
        else()
            list(REMOVE_ITEM sources ${kernels})
        endif()
    endforeach()
    add_library(holt_${name} STATIC ${sources})
    set_property(GLOBAL APPEND PROPERTY HOLT_LAYERS ${name})
    # The public functions are defined in these; tools/abi reads their types.
    if(HOLT_ABI AND name MATCHES "^(base|api|capi)$")
        target_compile_options(holt_${name} PRIVATE -g)
    endif()
    target_include_directories(holt_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
    foreach(dependency ${layer_DEPENDS})
        holt_layer_target(target ${dependency})
        target_link_libraries(holt_${name} PUBLIC ${target})
    endforeach()
endfunction()

function(holt_program name main)
    cmake_parse_arguments(PARSE_ARGV 2 program "" "" "DEPENDS")
    add_executable(${name} ${main})
    # The first library that is looked into for a name should be the one that most names are in.
    target_link_options(${name} PRIVATE -lstdc++)
    foreach(dependency ${program_DEPENDS})
        holt_layer_target(target ${dependency})
        target_link_libraries(${name} PRIVATE ${target})
    endforeach()
endfunction()
