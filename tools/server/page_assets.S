// Files as they are, in the program's constants (page_assets.hpp).

    .macro asset name, file
    .global \name, \name\()_end
\name:
    .incbin "\file"
\name\()_end:
    .byte 0
    .endm

    .section .rodata
#define ROLLCALL_ASSET(symbol, path, type, file) asset symbol, file
#include "page_assets.inc"

    .section .note.GNU-stack, "", %progbits
