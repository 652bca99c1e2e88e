#include "guest.h"

/*
 * The SMMUv3 of QEMU's virt machine before its edu device (docs/specs/edu), a PCI device with a DMA engine.
 *
 * registers: the first, second and fourth doubleword of the context descriptor (ARM IHI 0070 5.4): its control bits, TTB0, MAIR.
 * access: 0 the device reads 4 bytes at an address, 1 it writes them.
 * answer: how many events were recorded; doublewords 0 to 2 of the first (ARM IHI 0070 7.3), or 0; where the device got to: each
 * word of DATA holds its own address, and a write is found where one does not.
 */
enum { CD0, TTB0, MAIR };

const u32 answer_words = 5;

static void write32(u64 address, u32 value) { *(volatile u32 *)address = value; }
static u32 read32(u64 address) { return *(volatile u32 *)address; }
static void write64(u64 address, u64 value) { *(volatile u64 *)address = value; }
static u64 read64(u64 address) { return *(volatile u64 *)address; }

/* ARM IHI 0070 chapter 6; where it lies is in the machine's device tree, as is where PCI lies. */
#define SMMU 0x09050000ull
enum {
    CR0 = 0x20,
    CR0ACK = 0x24,
    STRTAB_BASE = 0x80,
    STRTAB_BASE_CFG = 0x88,
    CMDQ_BASE = 0x90,
    CMDQ_PROD = 0x98,
    CMDQ_CONS = 0x9c,
    EVENTQ_BASE = 0xa0,
    EVENTQ_PROD = 0x100a8,
    EVENTQ_CONS = 0x100ac
};
enum { SMMUEN = 1 << 0, EVENTQEN = 1 << 2, CMDQEN = 1 << 3 };

/* Commands (ARM IHI 0070 4.1.3). */
enum { CFGI_ALL = 0x04, TLBI_NSNH_ALL = 0x30, CMD_SYNC = 0x46 };
/* CFGI_ALL is CFGI_STE_RANGE with all 32 bits of StreamID (4.3.4). */
#define CFGI_ALL_RANGE 31

#define STREAMS_LOG2 8
#define QUEUE_LOG2 5
#define QUEUE_ENTRIES (1u << QUEUE_LOG2)
#define COMMAND_WORDS 2
#define EVENT_WORDS 4

static u64 stream_table[8 << STREAMS_LOG2] __attribute__((aligned(8 * 8 << STREAMS_LOG2)));
static u64 context[8] __attribute__((aligned(64)));
static u64 commands[QUEUE_ENTRIES * COMMAND_WORDS] __attribute__((aligned(4096)));
static u64 events[QUEUE_ENTRIES * EVENT_WORDS] __attribute__((aligned(4096)));
static u32 command_prod;

#define ECAM 0x4010000000ull
#define EDU_BAR 0x10000000u
#define EDU_ID 0x11e81234u
enum { PCI_COMMAND = 0x04, PCI_BAR0 = 0x10 };
enum { PCI_MEMORY = 1 << 1, PCI_MASTER = 1 << 2 };

/* docs/specs/edu: registers of its DMA engine, and its own memory as this sees it. */
enum { DMA_FROM = 0x80, DMA_TO = 0x88, DMA_BYTES = 0x90, DMA_COMMAND = 0x98 };
enum { DMA_START = 1 << 0, DMA_TO_RAM = 1 << 1 };
#define EDU_MARK 0x40000ull
#define EDU_READ 0x40100ull
/* A transfer takes 100 ms of a time in which an instruction takes 1 us. */
#define TRANSFER_LOOPS 40000

#define WORD 4
#define MARK 0xedededed

static u32 scratch;

static void command(u64 low, u64 high)
{
    u32 index = command_prod % QUEUE_ENTRIES;

    commands[index * COMMAND_WORDS] = low;
    commands[index * COMMAND_WORDS + 1] = high;
    /* The index and above it the wrap bit (ARM IHI 0070 3.5.1). */
    command_prod = (command_prod + 1) % (2 * QUEUE_ENTRIES);
    asm volatile("dsb sy" : : : "memory");
    write32(SMMU + CMDQ_PROD, command_prod);
    for (u32 i = 0; read32(SMMU + CMDQ_CONS) != command_prod; i++)
        if (i == 1000)
            fail("the command queue stands still");
}

