#include "guest.h"

/*
 * registers: TTBCR, TTBR0, TTBR1, DACR, SCTLR, PRRR or MAIR0, NMRR or MAIR1, HCR, VTCR, VTTBR; the last three on a Cortex-A15 only.
 * access: what walk() calls an operation.
 * answer: PAR; the syndrome of the operation's abort (DFSR, in Hyp mode HSR), or 0.
 */
enum { TTBCR, TTBR0, TTBR1, DACR, SCTLR, PRRR, NMRR, HCR, VTCR, VTTBR };

#define TTBCR_EAE (1u << 31)

const u32 answer_words = 2;

u64 walk(u32 va, u32 operation, u32 sctlr, u32 *syndrome);

static u32 sctlr;

void prepare(void)
{
}

void load(const u64 *registers)
{
    u32 ttbcr = registers[TTBCR];

    /* ARM DDI 0406C B4.1, in the order of the registers. */
    asm volatile("mcr p15, 0, %0, c2, c0, 2" : : "r"(ttbcr));
#ifdef LPAE
    if (ttbcr & TTBCR_EAE) {
        asm volatile("mcrr p15, 0, %Q0, %R0, c2" : : "r"(registers[TTBR0]));
        asm volatile("mcrr p15, 1, %Q0, %R0, c2" : : "r"(registers[TTBR1]));
    } else
#endif
    {
        asm volatile("mcr p15, 0, %0, c2, c0, 0" : : "r"((u32)registers[TTBR0]));
        asm volatile("mcr p15, 0, %0, c2, c0, 1" : : "r"((u32)registers[TTBR1]));
    }
    asm volatile("mcr p15, 0, %0, c3, c0, 0" : : "r"((u32)registers[DACR]));
    asm volatile("mcr p15, 0, %0, c10, c2, 0" : : "r"((u32)registers[PRRR]));
    asm volatile("mcr p15, 0, %0, c10, c2, 1" : : "r"((u32)registers[NMRR]));
#ifdef LPAE
    asm volatile("mcr p15, 4, %0, c1, c1, 0" : : "r"((u32)registers[HCR]));
    asm volatile("mcr p15, 4, %0, c2, c1, 2" : : "r"((u32)registers[VTCR]));
    asm volatile("mcrr p15, 6, %Q0, %R0, c2" : : "r"(registers[VTTBR]));
#endif
    /* TLBIALL (ARM DDI 0406C B4.2.2). */
    asm volatile("dsb\n mcr p15, 0, %0, c8, c7, 0\n dsb\n isb" : : "r"(0) : "memory");
    sctlr = registers[SCTLR];
}

void ask(const struct question *question, u64 *answer)
{
    u32 syndrome;

    answer[0] = walk(question->address, question->access, sctlr, &syndrome);
    answer[1] = syndrome;
}
