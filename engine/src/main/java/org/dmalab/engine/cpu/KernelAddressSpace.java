package org.dmalab.engine.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's virtual addresses: lowmem at a fixed offset from RAM; the vmalloc area, where scattered pages, registers or
 * another memory type get addresses of their own; slots for highmem pages; and in Linux 3.4 the consistent region.
 */
public final class KernelAddressSpace implements AddressSpace {
    /** {@code FIXADDR_START} up to Linux 3.14, and since 3.18. */
    private static final VirtAddr FIXMAP = new VirtAddr(0xFFF00000L);

    private static final VirtAddr LATER_FIXMAP = new VirtAddr(0xFFC80000L);
    private final KernelLayout layout;
    private final LinearMap linear;
    private final VmallocSpace vmalloc;
    private final KmapSlots kmaps;
    private final @Nullable ConsistentRegion consistent;
    private final VmallocCalls calls;
    private final KernelWalk walk;

    /** The space of a kernel whose caches are owed nothing when mappings change. */
    public KernelAddressSpace(KernelLayout layout, TraceSink trace) {
        this(layout, AliasFlush.NONE, trace);
    }

    /** The kernel's space after boot: all lowmem cacheable, mapped by sections where it can be; everything else empty. */
    public KernelAddressSpace(KernelLayout layout, AliasFlush flush, TraceSink trace) {
        this.layout = layout;
        this.linear = new LinearMap(layout, trace);
        this.vmalloc = new VmallocSpace(layout.era(), layout.vmalloc(), flush, trace);
        // PKMAP_BASE: PAGE_OFFSET - PMD_SIZE.
        this.kmaps = new KmapSlots(
                layout.pageOffset().plus(-((long) KmapSlots.SLOTS << PageSize.PAGE_SHIFT)),
                layout.era().atLeast(Era.V6_1) ? LATER_FIXMAP : FIXMAP,
                flush,
                trace);
        this.consistent = layout.consistentBytes() == 0 ? null : new ConsistentRegion(layout.consistentBytes(), trace);
        this.calls = new VmallocCalls(layout, vmalloc);
        this.walk = new KernelWalk(layout, linear, vmalloc, consistent, kmaps);
    }

    /** Where its windows lie. */
    public KernelLayout layout() {
        return layout;
    }

    /** The linear address of a byte of lowmem ({@code __va}). */
    public VirtAddr linear(PhysAddr phys) {
        return linear.virt(phys);
    }

    /** Whether {@code address} lies in the linear map. */
    public boolean isLinear(VirtAddr address) {
        return linear.contains(address);
    }

    /** The byte of lowmem at a linear address ({@code __pa}). */
    public PhysAddr physOfLinear(VirtAddr address) {
        return linear.phys(address);
    }

    /** The type of the linear mapping of a byte of lowmem; empty if there is none now. */
    public Optional<MemoryType> linearType(PhysAddr phys) {
        VirtAddr address = linear.virt(phys);
        int type = linear.type(linear.phys(address));
        return type == LinearMap.UNMAPPED ? Optional.empty() : Optional.of(LinearMap.typeOf(type));
    }

    /** Whether the linear mapping of a byte of lowmem is part of a 1 MiB section. */
    public boolean isSectionMapped(PhysAddr phys) {
        return linear.isSection(linear.phys(linear.virt(phys)));
    }

    /**
     * Replaces the sections that {@code range}, whole pages of lowmem, touches by page entries of the same type
     * ({@code dma_contiguous_remap} at boot, for each CMA area).
     */
    public void splitSections(AddrRange<PhysAddr> range) {
        linear.split(range);
    }

    /**
     * Gives the linear entries of {@code range}, whole pages of lowmem, another type and flushes their TLB entries
     * ({@code __dma_remap}).
     *
     * @return how many entries; EINVAL, nothing changed, if sections map some of it
     */
    public Outcome<Long> remapLinear(AddrRange<PhysAddr> range, MemoryType type) {
        return linear.remap(range, type.ordinal());
    }

