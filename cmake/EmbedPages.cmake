# What the HTML pages are made of (src/insight/page/*.css, *.js) as strings of the library: page.css is
# thalweg::page::page_css.
file(GLOB page_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/insight/page/*)
set(page_strings "")
foreach(path ${page_files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    get_filename_component(name ${path} NAME)
    string(REPLACE "." "_" name ${name})
    file(READ ${path} text)
    string(APPEND page_strings "extern const char ${name}[] = R\"page(${text})page\";\n")
endforeach()
set(page_source ${CMAKE_BINARY_DIR}/generated/page_files.cpp)
file(CONFIGURE OUTPUT ${page_source}
     CONTENT "#include \"insight/page_files.h\"\n\nnamespace thalweg::page {\n${page_strings}}\n" @ONLY)
target_sources(thalweg_model PRIVATE ${page_source})
