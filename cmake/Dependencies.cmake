# Every library that Thalweg is built with, each behind one target.
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(PkgConfig REQUIRED)
include(TomlPlusPlus)
include(Highway)
include(Arrow)