static void enable(u32 bits)
{
    write32(SMMU + CR0, bits);
    if (read32(SMMU + CR0ACK) != bits)
        fail("CR0ACK differs from CR0");
}

static void transfer(u64 from, u64 to, u32 direction)
{
    write64(EDU_BAR + DMA_FROM, from);
    write64(EDU_BAR + DMA_TO, to);
    write64(EDU_BAR + DMA_BYTES, WORD);
    asm volatile("dsb sy" : : : "memory");
    write64(EDU_BAR + DMA_COMMAND, DMA_START | direction);
    for (u32 i = 0; i < TRANSFER_LOOPS; i++)
        asm volatile("");
    while (read64(EDU_BAR + DMA_COMMAND) & DMA_START)
        ;
    asm volatile("dsb sy" : : : "memory");
}

/* The device by its identity; its StreamID is its bus, device and function. */
static u32 find_edu(void)
{
    for (u32 function = 0; function < 1u << STREAMS_LOG2; function++) {
        u64 configuration = ECAM + ((u64)function << 12);

        if (read32(configuration) == EDU_ID) {
            write32(configuration + PCI_BAR0, EDU_BAR);
            write32(configuration + PCI_COMMAND, PCI_MEMORY | PCI_MASTER);
            return function;
        }
    }
    fail("there is no edu device");
}

void prepare(void)
{
    u64 *ste = &stream_table[8 * find_edu()];

    for (u64 address = DATA; address < DATA + DATA_BYTES; address += WORD)
        write32(address, address);

    /* ARM IHI 0070 5.2: valid, stage 1 translates; the incoming shareability is used. */
    ste[0] = 1 | 5 << 1 | (u64)context;
    ste[1] = 1ull << 44;

    write64(SMMU + STRTAB_BASE, (u64)stream_table);
    write32(SMMU + STRTAB_BASE_CFG, STREAMS_LOG2);
    write64(SMMU + CMDQ_BASE, (u64)commands | QUEUE_LOG2);
    write64(SMMU + EVENTQ_BASE, (u64)events | QUEUE_LOG2);
    write32(SMMU + EVENTQ_PROD, 0);
    write32(SMMU + EVENTQ_CONS, 0);
    enable(CMDQEN | EVENTQEN);

    scratch = MARK;
    transfer((u64)&scratch, EDU_MARK, 0);
}

void load(const u64 *registers)
{
    context[0] = registers[CD0];
    context[1] = registers[TTB0];
    context[3] = registers[MAIR];
    command(CFGI_ALL, CFGI_ALL_RANGE);
    command(CMD_SYNC, 0);
}

/* Takes all events out of their queue. */
static void take_events(u64 *answer)
{
    u32 prod = read32(SMMU + EVENTQ_PROD);
    u32 cons = read32(SMMU + EVENTQ_CONS);
    const volatile u64 *first = &events[cons % QUEUE_ENTRIES * EVENT_WORDS];
    u32 count = (prod - cons) % (2 * QUEUE_ENTRIES);

    answer[0] = count;
    for (u32 i = 0; i < 3; i++)
        answer[1 + i] = count > 0 ? first[i] : 0;
    write32(SMMU + EVENTQ_CONS, prod);
}

/* The word that was written, which gets its old content back; 0 for none. */
static u64 take_mark(u64 hint)
{
    if (hint != 0 && read32(hint) == MARK) {
        write32(hint, hint);
        return hint;
    }
    for (u64 address = DATA; address < DATA + DATA_BYTES; address += WORD) {
        if (read32(address) != address) {
            write32(address, address);
            return address;
        }
    }
    return 0;
}

/* Each question is a walk of its own: a TLB entry of QEMU's 7.2 has forgotten what the tables above it took away. */
void ask(const struct question *question, u64 *answer)
{
    command(TLBI_NSNH_ALL, 0);
    command(CMD_SYNC, 0);
    enable(CMDQEN | EVENTQEN | SMMUEN);
    if (question->access == 1)
        transfer(EDU_MARK, question->address, DMA_TO_RAM);
    else
        transfer(question->address, EDU_READ, 0);
    take_events(answer);
    enable(CMDQEN | EVENTQEN);

    answer[4] = 0;
    if (question->access == 1) {
        if (answer[0] == 0)
            answer[4] = take_mark(question->hint);
    } else if (answer[0] == 0) {
        transfer(EDU_READ, (u64)&scratch, DMA_TO_RAM);
        answer[4] = read32((u64)&scratch);
    }
}
