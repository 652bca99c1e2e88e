package org.dmalab.engine.cpu;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
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
 * The window in which Linux 3.4 and before gave coherent buffers their second, uncached address ({@code consistent_head},
 * {@code arch/arm/mm/vmregion.c}): the highest place at which the buffer fits, aligned to a power of two not below its
 * size but at most 1 MiB.
 */
public final class ConsistentRegion {
    /** {@code CONSISTENT_END}: one past the last address. */
    public static final VirtAddr END = new VirtAddr(0xFFE00000L);
    /** {@code DEFAULT_CONSISTENT_DMA_SIZE}. */
    public static final long DEFAULT_BYTES = 2L << 20;

    private static final PageSize STEP = new PageSize(21);
    private static final long MOST_BYTES = 14L << 20;

    private final AreaMap<Buffer> buffers;
    private final TraceSink trace;

    /**
     * A buffer in the window ({@code struct arm_vmregion}).
     *
     * @param range its addresses
     * @param pages its memory
     * @param type how the CPU treats accesses
     * @param caller who asked, as {@code /proc/dma-mappings} shows it
     */
    public record Buffer(AddrRange<VirtAddr> range, PageArray pages, MemoryType type, String caller) implements Placed {
        @Override
        public AddrRange<VirtAddr> taken() {
            return range;
        }
    }

    /**
     * What {@link ConsistentRegion#free} took back.
     *
     * @param buffer the whole buffer, whatever size was named
     * @param complaint what the kernel printed if the size named was wrong
     */
    public record Freed(Buffer buffer, Optional<Reason> complaint) {}

