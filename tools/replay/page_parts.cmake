# The fixed parts of the HTML report, in the program (page_parts.hpp), and the policy that lets only them run.
find_file(ROLLCALL_CHART_JS chart.min.js PATHS /usr/share/javascript/chart.js)
if(NOT ROLLCALL_CHART_JS)
  message(FATAL_ERROR "The HTML report needs Chart.js: apt-get install libjs-chart.js (or -DROLLCALL_CHART_JS=FILE)")
endif()

# rollcall_sha256_base64(FILE OUT): as content security policies write it; CMake's own hash is hexadecimal.
function(rollcall_sha256_base64 file out)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  file(SHA256 ${file} hex)
  string(APPEND hex "00") # 32 bytes are 10 groups of three and two more
  set(text "")
  foreach(group RANGE 0 10)
    math(EXPR at "${group} * 6")
    string(SUBSTRING ${hex} ${at} 6 bytes)
    foreach(shift 18 12 6 0)
      math(EXPR digit "(0x${bytes} >> ${shift}) & 63")
      string(SUBSTRING ${alphabet} ${digit} 1 letter)
      string(APPEND text ${letter})
    endforeach()
  endforeach()
  string(REGEX REPLACE ".$" "=" text ${text})
  set(${out} "'sha256-${text}'" PARENT_SCOPE)
endfunction()

set(page_files ${CMAKE_CURRENT_SOURCE_DIR}/report.html ${CMAKE_CURRENT_SOURCE_DIR}/report.css
               ${CMAKE_CURRENT_SOURCE_DIR}/report.js ${CMAKE_CURRENT_SOURCE_DIR}/report_charts.js ${ROLLCALL_CHART_JS})
list(GET page_files 0 page_frame)
list(GET page_files 1 page_style)
list(GET page_files 2 page_script)
list(GET page_files 3 page_charts)
# The hashes follow the files.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page_files})
rollcall_sha256_base64(${page_style} style_hash)
rollcall_sha256_base64(${page_script} script_hash)
rollcall_sha256_base64(${page_charts} charts_hash)
rollcall_sha256_base64(${ROLLCALL_CHART_JS} library_hash)

set(page_policy ${CMAKE_CURRENT_BINARY_DIR}/page_policy.txt)
file(CONFIGURE OUTPUT ${page_policy} NEWLINE_STYLE UNIX
     CONTENT "script-src ${library_hash} ${script_hash} ${charts_hash}; style-src ${style_hash}")

set(part_list "ROLLCALL_ASSET(rollcall_chart_library, \"\", \"\", \"${ROLLCALL_CHART_JS}\")\n")
foreach(part frame style script charts policy)
  string(APPEND part_list "ROLLCALL_ASSET(rollcall_page_${part}, \"\", \"\", \"${page_${part}}\")\n")
endforeach()
rollcall_embed(rollcall_page_parts "${part_list}" ${page_files} ${page_policy})
target_sources(rollcall_page_parts PRIVATE page_parts.cpp)
