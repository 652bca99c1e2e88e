/* Start, vectors and address translation operations of an AArch64 processor in EL2, whose own accesses no register of EL1 touches. */
        .text
        .global _start
_start:
        ldr     x0, =stack_end
        mov     sp, x0
        ldr     x0, =vectors
        msr     vbar_el2, x0
        isb
        bl      guest_main

/* ARM DDI 0487 D1.3, exception vectors: 16 entries of 128 bytes; 4 is a synchronous exception from the same level on its own stack pointer. */
        .balign 2048
vectors:
        .rept   4
        b       stop
        .balign 128
        .endr
        b       synchronous
        .balign 128
        .rept   11
        b       stop
        .balign 128
        .endr

stop:
        b       unexpected

/*
 * ARM DDI 0487 C5.4: an external abort on the walk of an address translation instruction is taken as a data abort. x3 gets its
 * syndrome, and walk() goes on behind the instruction.
 */
synchronous:
        mrs     x3, esr_el2
        lsr     x4, x3, #26
        cmp     x4, #0x25                       // a data abort without a change of level
        b.ne    stop
        mrs     x4, elr_el2
        add     x4, x4, #4
        msr     elr_el2, x4
        eret

/*
 * u64 walk(u64 va, u64 operation, u64 *syndrome): PAR_EL1 after operation 0 to 3 AT S1E1R, S1E1W, S1E0R, S1E0W or 4 to 7 AT S12E1R,
 * S12E1W, S12E0R, S12E0W (ARM DDI 0487 C5.4); the syndrome of its abort, or 0.
 */
        .global walk
walk:
        mov     x3, #0
        adr     x5, 1f
        add     x5, x5, x1, lsl #3
        br      x5
1:      at      s1e1r, x0
        b       2f
        at      s1e1w, x0
        b       2f
        at      s1e0r, x0
        b       2f
        at      s1e0w, x0
        b       2f
        at      s12e1r, x0
        b       2f
        at      s12e1w, x0
        b       2f
        at      s12e0r, x0
        b       2f
        at      s12e0w, x0
2:      isb
        mrs     x0, par_el1
        str     x3, [x2]
        ret

        .global semihost
semihost:
        hlt     #0xf000
        ret

        .bss
        .balign 16
        .space  8192
stack_end:

        .section .note.GNU-stack, "", %progbits