    /** Removes the linear entries of {@code range}: accesses fault; else as {@link #remapLinear}. */
    public Outcome<Long> unmapLinear(AddrRange<PhysAddr> range) {
        return linear.remap(range, LinearMap.UNMAPPED);
    }

    /** Makes the linear entries of {@code range} what they were at boot; else as {@link #remapLinear}. */
    public Outcome<Long> restoreLinear(AddrRange<PhysAddr> range) {
        return linear.remap(range, MemoryType.WRITE_BACK.ordinal());
    }

    /** Gives {@code pages} consecutive addresses in the vmalloc area ({@code vmap}); ENOMEM if there is no room. */
    public Outcome<VirtAddr> vmap(PageArray pages, MemoryType type, String caller) {
        return calls.vmap(pages, type, caller);
    }

    /**
     * Gives {@code pages}, allocated for this, consecutive cached addresses ({@code __vmalloc_node_range}).
     *
     * @param alignBytes of the start, a power of two, at least a page: 4096, or more for stacks
     */
    public Outcome<VirtAddr> vmalloc(PageArray pages, long alignBytes, String caller) {
        return calls.vmalloc(pages, alignBytes, caller);
    }

    /** The kernel address of a scattered DMA buffer ({@code __iommu_alloc_remap}, {@code dma_common_pages_remap}). */
    public Outcome<VirtAddr> remapDma(PageArray pages, MemoryType type, String caller) {
        return calls.remapDma(pages, type, caller);
    }

    /** The kernel address of a contiguous DMA buffer ({@code __dma_alloc_remap}, {@code dma_common_contiguous_remap}). */
    public Outcome<VirtAddr> remapDma(AddrRange<PhysAddr> block, MemoryType type, String caller) {
        return calls.remapDma(block, type, caller);
    }

    /**
     * Gives registers, or memory that is not the kernel's own, kernel addresses, aligned by their size but to 16 MiB at most
     * ({@code ioremap}). Loads and stores reach such memory; the model has no registers: there they fault.
     *
     * @return the address; {@link IoremapRefused} if the kernel has a page frame in {@code range}; or ENOMEM
     */
    public Outcome<VirtAddr> ioremap(AddrRange<PhysAddr> range, MemoryType type, String caller) {
        return calls.ioremap(range, type, caller);
    }

    /** Takes the addresses of a vmalloc area back ({@code vunmap}, {@code iounmap}). */
    public void vunmap(VirtAddr start) {
        vmalloc.unmap(start);
    }

    /** The vmalloc area that starts exactly at {@code start} ({@code find_vm_area}), or null. */
    public @Nullable Area areaAt(VirtAddr start) {
        return vmalloc.areas().at(start);
    }

    /** Declares {@code range}, the array of a buffer's page pointers, to be a cookie: loads and stores are refused. */
    public void addCookie(AddrRange<VirtAddr> range) {
        walk.addCookie(range);
    }

    /** Ends {@link #addCookie}. */
    public void removeCookie(VirtAddr start) {
        walk.removeCookie(start);
    }

    /** The vmalloc window. */
    public AddrRange<VirtAddr> vmallocWindow() {
        return vmalloc.areas().window();
    }

    /** The areas in it, ascending. */
    public List<Area> vmallocAreas() {
        return List.copyOf(vmalloc.areas().areas());
    }

    /** The free runs between them, ascending. */
    public List<AddrRange<VirtAddr>> vmallocHoles() {
        return vmalloc.areas().holes();
    }

    /** Bytes of the vmalloc area in use, guard pages included. */
    public long vmallocUsed() {
        return vmalloc.areas().usedBytes();
    }

    /** The longest run of free vmalloc addresses. */
    public long vmallocLargestHole() {
        return vmalloc.areas().largestHole();
    }

