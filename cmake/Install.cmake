# cmake --install: the program, the library, its headers, shell completion, and a package for find_package(thalweg).
include(CMakePackageConfigHelpers)

# Installed files find the library beside them, and Arrow where it was found.
set_target_properties(thalweg thalweg_cli PROPERTIES
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}" INSTALL_RPATH_USE_LINK_PATH ON)
set_target_properties(thalweg PROPERTIES EXPORT_NAME thalweg)

install(TARGETS thalweg EXPORT thalwegTargets)
install(TARGETS thalweg_cli)
install(DIRECTORY include/thalweg TYPE INCLUDE)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/thalweg)
install(EXPORT thalwegTargets NAMESPACE thalweg:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/thalwegConfig.cmake.in
    ${CMAKE_BINARY_DIR}/thalwegConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/thalwegConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/thalwegConfig.cmake ${CMAKE_BINARY_DIR}/thalwegConfigVersion.cmake
    DESTINATION ${package_dir})
