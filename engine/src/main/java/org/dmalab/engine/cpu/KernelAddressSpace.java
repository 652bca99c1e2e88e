package org.dmalab.engine.cpu;

import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
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
 * The kernel's virtual addresses: lowmem at a fixed offset from RAM, cacheable, and the vmalloc area, where scattered
 * pages or another memory type get addresses of their own, each area followed by one guard page.
 */
public final class KernelAddressSpace implements AddressSpace {
    private final AddrRange<PhysAddr> lowmem;
    private final VirtAddr pageOffset;
    private final AreaTree vmalloc;
    private final TraceSink trace;
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
                    "asked for %s of kernel addresses and a guard page in the vmalloc area %s of %s; %s are free, the largest hole has %s:"
                            + " free a buffer, boot with a larger vmalloc=, or allocate with NO_KERNEL_MAPPING if the driver never"
                            + " touches the data",
                    Bytes.text(bytes),
                    window,
                    Bytes.text(window.bytes()),
                    Bytes.text(freeBytes),
                    Bytes.text(largestHole));
        }
    }

    /**
     * An empty vmalloc area above a linear map.
     *
     * @param lowmem the RAM the kernel always sees
     * @param pageOffset where it sees its first byte ({@code PAGE_OFFSET})
     * @param vmalloc the vmalloc area
     */
    public KernelAddressSpace(
            AddrRange<PhysAddr> lowmem, VirtAddr pageOffset, AddrRange<VirtAddr> vmalloc, TraceSink trace) {
        this.lowmem = lowmem;
        this.pageOffset = pageOffset;
        this.vmalloc = new AreaTree(vmalloc, PageSize.PAGE_BYTES);
        this.trace = trace;
    }

    /** The linear address of a byte of lowmem ({@code __va}). */
    public VirtAddr linear(PhysAddr phys) {
        if (!lowmem.contains(phys)) {
            throw new IllegalArgumentException("only lowmem " + lowmem + " has linear addresses: " + phys);
        }
        return pageOffset.plus(phys.minus(lowmem.start()));
    }

    /** Whether {@code address} lies in the linear map. */
    public boolean isLinear(VirtAddr address) {
        long offset = address.minus(pageOffset);
        return offset >= 0 && offset < lowmem.bytes();
    }

    /** The byte of lowmem at a linear address ({@code __pa}). */
    public PhysAddr physOfLinear(VirtAddr address) {
        if (!isLinear(address)) {
            throw new IllegalArgumentException("not a linear address: " + address);
        }
        return lowmem.start().plus(address.minus(pageOffset));
    }

    /** Gives {@code pages} consecutive addresses in the vmalloc area ({@code vmap}); ENOMEM if there is no room. */
    public Outcome<VirtAddr> vmap(PageArray pages, MemoryType type, String caller) {
        OptionalLong start = vmalloc.firstFit(pages.bytes());
        if (start.isEmpty()) {
            long free = vmalloc.window().bytes() - vmalloc.usedBytes();
            return Outcome.failed(new VmallocFailure(pages.bytes(), free, vmalloc.largestHole(), vmalloc.window()));
        }
        VirtAddr address = new VirtAddr(start.getAsLong());
        vmalloc.add(new Area(new AddrRange<>(address, pages.bytes()), pages, 0, type, caller));
        trace.vmapMapped(address.value(), pages.count(), type);
        return Outcome.done(address);
    }

    /** Takes the addresses of {@link #vmap} back ({@code vunmap}). */
    public void vunmap(VirtAddr start) {
        Area area = vmalloc.remove(start);
        if (area == null) {
            throw new IllegalArgumentException("no vmalloc area starts at " + start);
        }
        trace.vmapUnmapped(start.value(), area.pages().count());
    }

    /** The vmalloc area that starts exactly at {@code start} ({@code find_vm_area}), or null. */
    public @Nullable Area areaAt(VirtAddr start) {
        Area area = vmalloc.find(start);
        return area != null && area.range().start().equals(start) ? area : null;
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
        return vmalloc.window();
    }

    /** The areas in it, ascending. */
    public List<Area> vmallocAreas() {
        return List.copyOf(vmalloc.areas());
    }

    /** Bytes of the vmalloc area in use, guard pages included. */
    public long vmallocUsed() {
        return vmalloc.usedBytes();
    }

    /** The longest run of free vmalloc addresses. */
    public long vmallocLargestHole() {
        return vmalloc.largestHole();
    }

    @Override
    public Outcome<Place> resolve(VirtAddr address) {
        var cookie = cookies.floorEntry(address);
        if (cookie != null && cookie.getValue().contains(address)) {
            return Outcome.failed(new CookieDereference(address));
        }
        if (isLinear(address)) {
            return Outcome.done(new Place(physOfLinear(address), MemoryType.WRITE_BACK));
        }
        Area area = vmalloc.find(address);
        if (area == null) {
            return Outcome.failed(new CpuFault(
                    address, true, "it is neither in lowmem nor in an area of vmalloc " + vmalloc.window()));
        }
        return Outcome.done(new Place(area.phys(address), area.type()));
    }

    /** The text of {@code /proc/vmallocinfo}; sizes include the guard page. */
    public String vmallocinfo() {
        StringBuilder text = new StringBuilder();
        for (Area area : vmalloc.areas()) {
            long bytes = area.range().bytes() + PageSize.PAGE_BYTES;
            text.append(String.format(
                    Locale.ROOT,
                    "%s-%s %7d %s pages=%d\n",
                    area.range().start(),
                    area.range().start().plus(bytes),
                    bytes,
                    area.caller(),
                    area.pages().count()));
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return "lowmem " + Bytes.text(lowmem.bytes()) + " at " + pageOffset + ", vmalloc " + vmalloc.window() + " "
                + Bytes.text(vmallocUsed()) + " of "
                + Bytes.text(vmalloc.window().bytes()) + " used";
    }
}
