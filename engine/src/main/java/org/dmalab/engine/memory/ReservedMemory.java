package org.dmalab.engine.memory;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/**
 * RAM that is set aside at boot: a child of the device tree's {@code reserved-memory}, or what the kernel takes for itself.
 *
 * @param name of the node
 * @param range which addresses
 * @param kind what it becomes
 */
public record ReservedMemory(String name, AddrRange<PhysAddr> range, Kind kind) {
    /** What a reserved range becomes. */
    public enum Kind {
        /** Taken out of the kernel's memory: no page frames, no linear addresses. */
        NO_MAP,
        /** A contiguous memory area, lent to movable pages meanwhile. */
        REUSABLE,
        /** A device's own pool of coherent memory; on ARM taken out of the kernel's memory. */
        DMA_POOL,
        /** Mapped, but never given to the page allocator. */
        KERNEL
    }

    /** What a device-tree node says. */
    public enum Property {
        /** {@code compatible = "shared-dma-pool"}. */
        SHARED_DMA_POOL,
        /** {@code reusable}. */
        REUSABLE,
        /** {@code no-map}. */
        NO_MAP
    }

    /**
     * The range is not set aside as its node asks.
     *
     * @param name of the node
     * @param why the rule and the way out
     */
    public record Refusal(String name, AddrRange<PhysAddr> range, Errno errno, String message, String why)
            implements Reason {
        @Override
        public String explain() {
            return "reserved-memory node " + name + " " + range + ": " + why;
        }
    }

    /** What a CMA area's base and size are multiples of: the larger of a pageblock and the largest block, 4 MiB. */
    private static final long CMA_ALIGNMENT = 4096L << BuddyAllocator.MAX_ORDER;

    /**
     * What a device-tree node asks for.
     *
     * @return the region, or EINVAL: a shared pool that is reusable must be mapped and aligned to 4 MiB, one that is not
     *     reusable must not be mapped; no other region can be both reusable and unmapped
     */
    public static Outcome<ReservedMemory> of(String name, AddrRange<PhysAddr> range, Set<Property> properties) {
        boolean pool = properties.contains(Property.SHARED_DMA_POOL);
        boolean reusable = properties.contains(Property.REUSABLE);
        boolean noMap = properties.contains(Property.NO_MAP);
        if (reusable && noMap) {
            return refuse(
                    name,
                    range,
                    "Reserved memory: unable to create a reusable region without a mapping",
                    "reusable pages are lent to the kernel, which must map them: drop no-map or reusable");
        }
        if (pool && reusable && ((range.start().value() | range.bytes()) & (CMA_ALIGNMENT - 1)) != 0) {
            return refuse(
                    name,
                    range,
                    "Reserved memory: incorrect alignment of CMA region",
                    "base and size must be multiples of 4 MiB, whole pageblocks");
        }
        if (pool && !reusable && !noMap) {
            return refuse(
                    name,
                    range,
                    "Reserved memory: regions without no-map are not yet supported",
                    "on ARM a device's pool must not have a cacheable mapping: add no-map, or reusable for CMA");
        }
        Kind kind = pool ? reusable ? Kind.REUSABLE : Kind.DMA_POOL : noMap ? Kind.NO_MAP : Kind.KERNEL;
        return Outcome.done(new ReservedMemory(name, range, kind));
    }

    private static Outcome<ReservedMemory> refuse(String name, AddrRange<PhysAddr> range, String message, String why) {
        return Outcome.failed(new Refusal(name, range, Errno.EINVAL, message, why));
    }

    /**
     * Whether the region can be had beside {@code others} on a board with {@code banks}.
     *
     * @return itself, or EBUSY if it overlaps another one or, being memory of the kernel's, does not lie in one bank
     */
    public Outcome<ReservedMemory> beside(List<ReservedMemory> others, List<AddrRange<PhysAddr>> banks) {
        for (ReservedMemory other : others) {
            if (range.overlaps(other.range())) {
                return busy("it overlaps " + other.name() + " " + other.range());
            }
        }
        boolean inRam = banks.stream()
                .anyMatch(bank -> bank.contains(range.start()) && bank.contains(new PhysAddr(range.last())));
        return inRam || !staysMemory() ? Outcome.done(this) : busy("it does not lie in one bank of RAM: " + banks);
    }

    private Outcome<ReservedMemory> busy(String why) {
        String message = kind == Kind.REUSABLE
                ? String.format(Locale.ROOT, "CMA: failed to reserve %d MiB", range.bytes() >> 20)
                : String.format(
                        Locale.ROOT,
                        "Reserved memory: failed to reserve memory for node '%s': base %s, size %d MiB",
                        name,
                        range.start(),
                        range.bytes() >> 20);
        return Outcome.failed(new Refusal(name, range, Errno.EBUSY, message, why));
    }

    /** Whether the kernel keeps page frames for it. */
    public boolean staysMemory() {
        return kind == Kind.REUSABLE || kind == Kind.KERNEL;
    }

    /** {@code cma [0x60000000-0x63ffffff] REUSABLE}. */
    @Override
    public String toString() {
        return name + " " + range + " " + kind;
    }
}
