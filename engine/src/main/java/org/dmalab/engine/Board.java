package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Architecture;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.cache.MaintenanceStyle;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.iommu.IommuModel;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.ReservedMemory;

/**
 * The description of a board: everything a {@link Soc} is put together from.
 *
 * @param name the preset's name
 * @param cores its CPUs and their caches
 * @param memory its RAM and how the kernel lays it out
 * @param prices what things cost there
 * @param windows the DMA address windows behind its IOMMUs that the kernel sets up at boot
 * @param iommus its IOMMUs
 * @param masters its devices, in the order of their numbers
 */
public record Board(
        String name,
        Cores cores,
        Memory memory,
        CostModel prices,
        List<Window> windows,
        List<IommuNode> iommus,
        List<Master> masters) {

    /** A device may take DMA segments of any length. */
    static final long ANY_SEGMENT = 0xFFFF_FFFFL;
    /** {@code dma_get_max_seg_size} of a device that never said more. */
    static final long DEFAULT_SEGMENT = Bytes.kib(64);

    /**
     * The CPUs, all alike.
     *
     * @param name the core, for the line under a picture
     * @param caches how many there are, and their caches
     * @param maintenance what the core's cache operations do with a direction and with partial lines
     * @param coherent the memory type of coherent buffers: bufferable on ARMv7, strongly ordered before
     */
    public record Cores(String name, CacheTopology caches, MaintenanceStyle maintenance, MemoryType coherent) {
        /** The same cores with other caches. */
        Cores with(CacheTopology other) {
            return new Cores(name, other, maintenance, coherent);
        }
    }

    /**
     * RAM.
     *
     * @param banks where it is, ascending; holes between them are allowed, and banks that touch are one
     * @param vmallocBytes the size of the vmalloc reserve ({@code vmalloc=})
     * @param dmaZoneBytes how much of lowmem is zone DMA ({@code dma_zone_size}); 0 for none
     * @param cmaBytes the size of the default CMA area ({@code cma=}); 0 for none
     * @param reserved what is kept from the page allocator from boot on, the kernel image first
     * @param architecture whose rules lay it out
     * @param pageblockOrder the order of a pageblock, 8..10: the largest block's, or 9 where there are huge pages
     */
    public record Memory(
            List<AddrRange<PhysAddr>> banks,
            long vmallocBytes,
            long dmaZoneBytes,
            long cmaBytes,
            List<ReservedMemory> reserved,
            Architecture architecture,
            int pageblockOrder) {
        /** RAM of a 32-bit machine without huge pages. */
        public Memory(
                List<AddrRange<PhysAddr>> banks,
                long vmallocBytes,
                long dmaZoneBytes,
                long cmaBytes,
                List<ReservedMemory> reserved) {
            this(
                    banks,
                    vmallocBytes,
                    dmaZoneBytes,
                    cmaBytes,
                    reserved,
                    Architecture.ARM32,
                    BuddyAllocator.PAGEBLOCK_ORDER);
        }

        public Memory {
            banks = joined(banks);
            reserved = List.copyOf(reserved);
            if (banks.isEmpty()) {
                throw new IllegalArgumentException("board must have RAM");
            }
        }

        /** The same RAM in banks that do not touch: a block of pages may lie over the seam. */
        private static List<AddrRange<PhysAddr>> joined(List<AddrRange<PhysAddr>> banks) {
            List<AddrRange<PhysAddr>> all = new ArrayList<>();
            for (AddrRange<PhysAddr> bank : banks) {
                if (all.isEmpty()) {
                    all.add(bank);
                    continue;
                }
                AddrRange<PhysAddr> last = all.get(all.size() - 1);
                if (Long.compareUnsigned(bank.start().value(), last.last()) <= 0) {
                    throw new IllegalArgumentException(
                            "banks must be ascending and not overlap: " + bank + " comes after " + last);
                }
                if (bank.start().value() == last.last() + 1) {
                    all.set(all.size() - 1, new AddrRange<>(last.start(), last.bytes() + bank.bytes()));
                } else {
                    all.add(bank);
                }
            }
            return List.copyOf(all);
        }

        /** The same with other sizes. */
        Memory sized(long vmalloc, long dmaZone, long cma) {
            return new Memory(banks, vmalloc, dmaZone, cma, reserved, architecture, pageblockOrder);
        }

        /** The same in other places. */
        Memory placed(List<AddrRange<PhysAddr>> otherBanks, List<ReservedMemory> otherReserved) {
            return new Memory(
                    otherBanks, vmallocBytes, dmaZoneBytes, cmaBytes, otherReserved, architecture, pageblockOrder);
        }

        /** How much RAM there is. */
        public long bytes() {
            return banks.stream().mapToLong(AddrRange::bytes).sum();
        }
    }

    /**
     * A window of DMA addresses and the table behind it; the devices that name it share both.
     *
     * @param name of the window: the device's own, or that of the group
     * @param range the addresses
     * @param order granules of {@code 4096 << order} bytes ({@code arm_iommu_create_mapping})
     */
    public record Window(String name, AddrRange<DmaAddr> range, int order) {}

    /**
     * An IOMMU.
     *
     * @param name as in the device tree
     * @param registers where its registers are
     * @param model what it is
     */
    public record IommuNode(String name, PhysAddr registers, IommuModel model) {}

    /**
     * One way of a device to memory through an IOMMU: an entry of the list in its node.
     *
     * @param name {@code left}; empty if it is the only one
     * @param iommu the name of the IOMMU
     * @param ids by which it knows the device: MIDs, swgroups; 0 where it has one master
     * @param bank the context bank of these ids by platform data (Qualcomm); 0 elsewhere
     */
    public record Link(String name, String iommu, List<Integer> ids, int bank) {
        public Link {
            ids = List.copyOf(ids);
        }

        /** The only way of a device to memory, through an IOMMU with one master. */
        public static Link to(String iommu) {
            return named("", iommu);
        }

        /** One of several ways of a device to memory, through an IOMMU with one master. */
        public static Link named(String name, String iommu) {
            return new Link(name, iommu, List.of(0), 0);
        }
    }

    /** Where a device is attached to the memory system. */
    public enum Port {
        /** Below the caches: it reads and writes RAM (Zynq's HP ports, every device of 2011). */
        MEMORY,
        /** Through the caches: it sees and updates what they hold (Zynq's ACP, later CCI ports). */
        SNOOPED
    }

    /**
     * A device.
     *
     * @param name as in the device tree
     * @param window the name of its window; empty for a device that the kernel attaches to no domain at boot
     * @param links its ways through IOMMUs; none for a device that sees physical addresses
     * @param maxSegSize the longest DMA segment it takes
     * @param port where it is attached: a fact of the hardware
     * @param dmaCoherent whether its node has {@code dma-coherent}: a claim of the device tree
     */
    public record Master(
            String name, String window, List<Link> links, long maxSegSize, Port port, boolean dmaCoherent) {
        public Master {
            links = List.copyOf(links);
            if (!window.isEmpty() && links.isEmpty()) {
                throw new IllegalArgumentException("device " + name + " has a window and no IOMMU: " + window);
            }
        }

        /** A device below the caches that says so. */
        public static Master nonCoherent(String name, String window, List<Link> links, long maxSegSize) {
            return new Master(name, window, links, maxSegSize, Port.MEMORY, false);
        }

        /** The same device on a port of that kind, with that claim in the device tree. */
        public Master on(Port other, boolean claim) {
            return new Master(name, window, links, maxSegSize, other, claim);
        }
    }

    public Board {
        windows = List.copyOf(windows);
        iommus = List.copyOf(iommus);
        masters = List.copyOf(masters);
        Set<String> known = iommus.stream().map(IommuNode::name).collect(Collectors.toSet());
        for (Master master : masters) {
            if (!master.window().isEmpty()
                    && windows.stream().noneMatch(window -> window.name().equals(master.window()))) {
                throw new IllegalArgumentException("device " + master.name() + " names a window that board " + name
                        + " lacks: " + master.window());
            }
            for (Link link : master.links()) {
                if (!known.contains(link.iommu())) {
                    throw new IllegalArgumentException("device " + master.name() + " names an IOMMU that board " + name
                            + " lacks: " + link.iommu());
                }
            }
        }
    }

    /** The device of that name. */
    Master master(String device) {
        return masters.stream()
                .filter(each -> each.name().equals(device))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("board " + name + " has no device " + device
                        + "; it has "
                        + String.join(", ", masters.stream().map(Master::name).toList())));
    }

    /** The same board with other cores. */
    public Board with(Cores other) {
        return new Board(name, other, memory, prices, windows, iommus, masters);
    }

    /** The same board with other memory. */
    public Board with(Memory other) {
        return new Board(name, cores, other, prices, windows, iommus, masters);
    }

    /** The same board with other prices. */
    public Board with(CostModel other) {
        return new Board(name, cores, memory, other, windows, iommus, masters);
    }

    /** The same board with {@code master} in the place of the device of that name. */
    public Board with(Master master) {
        return new Board(
                name,
                cores,
                memory,
                prices,
                windows,
                iommus,
                masters.stream()
                        .map(each -> each.name().equals(master.name()) ? master : each)
                        .toList());
    }

    /** {@code exynos4412: Cortex-A9 1.4 GHz, 1 GiB RAM, 18 devices}. */
    @Override
    public String toString() {
        return name + ": " + cores.name() + ", " + Bytes.text(memory.bytes()) + " RAM, " + masters.size() + " devices";
    }
}
