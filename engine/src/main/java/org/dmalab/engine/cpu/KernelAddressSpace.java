package org.dmalab.engine.cpu;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
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
    /** An array of more page pointers than this fills more than a page. */
    private static final int POINTERS_PER_PAGE = (int) PageSize.PAGE_BYTES / 4;

    private final KernelLayout layout;
    private final LinearMap linear;
    private final VmallocSpace vmalloc;
    private final KmapSlots kmaps;
    private final @Nullable ConsistentRegion consistent;
    /** Ranges that are addresses only in form; by start. */
    private final TreeMap<VirtAddr, AddrRange<VirtAddr>> cookies = new TreeMap<>();

    /** No room in the vmalloc area. */
    public record VmallocFailure(long bytes, long freeBytes, long largestHole, AddrRange<VirtAddr> window)
            implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENOMEM;
        }

        @Override
        public String message() {
            return "vmap allocation for size " + (bytes + PageSize.PAGE_BYTES)
                    + " failed: use vmalloc=<size> to increase size.";
        }

        @Override
        public String explain() {
            return String.format(
                    Locale.ROOT,
                    "asked for %s of kernel addresses and a guard page in the vmalloc area %s of %s; %s are free, the largest hole has %s"
                            + " (alloc_vmap_area() answers -EBUSY, its callers get NULL and return -ENOMEM):"
                            + " free a buffer, boot with a larger vmalloc=, or allocate with NO_KERNEL_MAPPING if the driver never"
                            + " touches the data",
                    Bytes.text(bytes),
                    window,
                    Bytes.text(window.bytes()),
                    Bytes.text(freeBytes),
                    Bytes.text(largestHole));
        }
    }

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
        return mapPages(pages, type, PageSize.PAGE_BYTES, EnumSet.of(VmallocFlag.VMAP), OptionalInt.empty(), caller);
    }

    /**
     * Gives {@code pages}, allocated for this, consecutive cached addresses ({@code __vmalloc_node_range}).
     *
     * @param alignBytes of the start, a power of two, at least a page: 4096, or more for stacks
     */
    public Outcome<VirtAddr> vmalloc(PageArray pages, long alignBytes, String caller) {
        EnumSet<VmallocFlag> flags = EnumSet.of(VmallocFlag.VMALLOC);
        if (pages.count() > POINTERS_PER_PAGE) {
            flags.add(VmallocFlag.VPAGES);
        }
        return mapPages(pages, MemoryType.WRITE_BACK, alignBytes, flags, OptionalInt.of(pages.count()), caller);
    }

    /** The kernel address of a scattered DMA buffer ({@code __iommu_alloc_remap}, {@code dma_common_pages_remap}). */
    public Outcome<VirtAddr> remapDma(PageArray pages, MemoryType type, String caller) {
        OptionalInt shown = layout.era().atLeast(Era.V6_1) ? OptionalInt.empty() : OptionalInt.of(pages.count());
        return mapPages(pages, type, PageSize.PAGE_BYTES, dmaFlags(), shown, caller);
    }

    /** The kernel address of a contiguous DMA buffer ({@code __dma_alloc_remap}, {@code dma_common_contiguous_remap}). */
    public Outcome<VirtAddr> remapDma(AddrRange<PhysAddr> block, MemoryType type, String caller) {
        requirePages("block", block);
        PageArray pages = PageArray.contiguous(block.start(), Math.toIntExact(block.bytes() >>> PageSize.PAGE_SHIFT));
        Optional<PhysAddr> shown = layout.era().atLeast(Era.V6_1) ? Optional.empty() : Optional.of(block.start());
        return vmalloc.map(
                new VmallocSpace.Request(pages.bytes(), Optional.of(pages), type, PageSize.PAGE_BYTES),
                dmaFlags(),
                OptionalInt.empty(),
                shown,
                caller);
    }

    /**
     * Gives registers kernel addresses, aligned by their size but to 16 MiB at most ({@code ioremap}). The model has no
     * registers: loads and stores there fault.
     */
    public Outcome<VirtAddr> ioremap(AddrRange<PhysAddr> registers, MemoryType type, String caller) {
        requirePages("registers", registers);
        return vmalloc.map(
                new VmallocSpace.Request(
                        registers.bytes(), Optional.empty(), type, vmalloc.ioremapAlign(registers.bytes())),
                EnumSet.of(VmallocFlag.IOREMAP),
                OptionalInt.empty(),
                Optional.of(registers.start()),
                caller);
    }

    /** Gives memory that is not the kernel's own kernel addresses, as {@link #ioremap} does; loads and stores reach it. */
    public Outcome<VirtAddr> ioremapMemory(AddrRange<PhysAddr> memory, MemoryType type, String caller) {
        requirePages("memory", memory);
        PageArray pages = PageArray.contiguous(memory.start(), Math.toIntExact(PageSize.pages(memory.bytes())));
        return vmalloc.map(
                new VmallocSpace.Request(
                        memory.bytes(), Optional.of(pages), type, vmalloc.ioremapAlign(memory.bytes())),
                EnumSet.of(VmallocFlag.IOREMAP),
                OptionalInt.empty(),
                Optional.of(memory.start()),
                caller);
    }

    private Set<VmallocFlag> dmaFlags() {
        return layout.era().atLeast(Era.V6_1)
                ? EnumSet.of(VmallocFlag.DMA_COHERENT)
                : EnumSet.of(VmallocFlag.DMA_COHERENT, VmallocFlag.USERMAP);
    }

    private Outcome<VirtAddr> mapPages(
            PageArray pages,
            MemoryType type,
            long alignBytes,
            Set<VmallocFlag> flags,
            OptionalInt shownPages,
            String caller) {
        for (int i = 0; i < pages.count(); i += pages.run(i)) {
            requireFrame(pages.page(i));
            requireFrame(pages.page(i + pages.run(i) - 1));
        }
        if (alignBytes < PageSize.PAGE_BYTES || Long.bitCount(alignBytes) != 1) {
            throw new IllegalArgumentException("alignBytes must be a power of two from 4096 on: " + alignBytes);
        }
        return vmalloc.map(
                new VmallocSpace.Request(pages.bytes(), Optional.of(pages), type, alignBytes),
                flags,
                shownPages,
                Optional.empty(),
                caller);
    }

    private static void requirePages(String name, AddrRange<PhysAddr> range) {
        if (((range.start().value() | range.bytes()) & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException(name + " must be whole pages: " + range);
        }
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
        cookies.put(range.start(), range);
    }

    /** Ends {@link #addCookie}. */
    public void removeCookie(VirtAddr start) {
        cookies.remove(start);
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
        requireFrame(page);
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
        requireFrame(page);
        return layout.lowmem().contains(page) ? Outcome.done(linear.virt(page)) : kmaps.mapAtomic(cpu, page);
    }

    /** Ends the last {@link #kmapAtomic} of {@code cpu}. */
    public void kunmapAtomic(CpuId cpu, VirtAddr address) {
        if (!linear.contains(address)) {
            kmaps.unmapAtomic(cpu, address);
        }
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

    /** Only what has a page frame can be mapped by page. */
    private void requireFrame(PhysAddr page) {
        layout.whyAbsent(page).ifPresent(why -> {
            throw new IllegalArgumentException("page must have a page frame: " + page + ": " + why);
        });
    }

    private static void requirePage(PhysAddr page) {
        if ((page.value() & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("page must be page-aligned: " + page);
        }
    }

    @Override
    public Outcome<Place> resolve(VirtAddr address) {
        if (!cookies.isEmpty()) {
            Map.Entry<VirtAddr, AddrRange<VirtAddr>> cookie = cookies.floorEntry(address);
            if (cookie != null && cookie.getValue().contains(address)) {
                return Outcome.failed(new CookieDereference(address));
            }
        }
        if (linear.contains(address)) {
            return resolveLinear(address);
        }
        if (vmallocWindow().contains(address)) {
            return resolveVmalloc(address);
        }
        if (consistent != null && consistent.window().contains(address)) {
            ConsistentRegion.Buffer buffer = consistent.find(address);
            return buffer == null
                    ? fault(
                            address,
                            "no buffer of the consistent region " + consistent.window() + " is there",
                            "use the address that alloc returned, before the buffer is freed")
                    : Outcome.done(new Place(ConsistentRegion.phys(buffer, address), buffer.type()));
        }
        if (kmaps.contains(address)) {
            long phys = kmaps.phys(address);
            return phys < 0
                    ? fault(
                            address,
                            "no page is mapped in this kmap slot now",
                            "kmap the page first, and kunmap it after the last access")
                    : Outcome.done(new Place(new PhysAddr(phys), MemoryType.WRITE_BACK));
        }
        return nowhere(address);
    }

    private Outcome<Place> nowhere(VirtAddr address) {
        return fault(
                address,
                "it is neither in lowmem nor in an area of vmalloc " + vmallocWindow(),
                "use the address that alloc, vmap or kmap returned, before it is given back");
    }

    private Outcome<Place> resolveLinear(VirtAddr address) {
        PhysAddr phys = linear.phys(address);
        int type = linear.type(phys);
        return type == LinearMap.UNMAPPED
                ? fault(
                        address,
                        "it is the linear address of " + phys + ", "
                                + layout.whyAbsent(phys)
                                        .map(why -> "which was never mapped: " + why)
                                        .orElse("whose entry was removed"),
                        "use memory of the page allocator, or the address that was returned for this buffer")
                : Outcome.done(new Place(phys, LinearMap.typeOf(type)));
    }

    private Outcome<Place> resolveVmalloc(VirtAddr address) {
        Area area = vmalloc.areas().find(address);
        if (area == null) {
            return nowhere(address);
        }
        if (!area.range().contains(address)) {
            return fault(
                    address,
                    "it is the guard page of the area of " + area.caller() + " that ends at "
                            + Addresses.hex(area.range().last()),
                    "the access runs over the area's end: make it shorter, or the area longer");
        }
        if (area.pages().isPresent()) {
            PageArray pages = area.pages().get();
            return Outcome.done(new Place(pages.at(address.minus(area.range().start())), area.type()));
        }
        return area.line().flags().contains(VmallocFlag.IOREMAP)
                ? fault(
                        address,
                        "it shows registers of a device, which the model does not have: " + area.line(),
                        "call the device's own methods instead")
                : fault(
                        address,
                        "only the layout of its area was read, not what it holds: " + area.line(),
                        "map pages of this machine to have contents");
    }

    private static Outcome<Place> fault(VirtAddr address, String why, String advice) {
        return Outcome.failed(new CpuFault(address, true, why, advice));
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
