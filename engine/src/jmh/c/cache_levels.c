/*
 * The peer of CacheBenchmark.tagsOnly: three levels of tags, LRU, write-back, write-allocate, on the same stream.
 * 32 KiB 8-way, 256 KiB 8-way, 8 MiB 16-way, lines of 64 bytes.
 *
 *     gcc -O3 -o cache_levels engine/src/jmh/c/cache_levels.c && ./cache_levels
 *
 * A set is a row of tags, the one used last first; bit 0 is the dirty bit.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ACCESSES 2000000
#define ARENA 0x10000000ull
#define MIB(n) ((uint64_t)(n) << 20)
#define STORE (1ull << 63)
#define ADDRESS ((1ull << 48) - 1)
#define EMPTY (~0ull)
#define LINE_SHIFT 6

struct level {
    uint64_t *rows;
    uint32_t ways;
    uint32_t set_mask;
    uint64_t reads, writes, read_misses, write_misses, bytes_in, bytes_out;
};

static struct level levels[3];

static void access_level(int at, uint64_t line, int whole, int write) {
    struct level *level = &levels[at];
    uint64_t *row = level->rows + (size_t)(line & level->set_mask) * level->ways;
    uint64_t dirty = write ? 1 : 0;
    if (write) {
        level->writes++;
    } else {
        level->reads++;
    }
    uint64_t carried = row[0];
    if (carried >> 1 == line) {
        row[0] |= dirty;
        return;
    }
    for (uint32_t way = 1; way < level->ways; way++) {
        uint64_t tag = row[way];
        row[way] = carried;
        if (tag >> 1 == line) {
            row[0] = tag | dirty;
            return;
        }
        carried = tag;
    }
    row[0] = line << 1 | dirty;
    if (write) {
        level->write_misses++;
    } else {
        level->read_misses++;
    }
    if (!whole || !write) {
        level->bytes_in += 1 << LINE_SHIFT;
        if (at < 2) {
            access_level(at + 1, line, 1, 0);
        }
    }
    if (carried != EMPTY && (carried & 1)) {
        level->bytes_out += 1 << LINE_SHIFT;
        if (at < 2) {
            access_level(at + 1, carried >> 1, 1, 1);
        }
    }
}

static void make_level(int at, uint64_t bytes, uint32_t ways) {
    size_t lines = bytes >> LINE_SHIFT;
    levels[at].rows = malloc(lines * sizeof(uint64_t));
    for (size_t i = 0; i < lines; i++) {
        levels[at].rows[i] = EMPTY;
    }
    levels[at].ways = ways;
    levels[at].set_mask = (uint32_t)(lines / ways - 1);
}

static uint64_t state = 0x9E3779B97F4A7C15ull;

static uint64_t next(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545F4914F6CDD1Dull;
}

static uint64_t *words;
static size_t used;

static void emit(uint64_t address, int write) {
    if (used < ACCESSES) {
        words[used++] = address | 3ull << 48 | (write ? STORE : 0);
    }
}

static void make_stream(void) {
    uint64_t copied = 0, block_x = 0, block_y = 0, chased = 1;
    while (used < ACCESSES) {
        uint64_t kind = next() % 100;
        for (int i = 0; kind < 50 && i < 64; i++) {
            uint64_t random = next();
            emit(ARENA + (random & 0x3FF8), (random >> 20) % 4 == 0);
        }
        for (int i = 0; kind >= 50 && kind < 75 && i < 32; i++) {
            emit(ARENA + MIB(1) + copied, 0);
            emit(ARENA + MIB(10) + copied, 1);
            copied = (copied + 8) & (MIB(8) - 1);
        }
        if (kind >= 75 && kind < 90) {
            for (int i = 0; i < 64; i++) {
                emit(ARENA + MIB(20) + (block_y * 16 + i / 4) % 1080 * 3840 + block_x * 32 + i % 4 * 8, 0);
            }
            if (++block_x == 120) {
                block_x = 0;
                block_y = (block_y + 1) % 68;
            }
        }
        for (int i = 0; kind >= 90 && i < 64; i++) {
            chased = chased * 6364136223846793005ull + 1442695040888963407ull;
            emit(ARENA + MIB(32) + ((chased >> 40) & 0x3FFFF) * 64, 0);
        }
    }
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(void) {
    words = malloc(ACCESSES * sizeof(uint64_t));
    make_stream();
    make_level(0, 32 << 10, 8);
    make_level(1, 256 << 10, 8);
    make_level(2, 8 << 20, 16);
    for (int run = 0; run < 10; run++) {
        double start = seconds();
        int rounds = 0;
        do {
            for (size_t i = 0; i < ACCESSES; i++) {
                access_level(0, (words[i] & ADDRESS) >> LINE_SHIFT, 0, words[i] >> 63);
            }
            rounds++;
        } while (seconds() - start < 0.5);
        printf("%.1f million accesses/s\n", rounds * (ACCESSES / 1e6) / (seconds() - start));
        if (run == 0) {
            printf("first-level misses so far: %llu\n",
                   (unsigned long long)(levels[0].read_misses + levels[0].write_misses));
        }
    }
    return 0;
}
