#include "guest.h"

/*
 * registers: TCR_EL1, TTBR0_EL1, TTBR1_EL1, MAIR_EL1, SCTLR_EL1, HCR_EL2, VTCR_EL2, VTTBR_EL2.
 * access: what walk() calls an operation.
 * answer: PAR_EL1; the syndrome of the operation's abort (ESR_EL2), or 0.
 */
enum { TCR, TTBR0, TTBR1, MAIR, SCTLR, HCR, VTCR, VTTBR };

const u32 answer_words = 2;

u64 walk(u64 va, u64 operation, u64 *syndrome);

void prepare(void)
{
}

void load(const u64 *registers)
{
    asm volatile("msr tcr_el1, %0" : : "r"(registers[TCR]));
    asm volatile("msr ttbr0_el1, %0" : : "r"(registers[TTBR0]));
    asm volatile("msr ttbr1_el1, %0" : : "r"(registers[TTBR1]));
    asm volatile("msr mair_el1, %0" : : "r"(registers[MAIR]));
    asm volatile("msr sctlr_el1, %0" : : "r"(registers[SCTLR]));
    asm volatile("msr hcr_el2, %0" : : "r"(registers[HCR]));
    asm volatile("msr vtcr_el2, %0" : : "r"(registers[VTCR]));
    asm volatile("msr vttbr_el2, %0" : : "r"(registers[VTTBR]));
    asm volatile("dsb sy\n isb\n tlbi alle1\n dsb sy\n isb" : : : "memory");
}

void ask(const struct question *question, u64 *answer)
{
    answer[0] = walk(question->address, question->access, &answer[1]);
}
