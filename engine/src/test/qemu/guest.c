#include "guest.h"

/* ARM 100863: operations, and the reason of an orderly end. */
enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_EXIT_EXTENDED = 0x20 };
enum { OPEN_WB = 5 };
#define APPLICATION_EXIT 0x20026

static const char answers_file[] = "answers.bin";

static void __attribute__((noreturn)) leave(uptr status)
{
    uptr arguments[] = {APPLICATION_EXIT, status};

    for (;;)
        semihost(SYS_EXIT_EXTENDED, arguments);
}

void fail(const char *why)
{
    semihost(SYS_WRITE0, "guest: ");
    semihost(SYS_WRITE0, why);
    semihost(SYS_WRITE0, "\n");
    leave(1);
}

static void hand_back(const void *start, uptr bytes)
{
    uptr open[] = {(uptr)answers_file, OPEN_WB, sizeof answers_file - 1};
    uptr file = semihost(SYS_OPEN, open);
    uptr write[] = {file, (uptr)start, bytes};
    uptr close[] = {file};

    if (file == (uptr)-1)
        fail("answers.bin cannot be opened");
    if (semihost(SYS_WRITE, write) != 0)
        fail("answers.bin cannot be written");
    semihost(SYS_CLOSE, close);
}

void guest_main(void)
{
    const u64 *next = (const u64 *)(uptr)QUESTIONS;
    u64 *answer = (u64 *)(uptr)ANSWERS;
    u64 groups = *next++;

    prepare();
    while (groups-- > 0) {
        const struct group *group = (const struct group *)next;

        load(group->registers);
        for (u64 i = 0; i < group->questions; i++) {
            ask(&group->question[i], answer);
            answer += answer_words;
        }
        next = (const u64 *)&group->question[group->questions];
    }
    hand_back((const void *)(uptr)ANSWERS, (uptr)answer - (uptr)ANSWERS);
    leave(0);
}

/* From the exception vectors, for all that is not asked for. */
void unexpected(void)
{
    fail("unexpected exception");
}
