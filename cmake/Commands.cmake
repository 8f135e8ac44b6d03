# The commands as objects, which the program and the Python package share. What differs is built with each: the list of
# commands, since the package is without the search and so needs no SQLite, and the program's own start.
set(only_program "/(main|tune[a-z_]*)\\.cpp$")
set(list_of_commands ${CMAKE_SOURCE_DIR}/src/cli/command.cpp)
file(GLOB shared_commands CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cli/*.cpp)
set(program_sources ${shared_commands})
list(FILTER program_sources INCLUDE REGEX ${only_program})
list(APPEND program_sources ${list_of_commands})
list(REMOVE_ITEM shared_commands ${program_sources})

# Code that runs once in a training: its time to compile is worth more than its speed.
set(cold_code $<$<CONFIG:Release>:-O1>)

add_library(thalweg_commands OBJECT ${shared_commands})
set_target_properties(thalweg_commands PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(thalweg_commands PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
target_compile_options(thalweg_commands PRIVATE ${cold_code})
thalweg_precompile_headers(thalweg_commands)
target_link_libraries(thalweg_commands PRIVATE CLI11::CLI11 tomlplusplus::tomlplusplus ${core_libraries} thalweg_warnings)
