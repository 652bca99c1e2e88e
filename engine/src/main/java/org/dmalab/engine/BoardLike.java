package org.dmalab.engine;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Architecture;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.MigrateType;
import org.dmalab.engine.memory.PageTypeInfo;
import org.dmalab.engine.memory.ZoneKind;

/**
 * A board whose zones have the names and sizes of another machine's. Where that machine has its RAM is not known: zones begin
 * at 0, or where the zone below ends, DMA32 at 1 GiB or above and Normal of a 64-bit machine at 4 GiB.
 */
final class BoardLike {
    /** What lowmem and the vmalloc reserve share: {@code VMALLOC_END} less the hole below the area, from {@code PAGE_OFFSET}. */
    private static final long ARM32_SPACE = 0xFF000000L - 0xC0000000L - Bytes.mib(8);

    private static final long LEAST_VMALLOC = Bytes.mib(16);

    private final PageTypeInfo types;
    private final Map<ZoneKind, Long> bytesOf = new EnumMap<>(ZoneKind.class);

    private BoardLike(PageTypeInfo types) {
        this.types = types;
        for (PageTypeInfo.ZoneTypes zone : types.zones()) {
            long pageblocks = 0;
            for (MigrateType type : MigrateType.values()) {
                pageblocks += zone.pageblocks(type);
            }
            long bytes = pageblocks * (PageSize.PAGE_BYTES << types.pageblockOrder());
            if (bytesOf.put(kind(zone.zone()), bytes) != null) {
                throw new IllegalArgumentException(
                        "zone " + zone.zone() + " is given twice, of two nodes: a machine here has one");
            }
            if (bytes <= 0 || bytes > Bytes.gib(64)) {
                throw new IllegalArgumentException(
                        "zone " + zone.zone() + " must have pageblocks, at most 64 GiB: " + bytes + " bytes");
            }
        }
    }

    /** The board that {@code types} can be restored to. */
    static Board of(PageTypeInfo types) {
        if (types.zones().isEmpty()) {
            throw new IllegalArgumentException("nothing to restore, " + types.source()
                    + " tells of no zone [expected lines=Node    0, zone   Normal, type      Movable      4 ...]");
        }
        return new BoardLike(types).board();
    }

    private static ZoneKind kind(String name) {
        for (ZoneKind kind : ZoneKind.values()) {
            if (kind.text().equals(name) && kind != ZoneKind.MOVABLE) {
                return kind;
            }
        }
        throw new IllegalArgumentException("zone must be DMA, DMA32, Normal or HighMem: " + name);
    }

    private long bytes(ZoneKind kind) {
        return bytesOf.getOrDefault(kind, 0L);
    }

    private Board board() {
        long low = bytes(ZoneKind.DMA) + bytes(ZoneKind.NORMAL);
        boolean narrow = bytes(ZoneKind.DMA32) == 0 && low <= ARM32_SPACE - LEAST_VMALLOC;
        if (bytesOf.containsKey(ZoneKind.HIGHMEM) && !narrow) {
            throw new IllegalArgumentException("a machine with HighMem must have 32 bits, no DMA32 and at most "
                    + Bytes.text(ARM32_SPACE - LEAST_VMALLOC) + " below HighMem: " + bytesOf);
        }
        return narrow ? arm32(low) : arm64();
    }

    private Board arm32(long low) {
        AddrRange<PhysAddr> bank = new AddrRange<>(new PhysAddr(0), low + bytes(ZoneKind.HIGHMEM));
        return new Board(
                name(),
                Boards.zynq7000().cores(),
                new Board.Memory(
                        List.of(bank),
                        ARM32_SPACE - low,
                        bytes(ZoneKind.DMA),
                        0,
                        List.of(),
                        Architecture.ARM32,
                        types.pageblockOrder()),
                Boards.zynq7000().prices(),
                List.of(),
                List.of(),
                List.of());
    }

    private Board arm64() {
        List<AddrRange<PhysAddr>> banks = new ArrayList<>();
        long dmaEnd = bytes(ZoneKind.DMA);
        long room = Bytes.gib(4) - bytes(ZoneKind.DMA32);
        long dma32 = dmaEnd == 0 ? 0 : Math.max(dmaEnd, Math.min(Bytes.gib(1), room));
        if (dma32 > room) {
            throw new IllegalArgumentException("DMA and DMA32 must lie below 4 GiB: " + bytesOf);
        }
        add(banks, 0, dmaEnd);
        add(banks, dma32, bytes(ZoneKind.DMA32));
        add(banks, Bytes.gib(4), bytes(ZoneKind.NORMAL));
        return Arm64Boards.arm64(name(), banks, dma32, types.pageblockOrder(), List.of());
    }

    private static void add(List<AddrRange<PhysAddr>> banks, long start, long bytes) {
        if (bytes > 0) {
            banks.add(new AddrRange<>(new PhysAddr(start), bytes));
        }
    }

    private String name() {
        return "like " + types.source();
    }
}
