# Highway: SIMD with run-time dispatch.
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy>=1.0.3)
add_library(thalweg_highway INTERFACE)
target_link_libraries(thalweg_highway INTERFACE PkgConfig::hwy)