    /**
     * Places the areas of a {@code /proc/vmallocinfo}, in any order, beside those that are there. Only their layout is
     * known: loads and stores in them fault, {@link #vunmap} takes them away.
     *
     * @return the lines that lie outside the vmalloc window, as modules do; nothing is made of them
     * @throws IllegalArgumentException if areas overlap or cross the window's edge; then none is placed
     */
    public List<VmallocArea> restore(List<VmallocArea> lines) {
        return vmalloc.restore(lines);
    }

    /** The text of {@code /proc/vmallocinfo}; sizes include the guard page. */
    public String vmallocinfo() {
        return vmalloc.text();
    }

    /** The consistent region, if this kernel has one. */
    public Optional<ConsistentRegion> consistentRegion() {
        return Optional.ofNullable(consistent);
    }

    /**
     * An address for {@code page} until {@link #kunmap} ({@code kmap}): its linear one, or for highmem one of 512 slots,
     * the same for all who ask.
     *
     * @return the address, or EAGAIN where the kernel would sleep until a slot is given back
     */
    public Outcome<VirtAddr> kmap(PhysAddr page) {
        requirePage(page);
        layout.requireFrame(page);
        return layout.lowmem().contains(page) ? Outcome.done(linear.virt(page)) : kmaps.map(page);
    }

    /** Gives back what {@link #kmap} returned; a slot keeps its page until the next flush of all unused slots. */
    public void kunmap(VirtAddr address) {
        if (!linear.contains(address)) {
            kmaps.unmap(address);
        }
    }

    /**
     * An address for {@code page} on one CPU ({@code kmap_atomic}): its linear one, or for highmem the CPU's next slot.
     *
     * @return the address, or EAGAIN if the CPU holds all its slots
     */
    public Outcome<VirtAddr> kmapAtomic(CpuId cpu, PhysAddr page) {
        requirePage(page);
        layout.requireFrame(page);
        return layout.lowmem().contains(page) ? Outcome.done(linear.virt(page)) : kmaps.mapAtomic(cpu, page);
    }

    /** Ends the last {@link #kmapAtomic} of {@code cpu}. */
    public void kunmapAtomic(CpuId cpu, VirtAddr address) {
        if (!linear.contains(address)) {
            kmaps.unmapAtomic(cpu, address);
        }
    }

    /** The slots of {@link #kmap}. */
    public AddrRange<VirtAddr> kmapWindow() {
        return kmaps.sharedWindow();
    }

    /** The slots of {@link #kmapAtomic}, of all CPUs. */
    public AddrRange<VirtAddr> kmapAtomicWindow() {
        return kmaps.perCpuWindow();
    }

    /** Every kernel address that leads to {@code page} now. */
    public List<Alias> aliases(PhysAddr page) {
        requirePage(page);
        List<Alias> found = new ArrayList<>();
        if (layout.lowmem().contains(page)) {
            linearType(page).ifPresent(type -> found.add(new Alias("kernel, linear map", linear.virt(page), type)));
        }
        vmalloc.aliases(page, found::add);
        if (consistent != null) {
            consistent.aliases(page, found::add);
        }
        kmaps.aliases(page, found::add);
        return found;
    }

    private static void requirePage(PhysAddr page) {
        if ((page.value() & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("page must be page-aligned: " + page);
        }
    }

    @Override
    public Outcome<Place> resolve(VirtAddr address) {
        return walk.resolve(address);
    }

    /** Throws if areas overlap or a hole is wrong; for tests. */
    void checkInvariants() {
        vmalloc.areas().checkInvariants();
        if (consistent != null) {
            consistent.checkInvariants();
        }
    }

    @Override
    public String toString() {
        return "lowmem " + Bytes.text(layout.lowmem().bytes()) + " at " + layout.pageOffset() + ", vmalloc "
                + vmallocWindow() + " " + Bytes.text(vmallocUsed()) + " of "
                + Bytes.text(vmallocWindow().bytes()) + " used";
    }
}
