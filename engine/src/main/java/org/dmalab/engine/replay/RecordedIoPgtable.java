package org.dmalab.engine.replay;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ZoneKind;
import org.dmalab.engine.pagetable.FlushOps;
import org.dmalab.engine.pagetable.IoPgtableConfig;
import org.dmalab.engine.pagetable.IoPgtableConfig.Quirk;
import org.dmalab.engine.pagetable.LpaeControl;
import org.dmalab.engine.pagetable.LpaeFormat;
import org.dmalab.engine.pagetable.LpaeTable;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.TableMemory;
import org.dmalab.engine.pagetable.V7sTable;
import org.dmalab.engine.trace.TraceSink;

/**
 * The table that an {@code I} line asks for, and how recordings print what is in it.
 *
 * @param table in RAM of its own
 * @param shape where a walk starts, as the footer says it; nothing for short descriptors
 */
record RecordedIoPgtable(PageTable table, String shape) {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);
    private static final long RAM_BYTES = Bytes.mib(1024);
    private static final long LONG_ADDRESS = 0x0000FFFFFFFFF000L;
    private static final long SHORT_ATTRIBUTES = 0x3FF;
    private static final String SHORT = "v7s";
    private static final int MTK_EXT = 1 << 3;
    private static final int MTK_TTBR_EXT = 1 << 4;
    private static final int KNOWN_QUIRKS = 0x7B;

    /** Makes the table of the current line, and compares the registers recorded behind its {@code =}. */
    static RecordedIoPgtable create(ReplayRun run, FlushOps flush) {
        String[] words = run.words();
        if (words.length < 8 || !words[6].equals("=")) {
            throw run.garbled("expected I fmt pgsize_bitmap ias oas quirks = cfg");
        }
        String registers = String.join(" ", List.of(words).subList(7, words.length));
        try {
            IoPgtableConfig config = config(run, words, registers);
            return words[1].equals(SHORT)
                    ? ofShort(run, config, registers, flush)
                    : ofLong(run, format(run, words[1]), config, registers, flush);
        } catch (RecordingException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw run.garbled(e);
        }
    }

    private static IoPgtableConfig config(ReplayRun run, String[] words, String registers) {
        IoPgtableConfig config = IoPgtableConfig.of(
                        run.word(words[2], 64), run.decimal(words[3], 64), run.decimal(words[4], 64))
                .withQuirks(quirks(run, words[5]));
        // Whether walkers snoop is not among the arguments; the registers show it.
        boolean snoops = !(" " + registers + " ").matches(".* (ttbr_flags 2|irgn 0) .*");
        return snoops ? config : config.withoutSnooping();
    }

    /**
     * The quirks of a number whose base is not recorded: NO_PERMS and MTK_EXT are {@code a} or {@code 10}. Read as hexadecimal
     * digits, a decimal number of a possible set names no possible set.
     */
    private static Set<Quirk> quirks(ReplayRun run, String word) {
        int bits = (int) run.word(word, 32);
        boolean decimal = (bits & ~KNOWN_QUIRKS) != 0 || ((bits & MTK_TTBR_EXT) != 0 && (bits & MTK_EXT) == 0);
        return IoPgtableConfig.quirks(decimal ? run.decimal(word, KNOWN_QUIRKS) : bits);
    }

    private static LpaeFormat format(ReplayRun run, String name) {
        return switch (name) {
            case "64s1" -> LpaeFormat.ARM_64_S1;
            case "64s2" -> LpaeFormat.ARM_64_S2;
            case "32s1" -> LpaeFormat.ARM_32_S1;
            case "32s2" -> LpaeFormat.ARM_32_S2;
            default -> throw run.garbled("format must be v7s, 64s1, 64s2, 32s1 or 32s2");
        };
    }

    private static RecordedIoPgtable ofShort(ReplayRun run, IoPgtableConfig config, String registers, FlushOps flush) {
        V7sTable table = made(V7sTable.create(memory(), config, flush));
        run.compare(
                registers,
                "tcr 0 prrr " + Integer.toHexString(V7sTable.PRRR) + " nmrr " + Integer.toHexString(V7sTable.NMRR)
                        + " ttbr_flags " + Integer.toHexString(table.ttbrFlags()));
        return new RecordedIoPgtable(table, "");
    }

    private static RecordedIoPgtable ofLong(
            ReplayRun run, LpaeFormat format, IoPgtableConfig config, String registers, FlushOps flush) {
        LpaeTable table = made(LpaeTable.create(memory(), format, config, flush));
        LpaeControl control = table.control();
        boolean stage2 = format.regime().stage() == 2;
        run.compare(
                registers,
                (stage2 ? "ps " : "ips ") + control.ps() + " tg " + control.tg() + " sh " + control.sh() + " orgn "
                        + control.orgn() + " irgn " + control.irgn()
                        + (stage2 ? " sl " + control.sl() : "") + " tsz " + control.tsz()
                        + (stage2 ? "" : " mair " + Long.toHexString(control.mair())));
        return new RecordedIoPgtable(
                table, "start_level " + table.startLevel() + " pgd_entries " + table.rootEntries());
    }

    private static TableMemory memory() {
        PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(RAM, RAM_BYTES)));
        PageAllocator pages = new PageAllocator(List.of(new PageAllocator.Zone(
                ZoneKind.NORMAL, new BuddyAllocator(RAM.pfn(), RAM_BYTES >>> PageSize.PAGE_SHIFT, TraceSink.NONE))));
        CacheHierarchy caches = new CacheHierarchy(
                CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, TraceSink.NONE);
        return new TableMemory(ram, pages, new CacheMaintenance(caches), GroundTruth.NONE, TraceSink.NONE);
    }

    private static <T> T made(Outcome<T> table) {
        return table.orElseThrow(
                reason -> new IllegalStateException("empty RAM has no room for a table: " + reason.explain()));
    }

    private boolean isShort() {
        return table instanceof V7sTable;
    }

    /** A table's word without the address. */
    String attributes(long descriptor) {
        return isShort()
                ? Long.toHexString(descriptor & SHORT_ATTRIBUTES)
                : String.format(Locale.ROOT, "%016x", descriptor & ~LONG_ADDRESS);
    }

    String word(long descriptor) {
        return isShort() ? Long.toHexString(descriptor) : String.format(Locale.ROOT, "%016x", descriptor);
    }

    /** An index, of a second level of short descriptors in two parts. */
    String index(int level, long index) {
        return isShort() && level == 2
                ? Long.toHexString(index >>> 8) + " " + Long.toHexString(index & 255)
                : Long.toHexString(index);
    }
}
