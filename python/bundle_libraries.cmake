# Copies fmt, Highway and toml++, where the extension is linked with shared ones, to where it finds them.
file(GET_RUNTIME_DEPENDENCIES LIBRARIES ${extension} RESOLVED_DEPENDENCIES_VAR libraries
     PRE_INCLUDE_REGEXES "^lib(fmt|hwy|tomlplusplus)\\." PRE_EXCLUDE_REGEXES ".*")
foreach(library ${libraries})
    file(REAL_PATH ${library} file)
    get_filename_component(name ${library} NAME)
    file(COPY_FILE ${file} $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/thalweg/${name} ONLY_IF_DIFFERENT)
endforeach()
