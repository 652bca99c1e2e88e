package org.dmalab.engine.cpu;

import java.util.Map;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Architecture;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.jspecify.annotations.Nullable;

/**
 * Where a kernel address leads: the part of the address space that it lies in, what is mapped there now, or why nothing
 * is. An address that was declared to be a cookie leads nowhere.
 */
final class KernelWalk {
    private final KernelLayout layout;
    private final LinearMap linear;
    private final VmallocSpace vmalloc;
    private final @Nullable ConsistentRegion consistent;
    private final KmapSlots kmaps;
    /** Ranges that are addresses only in form; by start. */
    private final TreeMap<VirtAddr, AddrRange<VirtAddr>> cookies = new TreeMap<>();

    KernelWalk(
            KernelLayout layout,
            LinearMap linear,
            VmallocSpace vmalloc,
            @Nullable ConsistentRegion consistent,
            KmapSlots kmaps) {
        this.layout = layout;
        this.linear = linear;
        this.vmalloc = vmalloc;
        this.consistent = consistent;
        this.kmaps = kmaps;
    }

    void addCookie(AddrRange<VirtAddr> range) {
        cookies.put(range.start(), range);
    }

    void removeCookie(VirtAddr start) {
        cookies.remove(start);
    }

    Outcome<AddressSpace.Place> resolve(VirtAddr address) {
        if (!cookies.isEmpty()) {
            Map.Entry<VirtAddr, AddrRange<VirtAddr>> cookie = cookies.floorEntry(address);
            if (cookie != null && cookie.getValue().contains(address)) {
                return Outcome.failed(new CookieDereference(address));
            }
        }
        if (linear.contains(address)) {
            return resolveLinear(address);
        }
        if (vmalloc.areas().window().contains(address)) {
            return resolveVmalloc(address);
        }
        if (consistent != null && consistent.window().contains(address)) {
            ConsistentRegion.Buffer buffer = consistent.find(address);
            return buffer == null
                    ? fault(
                            address,
                            "no buffer of the consistent region " + consistent.window() + " is there",
                            "use the address that alloc returned, before the buffer is freed")
                    : Outcome.done(new AddressSpace.Place(ConsistentRegion.phys(buffer, address), buffer.type()));
        }
        if (kmaps.contains(address)) {
            long phys = kmaps.phys(address);
            return phys < 0
                    ? fault(
                            address,
                            "no page is mapped in this kmap slot now",
                            "kmap the page first, and kunmap it after the last access")
                    : Outcome.done(new AddressSpace.Place(new PhysAddr(phys), MemoryType.WRITE_BACK));
        }
        return nowhere(address);
    }

    private Outcome<AddressSpace.Place> nowhere(VirtAddr address) {
        if (layout.architecture() == Architecture.ARM32 && address.value() >>> Integer.SIZE != 0) {
            return fault(
                    address,
                    "no such address on a 32-bit kernel",
                    Addresses.literalHint(address.value()).orElse("use the address that alloc, vmap or kmap returned"));
        }
        return fault(
                address,
                "it is neither in lowmem nor in an area of vmalloc "
                        + vmalloc.areas().window(),
                "use the address that alloc, vmap or kmap returned, before it is given back");
    }

    private Outcome<AddressSpace.Place> resolveLinear(VirtAddr address) {
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
                : Outcome.done(new AddressSpace.Place(phys, LinearMap.typeOf(type)));
    }

    private Outcome<AddressSpace.Place> resolveVmalloc(VirtAddr address) {
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
            return Outcome.done(
                    new AddressSpace.Place(pages.at(address.minus(area.range().start())), area.type()));
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

    private static Outcome<AddressSpace.Place> fault(VirtAddr address, String why, String advice) {
        return Outcome.failed(new CpuFault(address, true, why, advice));
    }
}
