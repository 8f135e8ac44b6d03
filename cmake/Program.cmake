# The library, which is the core and the files, and the program.
file(GLOB files_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/files/*.cpp)
add_library(thalweg SHARED ${files_sources} ${core_objects})
add_library(thalweg::thalweg ALIAS thalweg)
target_include_directories(thalweg
    PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_compile_features(thalweg PUBLIC cxx_std_20)
target_link_libraries(thalweg PRIVATE thalweg_arrow ${core_libraries} thalweg_warnings)
set_target_properties(thalweg PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)

# The search, which keeps its trials with SQLite, is the program's alone.
file(GLOB tune_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/tune/*.cpp)
add_library(thalweg_tune OBJECT ${tune_sources})
target_include_directories(thalweg_tune PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(thalweg_tune PRIVATE fmt::fmt nlohmann_json::nlohmann_json SQLite::SQLite3 Threads::Threads
                                           thalweg_warnings)

add_executable(thalweg_cli ${program_sources} $<TARGET_OBJECTS:thalweg_commands> $<TARGET_OBJECTS:thalweg_tune>)
target_compile_definitions(thalweg_cli PRIVATE THALWEG_TUNE)
target_compile_options(thalweg_cli PRIVATE ${cold_code})
set_target_properties(thalweg_cli PROPERTIES OUTPUT_NAME thalweg)
target_include_directories(thalweg_cli PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(thalweg_cli PRIVATE thalweg CLI11::CLI11 tomlplusplus::tomlplusplus fmt::fmt
                                          nlohmann_json::nlohmann_json SQLite::SQLite3 thalweg_warnings)

include(Install)