    /** A request larger than the window. */
    public record TooBig(long bytes, AddrRange<VirtAddr> window) implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENOMEM;
        }

        @Override
        public String message() {
            return String.format(Locale.ROOT, "arm_vmregion_alloc: allocation too big (requested %#x)", bytes);
        }

        @Override
        public String explain() {
            return "asked for " + Bytes.text(bytes) + " of the consistent region " + window + ", which has "
                    + Bytes.text(window.bytes()) + ": enlarge it with init_consistent_dma_size(), up to "
                    + Bytes.text(MOST_BYTES);
        }
    }

    /** No gap in the window takes the request; the kernel says nothing and returns NULL. */
    public record NoGap(long bytes, long alignBytes, long freeBytes, long largestHole, AddrRange<VirtAddr> window)
            implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENOMEM;
        }

        @Override
        public String message() {
            return "dma_alloc_coherent: " + Errno.ENOMEM.text();
        }

        @Override
        public String explain() {
            return "asked for " + Bytes.text(bytes) + " at a multiple of " + Bytes.text(alignBytes)
                    + " in the consistent region " + window + " of " + Bytes.text(window.bytes()) + ": "
                    + Bytes.text(freeBytes) + " are free, the largest hole has " + Bytes.text(largestHole)
                    + (largestHole >= bytes ? ", but no aligned start" : "")
                    + ". A small buffer anywhere in a block of 1 MiB takes that block from a large one: allocate large"
                    + " buffers first, free small ones, or enlarge the region";
        }
    }

    /** A free of an address at which no buffer starts. */
    public record InvalidFree(VirtAddr address, @Nullable AddrRange<VirtAddr> inside) implements Reason {
        @Override
        public Errno errno() {
            return Errno.EINVAL;
        }

        @Override
        public String message() {
            return "__dma_free_remap: trying to free invalid coherent area: "
                    + address.toString().substring(2);
        }

        @Override
        public String explain() {
            return "no buffer of the consistent region starts at " + address
                    + (inside == null ? "" : "; it lies inside " + inside)
                    + ": pass exactly the address that the allocation returned, once. Nothing was freed";
        }
    }

    /** A free that named another size than the buffer has. */
    public record WrongSize(AddrRange<VirtAddr> range, long bytes) implements Reason {
        @Override
        public Errno errno() {
            return Errno.EINVAL;
        }

        @Override
        public String message() {
            return "__dma_free_remap: freeing wrong coherent size (" + range.bytes() + " != " + bytes + ")";
        }

        @Override
        public String explain() {
            return "the buffer at " + range.start() + " has " + range.bytes() + " bytes, its free named " + bytes
                    + ": the kernel takes the buffer's own size and prints a stack";
        }
    }

    /**
     * An empty window that ends at {@link #END}.
     *
     * @param bytes its size, rounded up to 2 MiB, at most 14 MiB ({@code init_consistent_dma_size})
     */
    public ConsistentRegion(long bytes, TraceSink trace) {
        this.buffers = new AreaMap<>(window(bytes));
        this.trace = trace;
    }

    /** The window of a region of {@code bytes}, rounded up to 2 MiB. */
    static AddrRange<VirtAddr> window(long bytes) {
        if (bytes <= 0 || bytes > MOST_BYTES) {
            throw new IllegalArgumentException("consistent region must have 1..14 MiB: " + bytes + " bytes");
        }
        long rounded = STEP.alignUp(bytes);
        return new AddrRange<>(END.plus(-rounded), rounded);
    }

    /** The window. */
    public AddrRange<VirtAddr> window() {
        return buffers.window();
    }

    /** The buffers in it, ascending. */
    public List<Buffer> buffers() {
        return List.copyOf(buffers.areas());
    }

    /** The free runs, ascending. */
    public List<AddrRange<VirtAddr>> holes() {
        return buffers.holes();
    }

    /**
     * Gives {@code pages} an address in the window ({@code arm_vmregion_alloc}).
     *
     * @return the address, {@link TooBig} or {@link NoGap}
     */
    public Outcome<VirtAddr> alloc(PageArray pages, MemoryType type, String caller) {
        long bytes = pages.bytes();
        if (bytes > window().bytes()) {
            return Outcome.failed(new TooBig(bytes, window()));
        }
        long align = alignment(bytes);
        OptionalLong start = buffers.lastFit(bytes, align);
        if (start.isEmpty()) {
            return Outcome.failed(new NoGap(bytes, align, buffers.freeBytes(), buffers.largestHole(), window()));
        }
        VirtAddr address = new VirtAddr(start.getAsLong());
        buffers.add(new Buffer(new AddrRange<>(address, bytes), pages, type, caller));
        trace.vmapMapped(address.value(), pages.count(), type);
        return Outcome.done(address);
    }

    /** {@code 1 << fls(size - 1)}, at least a page and at most a section. */
    private static long alignment(long bytes) {
        return Math.min(PageSize.SECTION_1M.bytes(), PageSize.PAGE_BYTES << PageSize.order(bytes));
    }

    /**
     * Takes the address of a buffer back ({@code __dma_free_remap}).
     *
     * @param bytes the size the caller names
     * @return the buffer, and a complaint if it has another size; {@link InvalidFree} if none starts at {@code start}
     */
    public Outcome<Freed> free(VirtAddr start, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be positive: " + bytes);
        }
        Buffer buffer = buffers.remove(start);
        if (buffer == null) {
            Buffer around = buffers.find(start);
            return Outcome.failed(new InvalidFree(start, around == null ? null : around.range()));
        }
        trace.vmapUnmapped(start.value(), buffer.pages().count());
        boolean wrong = PageSize.pageAlign(bytes) != buffer.range().bytes();
        return Outcome.done(new Freed(
                buffer,
                wrong ? Optional.of(new WrongSize(buffer.range(), PageSize.pageAlign(bytes))) : Optional.empty()));
    }

    /** The buffer that holds {@code address}, or null. */
    @Nullable
    Buffer find(VirtAddr address) {
        return buffers.find(address);
    }

    /** Where the byte at {@code address} of {@code buffer} is. */
    static PhysAddr phys(Buffer buffer, VirtAddr address) {
        return buffer.pages().at(address.minus(buffer.range().start()));
    }

    void aliases(PhysAddr page, Consumer<Alias> found) {
        for (Buffer buffer : buffers.areas()) {
            for (int i = 0; i < buffer.pages().count(); i++) {
                if (buffer.pages().page(i).pfn() == page.pfn()) {
                    VirtAddr address = buffer.range().start().plus((long) i << PageSize.PAGE_SHIFT);
                    found.accept(new Alias("kernel, consistent region", address, buffer.type()));
                }
            }
        }
    }

    /** The text of {@code /proc/dma-mappings}. */
    public String dmaMappings() {
        StringBuilder text = new StringBuilder();
        for (Buffer buffer : buffers.areas()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s-%s %7d %s\n",
                    buffer.range().start(),
                    Addresses.hex(buffer.range().last() + 1),
                    buffer.range().bytes(),
                    buffer.caller()));
        }
        return text.toString();
    }

    /** Throws if buffers and holes do not cover the window. */
    void checkInvariants() {
        buffers.checkInvariants();
    }

    @Override
    public String toString() {
        return "consistent region " + window() + ", " + Bytes.text(buffers.usedBytes()) + " of "
                + Bytes.text(window().bytes()) + " used";
    }
}
