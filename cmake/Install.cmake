# cmake --install: the program, the library, its headers and a package for find_package(thalweg).
include(CMakePackageConfigHelpers)
set_target_properties(thalweg thalweg_cli PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
set_property(TARGET thalweg_cli APPEND PROPERTY INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")

install(TARGETS thalweg EXPORT thalwegTargets)
install(TARGETS thalweg_cli)
install(DIRECTORY include/thalweg TYPE INCLUDE)
install(EXPORT thalwegTargets NAMESPACE thalweg:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/thalweg)
