# The library that others link, of the very objects that the program is made of (nothing is compiled twice):
#   libholt         libholt.so.0 and libholt.a: every layer below the command line
#   libholt_zstd    libholt_zstd.so.0 and libholt_zstd.a: the zstd codec alone, in memory
# and what `cmake --install` puts where: headers, libraries, holt.pc, holt_zstd.pc, find_package(holt).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(HOLT_SOVERSION 0)
# An archive of objects that hold nothing but link-time code serves one version of one compiler.
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    set(static_default OFF)
else()
    set(static_default ON)
endif()
option(HOLT_STATIC_LIBRARY "Build and install libholt.a and libholt_zstd.a" ${static_default})

# holt_library(NAME EXPORT COMPONENT MAP FILE OBJECTS ... LIBRARIES ...): NAME.so and NAME.a, installed.
function(holt_library name)
    cmake_parse_arguments(PARSE_ARGV 1 library "" "EXPORT;MAP" "OBJECTS;LIBRARIES")
    set(kinds shared)
    if(HOLT_STATIC_LIBRARY)
        list(APPEND kinds static)
    endif()
    foreach(kind ${kinds})
        string(TOUPPER ${kind} type)
        set(target ${name}_${kind})
        add_library(${target} ${type} ${library_OBJECTS})
        set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE CXX
                                                   VERSION ${PROJECT_VERSION} SOVERSION ${HOLT_SOVERSION})
        target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>
                                                       $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
        target_compile_features(${target} INTERFACE cxx_std_23)
    endforeach()
    set_target_properties(${name}_shared PROPERTIES EXPORT_NAME ${library_EXPORT})
    target_link_options(${name}_shared PRIVATE LINKER:--version-script=${library_MAP} LINKER:--no-undefined)
    set_property(TARGET ${name}_shared APPEND PROPERTY LINK_DEPENDS ${library_MAP})
    target_link_libraries(${name}_shared PRIVATE ${library_LIBRARIES})
    install(TARGETS ${name}_shared EXPORT holt_${library_EXPORT}
            LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
    install(EXPORT holt_${library_EXPORT} NAMESPACE holt:: FILE holt_${library_EXPORT}.cmake
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/holt COMPONENT development)
    if(HOLT_STATIC_LIBRARY)
        set_target_properties(${name}_static PROPERTIES EXPORT_NAME ${library_EXPORT}_static)
        target_link_libraries(${name}_static INTERFACE ${library_LIBRARIES})
        install(TARGETS ${name}_static EXPORT holt_${library_EXPORT}_static
                ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
        install(EXPORT holt_${library_EXPORT}_static NAMESPACE holt:: FILE holt_${library_EXPORT}_static.cmake
                DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/holt COMPONENT development)
    endif()
endfunction()

get_property(layers GLOBAL PROPERTY HOLT_LAYERS)
list(REMOVE_ITEM layers cli)
set(objects)
foreach(layer ${layers})
    list(APPEND objects $<TARGET_OBJECTS:holt_${layer}>)
endforeach()
set(libraries TBB::tbb SQLite::SQLite3 fmt::fmt PkgConfig::LIBDEFLATE ${CMAKE_DL_LIBS})
if(ISAL_FOUND)
    list(APPEND libraries PkgConfig::ISAL)
    set(HOLT_PC_ISAL libisal)
endif()
holt_library(holt EXPORT holt MAP ${CMAKE_SOURCE_DIR}/cmake/libholt.map OBJECTS ${objects} LIBRARIES ${libraries})

# Of the codec what the zstd format needs; of the API what is about bytes in memory.
set(zstd_objects "$<FILTER:$<TARGET_OBJECTS:holt_base>,EXCLUDE,/base/digest\\.>"
    "$<FILTER:$<TARGET_OBJECTS:holt_codec>,INCLUDE,/codec/(cpu|xxhash64/|zstd/(format|entropy|match|encode|decode)/)>"
    "$<FILTER:$<TARGET_OBJECTS:holt_api>,INCLUDE,/api/memory/>"
    "$<FILTER:$<TARGET_OBJECTS:holt_capi>,INCLUDE,/capi/(zstd_memory|status)\\.>")
holt_library(holt_zstd EXPORT zstd MAP ${CMAKE_SOURCE_DIR}/cmake/libholt.map OBJECTS ${zstd_objects}
             LIBRARIES)

install(TARGETS holt RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY ${CMAKE_BINARY_DIR}/manual/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT program)
install(FILES ${CMAKE_BINARY_DIR}/manual/bash/holt DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        COMPONENT program)
install(FILES ${CMAKE_BINARY_DIR}/manual/zsh/_holt DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
        COMPONENT program)
install(FILES ${CMAKE_BINARY_DIR}/manual/fish/holt.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
        COMPONENT program)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/holt DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

# From where holt.pc lies to the prefix, so that what was installed may be moved.
file(RELATIVE_PATH HOLT_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" HOLT_PC_UP "${HOLT_PC_UP}")
foreach(package holt holt_zstd)
    configure_file(${CMAKE_SOURCE_DIR}/cmake/${package}.pc.in ${CMAKE_BINARY_DIR}/${package}.pc @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
            COMPONENT development)
endforeach()
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/holtConfig.cmake.in ${CMAKE_BINARY_DIR}/holtConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/holt)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/holtConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/holtConfig.cmake ${CMAKE_BINARY_DIR}/holtConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/holt COMPONENT development)
