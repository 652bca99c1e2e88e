/*
 * A guest without an operating system: it asks this machine's translation hardware a list of questions and hands back the answers.
 *
 * RAM, from RAM_START on, in little-endian doublewords:
 *
 *   + 32 MiB   questions: the number of groups, then each group: 12 registers, the number of its questions, and these
 *   + 64 MiB   answers, in the order of the questions
 *   + 128 MiB  tables, written from outside
 *   + 256 MiB  64 MiB that a device may reach
 *
 * The guest itself starts at + 2 MiB, and all it runs with the MMU on lies in that MiB.
 */
#ifndef GUEST_H
#define GUEST_H

typedef unsigned int u32;
typedef unsigned long long u64;
typedef __UINTPTR_TYPE__ uptr;

#define MIB 0x100000ull
#define QUESTIONS (RAM_START + 32 * MIB)
#define ANSWERS (RAM_START + 64 * MIB)
#define DATA (RAM_START + 256 * MIB)
#define DATA_BYTES (64 * MIB)

#define REGISTERS 12

/* hint: where the answer is looked for first, if it has to be looked for */
struct question {
    u64 address;
    u64 access;
    u64 hint;
};

struct group {
    u64 registers[REGISTERS];
    u64 questions;
    struct question question[];
};

/* How many doublewords one answer has. */
extern const u32 answer_words;

/* Once, before all else. */
void prepare(void);

/* Takes a group's registers. */
void load(const u64 *registers);

/* Answers one question under them. */
void ask(const struct question *question, u64 *answer);

/* Ends the machine with a status other than 0. */
void fail(const char *why) __attribute__((noreturn));

/* A request to who runs this machine (ARM 100863, "Semihosting for AArch32 and AArch64"). */
uptr semihost(uptr operation, const void *arguments);

#endif
