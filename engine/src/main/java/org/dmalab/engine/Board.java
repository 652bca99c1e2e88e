package org.dmalab.engine;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cost.CostModel;

/**
 * The description of a board: everything a {@link Soc} is put together from.
 *
 * @param name the preset's name
 * @param cpu the core, for the line under a picture
 * @param ram where RAM is
 * @param vmallocBytes the size of the vmalloc reserve ({@code vmalloc=})
 * @param kernelImage RAM that the kernel itself occupies from boot on
 * @param inner the data cache of the CPU
 * @param outer the cache behind it
 * @param coherent the memory type of coherent buffers: bufferable on ARMv7, strongly ordered before
 * @param prices what things cost there
 * @param windows the DMA address windows behind its IOMMUs
 * @param masters its devices, in the order of their numbers
 */
public record Board(
        String name,
        String cpu,
        AddrRange<PhysAddr> ram,
        long vmallocBytes,
        AddrRange<PhysAddr> kernelImage,
        CacheConfig inner,
        CacheConfig outer,
        MemoryType coherent,
        CostModel prices,
        List<Window> windows,
        List<Master> masters) {

    /** A device may take DMA segments of any length. */
    static final long ANY_SEGMENT = 0xFFFF_FFFFL;
    /** {@code dma_get_max_seg_size} of a device that never said more. */
    static final long DEFAULT_SEGMENT = Bytes.kib(64);

    /**
     * A window of DMA addresses and the table behind it; the devices that name it share both.
     *
     * @param name of the window: the device's own, or that of the group
     * @param range the addresses
     * @param order granules of {@code 4096 << order} bytes ({@code arm_iommu_create_mapping})
     */
    public record Window(String name, AddrRange<DmaAddr> range, int order) {}

    /**
     * A System MMU.
     *
     * @param name as in the device tree
     * @param registers where its registers are
     */
    public record Sysmmu(String name, PhysAddr registers) {}

    /**
     * A device.
     *
     * @param name as in the device tree
     * @param window the name of its window; empty for a device that sees physical addresses
     * @param iommus those in front of it; none for a device that sees physical addresses
     * @param maxSegSize the longest DMA segment it takes
     */
    public record Master(String name, String window, List<Sysmmu> iommus, long maxSegSize) {
        public Master {
            iommus = List.copyOf(iommus);
            if (window.isEmpty() != iommus.isEmpty()) {
                throw new IllegalArgumentException(
                        "device " + name + " must have both a window and IOMMUs, or neither");
            }
        }
    }

    public Board {
        windows = List.copyOf(windows);
        masters = List.copyOf(masters);
        for (Master master : masters) {
            if (!master.window().isEmpty()
                    && windows.stream().noneMatch(window -> window.name().equals(master.window()))) {
                throw new IllegalArgumentException("device " + master.name() + " names a window that board " + name
                        + " lacks: " + master.window());
            }
        }
    }

    /** The same board with RAM of {@code bytes}, from the same address. */
    Board withRam(long bytes) {
        return new Board(
                name,
                cpu,
                new AddrRange<>(ram.start(), bytes),
                vmallocBytes,
                kernelImage,
                inner,
                outer,
                coherent,
                prices,
                windows,
                masters);
    }

    /** The same board with a vmalloc reserve of {@code bytes}. */
    Board withVmalloc(long bytes) {
        return new Board(name, cpu, ram, bytes, kernelImage, inner, outer, coherent, prices, windows, masters);
    }

    /** The same board with other prices. */
    Board withPrices(CostModel model) {
        return new Board(name, cpu, ram, vmallocBytes, kernelImage, inner, outer, coherent, model, windows, masters);
    }

    /** {@code exynos4412: Cortex-A9, 1 GiB RAM, 18 devices}. */
    @Override
    public String toString() {
        return name + ": " + cpu + ", " + Bytes.text(ram.bytes()) + " RAM, " + masters.size() + " devices";
    }
}
