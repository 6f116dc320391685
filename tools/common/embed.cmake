enable_language(ASM)

# rollcall_embed(TARGET LIST FILE...): an object library with these files in the program's constants. LIST has a line
# ROLLCALL_ASSET(symbol, "path", "type", "file") for each; its bytes are those from symbol to symbol_end. The list is
# there for the target's sources, too, as embedded_files.inc.
function(rollcall_embed target list)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target})
  file(CONFIGURE OUTPUT ${folder}/embedded_files.inc CONTENT "${list}" @ONLY NEWLINE_STYLE UNIX)
  set(source ${CMAKE_SOURCE_DIR}/tools/common/embedded_files.S)
  add_library(${target} OBJECT ${source})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tools ${folder})
  # .incbin is no #include: ninja learns of the files here.
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${ARGN};${folder}/embedded_files.inc")
endfunction()
