# holt_libdeflate: libdeflate's archive where there is one, else its shared library.
#
# The archive is not compiled for any address (-fPIC), and so takes 10% fewer instructions to compress
# (bench/results/build.md); and it is one library less to load.
option(HOLT_STATIC_LIBDEFLATE "Link libdeflate.a where it is installed" ON)

pkg_check_modules(LIBDEFLATE REQUIRED IMPORTED_TARGET libdeflate)
find_library(LIBDEFLATE_ARCHIVE libdeflate.a HINTS ${LIBDEFLATE_LIBDIR})
mark_as_advanced(LIBDEFLATE_ARCHIVE)
add_library(holt_libdeflate INTERFACE)
if(HOLT_STATIC_LIBDEFLATE AND LIBDEFLATE_ARCHIVE)
    target_include_directories(holt_libdeflate SYSTEM INTERFACE ${LIBDEFLATE_INCLUDE_DIRS})
    target_link_libraries(holt_libdeflate INTERFACE ${LIBDEFLATE_ARCHIVE})
else()
    target_link_libraries(holt_libdeflate INTERFACE PkgConfig::LIBDEFLATE)
endif()
