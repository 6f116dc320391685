// Files as they are, in the program's constants: those of the target's list (embed.cmake).

    .macro embed name, file
    .global \name, \name\()_end
\name:
    .incbin "\file"
\name\()_end:
    .byte 0
    .endm

    .section .rodata
#define ROLLCALL_ASSET(symbol, path, type, file) embed symbol, file
#include "embedded_files.inc"

    .section .note.GNU-stack, "", %progbits
