package org.dmalab.engine;

import java.util.List;
import java.util.Optional;
import org.dmalab.engine.arm.CoherentMapping;
import org.dmalab.engine.arm.Platform;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.Speculation;
import org.dmalab.engine.cpu.AliasFlush;
import org.dmalab.engine.cpu.ConsistentRegion;
import org.dmalab.engine.cpu.KernelAddressSpace;
import org.dmalab.engine.cpu.KernelLayout;
import org.dmalab.engine.cpu.ProcessMemory;
import org.dmalab.engine.memory.CmaArea;
import org.dmalab.engine.memory.PageCopy;

/**
 * The kernel of a machine after boot: its memory, its addresses, and what its DMA backends and its processes work with.
 *
 * @param layout how it laid memory out
 */
record BootedKernel(
        MemoryLayout layout,
        KernelMemory memory,
        KernelAddressSpace kernel,
        Platform platform,
        ProcessMemory processMemory) {
    /** Boots what was chosen on {@code hardware}. */
    static BootedKernel boot(SocBuilder<?> choices, MemoryLayout layout, Hardware hardware) {
        Board board = choices.board();
        PageCopy copy = new CachedPageCopy(hardware.caches(), hardware.maintenance(), hardware.ram(), hardware.truth());
        KernelMemory memory = new KernelMemory(board.memory(), layout, choices.era(), copy, hardware.trace());
        AliasFlush flush = AliasFlush.of(board.cores().caches().inner(), hardware.maintenance());
        boolean consistent = choices.coherentMapping() == CoherentMapping.CONSISTENT_REGION;
        KernelAddressSpace kernel = new KernelAddressSpace(
                new KernelLayout(
                        choices.era(),
                        layout.lowmem(),
                        layout.pageOffset(),
                        layout.vmalloc(),
                        consistent ? ConsistentRegion.DEFAULT_BYTES : 0,
                        MemoryLayout.absent(board.memory())),
                flush,
                hardware.trace());
        // dma_contiguous_remap: lowmem of a CMA area is mapped by pages from boot on, so that their type can change.
        memory.areas()
                .forEach(area -> MemoryLayout.common(KernelMemory.range(area), layout.lowmem())
                        .ifPresent(kernel::splitSections));
        Platform platform = new Platform(
                choices.era(),
                choices.policy(),
                choices.coherentMapping(),
                board.cores().coherent(),
                hardware.ram(),
                memory.pages(),
                memory.defaultArea(),
                hardware.maintenance(),
                kernel,
                hardware.truth(),
                hardware.trace());
        return new BootedKernel(
                layout,
                memory,
                kernel,
                platform,
                new ProcessMemory(
                        hardware.ram(),
                        memory.frames(),
                        platform::zeroPage,
                        flush,
                        page -> user(memory.areas(), kernel, page)));
    }

    /** A contiguous allocation, or whoever mapped the page for more than the kernel's ordinary use. */
    private static Optional<String> user(List<CmaArea> areas, KernelAddressSpace kernel, PhysAddr page) {
        for (CmaArea area : areas) {
            if (area.isAllocated(page)) {
                return Optional.of("an allocation of [" + area + "]");
            }
        }
        return kernel.aliases(page).stream()
                .filter(alias -> !kernel.isLinear(alias.address()) || alias.type() != MemoryType.WRITE_BACK)
                .findFirst()
                .map(alias -> "[" + alias + "]");
    }

    /** {@link Soc#speculate}: a line can be loaded while the linear map there is cacheable. */
    void speculate(Hardware hardware, PhysAddr start, long bytes, double rate, long seed) {
        AddrRange<PhysAddr> range = new AddrRange<>(start, bytes);
        if (!hardware.ram().contains(start, bytes)) {
            throw new IllegalArgumentException("only RAM can be loaded: " + bytes + " bytes at " + start
                    + "; banks are " + hardware.ram().banks());
        }
        if (!layout.lowmem().contains(start)) {
            hardware.caches().speculate(Optional.empty());
            return;
        }
        hardware.caches()
                .speculate(
                        new Speculation(range, kernel.linear(start), rate, seed),
                        phys -> layout.lowmem().contains(new PhysAddr(phys))
                                && kernel.linearType(new PhysAddr(phys))
                                        .filter(MemoryType::cacheable)
                                        .isPresent());
    }
}
