# What the program does not load at each start, because it has what it needs of it inside.

# spdlog: its headers here, and what is used of it compiled in store/operation/log_library.cpp.
add_library(holt_spdlog INTERFACE)
target_include_directories(holt_spdlog SYSTEM INTERFACE
                           $<TARGET_PROPERTY:spdlog::spdlog,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_definitions(holt_spdlog INTERFACE $<TARGET_PROPERTY:spdlog::spdlog,INTERFACE_COMPILE_DEFINITIONS>)
target_link_libraries(holt_spdlog INTERFACE fmt::fmt)

# SQLite: its archive where there is one, else its shared library. (The shared library libholt takes SQLite's.)
option(HOLT_STATIC_SQLITE "Link libsqlite3.a into programs where it is installed" ON)
find_library(SQLITE_ARCHIVE libsqlite3.a)
mark_as_advanced(SQLITE_ARCHIVE)
add_library(holt_sqlite INTERFACE)
if(HOLT_STATIC_SQLITE AND SQLITE_ARCHIVE)
    target_include_directories(holt_sqlite SYSTEM INTERFACE ${SQLite3_INCLUDE_DIRS})
    target_link_libraries(holt_sqlite INTERFACE ${SQLITE_ARCHIVE} m)
else()
    target_link_libraries(holt_sqlite INTERFACE SQLite::SQLite3)
endif()
