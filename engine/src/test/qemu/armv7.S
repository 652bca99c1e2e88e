/*
 * Start, vectors and address translation operations of an ARMv7 processor: a Cortex-A9 in the secure world (supervisor mode), or a
 * Cortex-A15 in Hyp mode, whose own accesses no register of PL1 touches.
 */
        .arch   armv7-a
        .arch_extension virt
        .arm

        .equ    HYP_MODE, 0x1a

        .text
        .global _start
_start:
        ldr     sp, =stack_end
        ldr     r1, =vectors
        mrs     r0, cpsr
        and     r0, r0, #0x1f
        cmp     r0, #HYP_MODE
        mcreq   p15, 4, r1, c12, c0, 0          @ HVBAR
        mcrne   p15, 0, r1, c12, c0, 0          @ VBAR
        isb
        bl      guest_main

/* ARM DDI 0406C B1.8.1: an abort of Hyp mode's own is taken from the same offset, 0x10, as one of supervisor mode. */
        .balign 32
vectors:
        b       stop                            @ reset
        b       stop                            @ undefined instruction
        b       stop                            @ supervisor call
        b       stop                            @ prefetch abort
        b       data_abort
        b       stop                            @ Hyp trap
        b       stop                            @ IRQ
        b       stop                            @ FIQ

stop:
        ldr     sp, =stack_end
        b       unexpected

/*
 * ARM DDI 0406C B3.13: an external abort on the walk of an address translation operation is taken as a data abort. r5 gets its
 * syndrome, and walk() goes on behind the operation.
 */
data_abort:
        mrs     r6, cpsr
        and     r6, r6, #0x1f
        cmp     r6, #HYP_MODE
        beq     1f
        mrc     p15, 0, r5, c5, c0, 0           @ DFSR
        subs    pc, lr, #4
1:      mrc     p15, 4, r5, c5, c2, 0           @ HSR
        mrs     r6, elr_hyp
        add     r6, r6, #4
        msr     elr_hyp, r6
        eret

/*
 * u64 walk(u32 va, u32 operation, u32 sctlr, u32 *syndrome): PAR after operation 0 to 3 ATS1CPR, ATS1CPW, ATS1CUR, ATS1CUW or 4 to 7
 * ATS12NSOPR, ATS12NSOPW, ATS12NSOUR, ATS12NSOUW (ARM DDI 0406C B3.13), made under sctlr; the syndrome of its abort, or 0.
 */
        .global walk
walk:
        push    {r4, r5, r6, lr}
        mrc     p15, 0, r4, c1, c0, 0           @ SCTLR
        mov     r5, #0
        mcr     p15, 0, r2, c1, c0, 0
        isb
        cmp     r1, #0
        mcreq   p15, 0, r0, c7, c8, 0
        cmp     r1, #1
        mcreq   p15, 0, r0, c7, c8, 1
        cmp     r1, #2
        mcreq   p15, 0, r0, c7, c8, 2
        cmp     r1, #3
        mcreq   p15, 0, r0, c7, c8, 3
        cmp     r1, #4
        mcreq   p15, 0, r0, c7, c8, 4
        cmp     r1, #5
        mcreq   p15, 0, r0, c7, c8, 5
        cmp     r1, #6
        mcreq   p15, 0, r0, c7, c8, 6
        cmp     r1, #7
        mcreq   p15, 0, r0, c7, c8, 7
        isb
#ifdef LPAE
        mrrc    p15, 0, r0, r1, c7              @ PAR
#else
        mrc     p15, 0, r0, c7, c4, 0           @ PAR
        mov     r1, #0
#endif
        mcr     p15, 0, r4, c1, c0, 0
        isb
        str     r5, [r3]
        pop     {r4, r5, r6, pc}

        .global semihost
semihost:
        svc     #0x123456
        bx      lr

        .bss
        .balign 8
        .space  4096
stack_end:

        .section .note.GNU-stack, "", %progbits
