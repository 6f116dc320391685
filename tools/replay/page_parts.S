// Files as they are, in the program's constants (page_parts.hpp).

    .macro part name, file
    .global \name, \name\()_end
\name:
    .incbin "\file"
\name\()_end:
    .byte 0
    .endm

    .section .rodata
    part rollcall_page_frame, PAGE_FRAME
    part rollcall_page_style, PAGE_STYLE
    part rollcall_page_script, PAGE_SCRIPT
    part rollcall_page_charts, PAGE_CHARTS
    part rollcall_page_policy, PAGE_POLICY
    part rollcall_chart_library, CHART_LIBRARY

    .section .note.GNU-stack, "", %progbits
