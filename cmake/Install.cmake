# cmake --install: the program, the library, its headers, shell completion, and a package for find_package(thalweg).
include(CMakePackageConfigHelpers)

# Installed files find each other wherever the prefix is moved, and the libraries that came with a wheel in a folder
# of their own.
set_target_properties(thalweg_cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set_target_properties(thalweg PROPERTIES EXPORT_NAME thalweg
    INSTALL_RPATH "$ORIGIN/thalweg" INSTALL_RPATH_USE_LINK_PATH ON)

install(TARGETS thalweg EXPORT thalwegTargets)
install(TARGETS thalweg_cli)
install(FILES ${THALWEG_BUNDLED_LIBRARIES} DESTINATION ${CMAKE_INSTALL_LIBDIR}/thalweg)
install(DIRECTORY include/thalweg TYPE INCLUDE)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/thalweg)
install(EXPORT thalwegTargets NAMESPACE thalweg:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/thalwegConfig.cmake.in
    ${CMAKE_BINARY_DIR}/thalwegConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/thalwegConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/thalwegConfig.cmake ${CMAKE_BINARY_DIR}/thalwegConfigVersion.cmake
    DESTINATION ${package_dir})

# The program prints its own completion, under the names by which bash and zsh find it.
add_custom_command(TARGET thalweg_cli POST_BUILD
    COMMAND thalweg_cli completion bash > completion.bash
    COMMAND thalweg_cli completion zsh > completion.zsh
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR} VERBATIM)
install(FILES ${CMAKE_BINARY_DIR}/completion.bash RENAME thalweg
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${CMAKE_BINARY_DIR}/completion.zsh RENAME _thalweg
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
