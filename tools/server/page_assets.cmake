# The live page's files, in the program, and at which path each is served (page_assets.hpp).
find_path(ROLLCALL_DYGRAPHS dygraph.min.js PATHS /usr/share/javascript/dygraphs NO_DEFAULT_PATH)
if(NOT ROLLCALL_DYGRAPHS)
  message(FATAL_ERROR "The live page needs dygraphs: apt-get install libjs-dygraphs (or -DROLLCALL_DYGRAPHS=FOLDER)")
endif()

set(asset_type_html "text/html; charset=utf-8")
set(asset_type_css "text/css; charset=utf-8")
set(asset_type_js "text/javascript; charset=utf-8")
set(asset_type_svg "image/svg+xml")

set(asset_files
    page.html page.css icon.svg theme.js
    page.js watch.js api.js picture.js
    roster_table.js roster_view.js charts.js changes.js figures.js
    texts.js format.js elements.js visible.js)
list(TRANSFORM asset_files PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/page/)
list(APPEND asset_files ${ROLLCALL_DYGRAPHS}/dygraph.min.js ${ROLLCALL_DYGRAPHS}/dygraph.css)
set(asset_list "")
foreach(file ${asset_files})
  cmake_path(GET file FILENAME name)
  cmake_path(GET file EXTENSION LAST_ONLY extension)
  string(SUBSTRING ${extension} 1 -1 extension)
  string(MAKE_C_IDENTIFIER "rollcall_asset_${name}" symbol)
  set(path "/${name}")
  if(name STREQUAL "page.html")
    set(path "/")
  endif()
  string(APPEND asset_list "ROLLCALL_ASSET(${symbol}, \"${path}\", \"${asset_type_${extension}}\", \"${file}\")\n")
endforeach()
rollcall_embed(rollcall_page_assets "${asset_list}" ${asset_files})
target_sources(rollcall_page_assets PRIVATE page_assets.cpp)
