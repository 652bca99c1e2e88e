package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Architecture;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.KernelLayout;
import org.dmalab.engine.memory.ReservedMemory;
import org.dmalab.engine.memory.ZoneKind;
import org.dmalab.engine.memory.ZoneLayout;

/**
 * How Linux lays a board's RAM out: which part has linear addresses, which zones there are, where the vmalloc area begins. On
 * 32 bits as {@code sanity_check_meminfo}, {@code arm_bootmem_free} and {@code asm/memory.h} of Linux 3.14 do; on 64 bits with
 * 48-bit addresses and pages of 4 KiB as in {@code Documentation/arm64/memory.rst} of Linux 6.1, {@code zone_sizes_init}.
 *
 * @param pageOffset where the linear map begins
 * @param lowmem what the kernel always sees, holes included
 * @param zones where they end
 * @param vmalloc the vmalloc area
 */
record MemoryLayout(VirtAddr pageOffset, AddrRange<PhysAddr> lowmem, ZoneLayout zones, AddrRange<VirtAddr> vmalloc) {
    /** {@code PAGE_OFFSET} of a 3G/1G split. */
    private static final VirtAddr PAGE_OFFSET = new VirtAddr(0xC0000000L);

    private static final VirtAddr PAGE_OFFSET_64 = new VirtAddr(0xFFFF_0000_0000_0000L);

    private static final long VMALLOC_START_64 = 0xFFFF_8000_0800_0000L;
    private static final long VMALLOC_END_64 = 0xFFFF_FBFF_F000_0000L;
    /** Where {@code ZONE_DMA32} ends. */
    private static final long DMA32_END = 1L << 32;

    /** One past the largest physical address with LPAE, and with the 48 bits of arm64. */
    private static final long END_OF_SPACE = 1L << 40;

    private static final long END_OF_SPACE_64 = 1L << 48;

    private static final long VMALLOC_END = 0xFF000000L;
    /** The hole below the vmalloc area, and its alignment ({@code VMALLOC_OFFSET}). */
    private static final long VMALLOC_OFFSET = Bytes.mib(8);

    static MemoryLayout of(Board.Memory memory) {
        return memory.architecture() == Architecture.ARM64 ? arm64(memory) : arm32(memory);
    }

    private static MemoryLayout arm64(Board.Memory memory) {
        PhysAddr start = memory.banks().get(0).start();
        long end = memory.banks().get(memory.banks().size() - 1).last() + 1;
        List<ZoneLayout.ZoneEnd> zones = new ArrayList<>();
        long next = addZone(zones, ZoneKind.DMA, start.value(), Math.min(end, start.value() + memory.dmaZoneBytes()));
        next = addZone(zones, ZoneKind.DMA32, next, Math.min(end, DMA32_END));
        if (addZone(zones, ZoneKind.NORMAL, next, end) != end) {
            throw new AssertionError("zones end below the RAM: " + zones);
        }
        return new MemoryLayout(
                PAGE_OFFSET_64,
                new AddrRange<>(start, end - start.value()),
                new ZoneLayout(zones),
                new AddrRange<>(new VirtAddr(VMALLOC_START_64), VMALLOC_END_64 - VMALLOC_START_64));
    }

    /** Where the zones end so far, after one of {@code kind} from {@code start} to {@code end} if that is not empty. */
    private static long addZone(List<ZoneLayout.ZoneEnd> zones, ZoneKind kind, long start, long end) {
        if (end <= start) {
            return start;
        }
        zones.add(new ZoneLayout.ZoneEnd(kind, new PhysAddr(end)));
        return end;
    }

    private static MemoryLayout arm32(Board.Memory memory) {
        PhysAddr start = memory.banks().get(0).start();
        long end = memory.banks().get(memory.banks().size() - 1).last() + 1;
        long limit = start.value() + VMALLOC_END - memory.vmallocBytes() - VMALLOC_OFFSET - PAGE_OFFSET.value();
        long lowEnd = 0;
        for (AddrRange<PhysAddr> bank : memory.banks()) {
            if (bank.start().value() < limit) {
                lowEnd = Math.min(bank.last() + 1, limit);
            }
        }
        long dmaEnd =
                memory.dmaZoneBytes() == 0 ? start.value() : Math.min(lowEnd, start.value() + memory.dmaZoneBytes());
        List<ZoneLayout.ZoneEnd> zones = new ArrayList<>();
        if (dmaEnd > start.value()) {
            zones.add(new ZoneLayout.ZoneEnd(ZoneKind.DMA, new PhysAddr(dmaEnd)));
        }
        if (lowEnd > dmaEnd) {
            zones.add(new ZoneLayout.ZoneEnd(ZoneKind.NORMAL, new PhysAddr(lowEnd)));
        }
        if (end > lowEnd) {
            zones.add(new ZoneLayout.ZoneEnd(ZoneKind.HIGHMEM, new PhysAddr(end)));
        }
        long lowBytes = lowEnd - start.value();
        long vmallocStart = (PAGE_OFFSET.value() + lowBytes + VMALLOC_OFFSET) & -VMALLOC_OFFSET;
        return new MemoryLayout(
                PAGE_OFFSET,
                new AddrRange<>(start, lowBytes),
                new ZoneLayout(zones),
                new AddrRange<>(new VirtAddr(vmallocStart), VMALLOC_END - vmallocStart));
    }

    /** Where the kernel of a board with {@code memory} has no page frames: beside the banks, and where nodes say {@code no-map}. */
    static List<KernelLayout.Absent> absent(Board.Memory memory) {
        List<KernelLayout.Absent> absent = new ArrayList<>();
        for (ReservedMemory reserved : memory.reserved()) {
            if (!reserved.staysMemory()) {
                absent.add(new KernelLayout.Absent(
                        reserved.range(),
                        "reserved-memory node " + reserved.name() + " " + reserved.range()
                                + " is no-map; only its device, or an ioremap, reaches it",
                        memory.banks().stream()
                                .anyMatch(bank -> bank.contains(reserved.range().start())
                                        && bank.contains(
                                                new PhysAddr(reserved.range().last())))));
            }
        }
        long next = 0;
        for (AddrRange<PhysAddr> bank : memory.banks()) {
            addGap(absent, next, bank.start().value(), memory);
            next = bank.last() + 1;
        }
        addGap(absent, next, memory.architecture() == Architecture.ARM64 ? END_OF_SPACE_64 : END_OF_SPACE, memory);
        return absent;
    }

    private static void addGap(List<KernelLayout.Absent> absent, long start, long end, Board.Memory memory) {
        if (start < end) {
            absent.add(new KernelLayout.Absent(
                    new AddrRange<>(new PhysAddr(start), end - start),
                    "the board has no RAM there; banks are " + memory.banks(),
                    false));
        }
    }

    /** What two ranges share. */
    static Optional<AddrRange<PhysAddr>> common(AddrRange<PhysAddr> one, AddrRange<PhysAddr> other) {
        long start = Math.max(one.start().value(), other.start().value());
        long end = Math.min(one.last(), other.last()) + 1;
        return end > start ? Optional.of(new AddrRange<>(new PhysAddr(start), end - start)) : Optional.empty();
    }
}
