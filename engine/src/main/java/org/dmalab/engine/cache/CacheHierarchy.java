package org.dmalab.engine.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.CacheOperation;
import org.dmalab.engine.trace.TraceSink;

/**
 * The CPUs' path to RAM: an inner cache and a write buffer each, an outer cache behind them, and memory. A device reads and
 * writes {@link PhysicalMemory}, which is why a line held here can differ from what it sees; a coherent one comes by {@link
 * #readCoherent}, {@link #writeCoherent}.
 *
 * <p>What an access does is decided by the memory type of the mapping it comes through:
 *
 * <pre>
 * STRONGLY_ORDERED, DEVICE  the CPU's write buffer drains, then memory
 * NORMAL_NONCACHEABLE       stores wait in the write buffer; loads get memory and what waits there
 * WRITE_THROUGH             loads fill the caches; stores change held copies and go to memory
 * WRITE_BACK                the caches, by their own policies
 * </pre>
 *
 * <p>An access that is not cacheable passes the caches even if they hold the line (ARM DDI 0406C A3.5.7, mismatched
 * attributes, leaves it open): the cached copy goes stale, or memory does, and nobody is told.
 *
 * <p>Methods without a virtual address take the mapping to be one to one.
 */
public final class CacheHierarchy {
    private final CacheTopology topology;
    private final PhysicalMemory ram;
    private final TraceSink trace;
    private final int lineBytes;
    private final OuterMemory outer;
    private final SnoopControlUnit scu;
    private final Cache bootCache;
    private final WriteBuffer[] buffers;
    private final Speculator speculator;
    /** Whether nobody hears of a hit: no sink, no speculation. */
    private boolean quiet;

    /** Empty caches of one CPU. */
    public CacheHierarchy(CacheConfig inner, CacheConfig outer, PhysicalMemory ram, TraceSink trace) {
        this(CacheTopology.of(inner, outer), ram, trace);
    }

    /** Empty caches. */
    public CacheHierarchy(CacheTopology topology, PhysicalMemory ram, TraceSink trace) {
        this.topology = topology;
        this.ram = ram;
        this.trace = trace;
        this.lineBytes = topology.inner().lineBytes();
        this.outer = new OuterMemory(topology, ram, trace);
        this.scu = new SnoopControlUnit(topology.cpus(), topology.inner(), outer, trace);
        this.bootCache = scu.cache(0);
        this.buffers = new WriteBuffer[topology.cpus()];
        for (int cpu = 0; cpu < buffers.length; cpu++) {
            buffers[cpu] = new WriteBuffer(cpu, topology.writeBufferEntries(), lineBytes, outer, trace);
        }
        this.speculator = new Speculator(scu, lineBytes, ram);
        this.quiet = trace == TraceSink.NONE;
    }

    /** What it consists of. */
    public CacheTopology topology() {
        return topology;
    }

    /** Bytes of an inner line. */
    public int lineBytes() {
        return lineBytes;
    }

    /** Loads {@code bytes} from {@code start} as the boot CPU would through a mapping of {@code type}. */
    public void read(PhysAddr start, byte[] to, int offset, int bytes, MemoryType type) {
        long phys = start.value();
        if (type == MemoryType.WRITE_BACK && bootCache.load(phys, phys, to, offset, bytes)) {
            if (!quiet) {
                hit(0, phys, bytes, false);
            }
        } else {
            access(0, phys, phys, to, offset, bytes, type, false);
        }
    }

    /** Stores {@code bytes} at {@code start} as the boot CPU would through a mapping of {@code type}. */
    public void write(PhysAddr start, byte[] from, int offset, int bytes, MemoryType type) {
        long phys = start.value();
        if (type == MemoryType.WRITE_BACK && bootCache.store(phys, phys, from, offset, bytes)) {
            if (!quiet) {
                hit(0, phys, bytes, true);
            }
        } else {
            access(0, phys, phys, from, offset, bytes, type, true);
        }
    }

    /** {@code cpu} loads {@code bytes} from {@code virt}, which a mapping of {@code type} leads to {@code phys} and on. */
    public void read(CpuId cpu, VirtAddr virt, PhysAddr phys, byte[] to, int offset, int bytes, MemoryType type) {
        long from = inPage(virt, phys);
        int index = index(cpu);
        if (type == MemoryType.WRITE_BACK && scu.cache(index).load(from, phys.value(), to, offset, bytes)) {
            hit(index, phys.value(), bytes, false);
        } else {
            access(index, from, phys.value(), to, offset, bytes, type, false);
        }
    }

    /** {@code cpu} stores {@code bytes} at {@code virt}, which a mapping of {@code type} leads to {@code phys} and on. */
    public void write(CpuId cpu, VirtAddr virt, PhysAddr phys, byte[] from, int offset, int bytes, MemoryType type) {
        long to = inPage(virt, phys);
        int index = index(cpu);
        if (type == MemoryType.WRITE_BACK && scu.cache(index).store(to, phys.value(), from, offset, bytes)) {
            hit(index, phys.value(), bytes, true);
        } else {
            access(index, to, phys.value(), from, offset, bytes, type, true);
        }
    }

    private int index(CpuId cpu) {
        if (cpu.index() >= buffers.length) {
            throw new IllegalArgumentException("cpu must be below " + buffers.length + ": " + cpu);
        }
        return cpu.index();
    }

    private static long inPage(VirtAddr virt, PhysAddr phys) {
        if (((virt.value() ^ phys.value()) & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("virt and phys must agree within a page: " + virt + ", " + phys);
        }
        return virt.value();
    }

    /** The most frequent access was done at once: write-back, inside one line, which {@code cpu} holds and owns. */
    private void hit(int cpu, long phys, int bytes, boolean write) {
        trace.cpuAccess(cpu, phys, bytes, write, MemoryType.WRITE_BACK, SnoopControlUnit.LEVEL);
        speculator.tick(cpu);
    }

    private void access(
            int cpu, long virt, long phys, byte[] bytes, int offset, int count, MemoryType type, boolean write) {
        checkArguments(phys, bytes, offset, count);
        for (int done = 0; done < count; ) {
            long address = phys + done;
            int inLine = (int) address & (lineBytes - 1);
            int piece = Math.min(count - done, lineBytes - inLine);
            if (type == MemoryType.WRITE_BACK || (type == MemoryType.WRITE_THROUGH && !write)) {
                cached(cpu, virt + done, address, bytes, offset + done, piece, type, write);
            } else {
                trace.cpuAccess(cpu, address, piece, write, type, 0);
                if (type == MemoryType.WRITE_THROUGH) {
                    writeThrough(cpu, virt + done, address, bytes, offset + done, piece);
                } else {
                    pastCaches(cpu, address, bytes, offset + done, piece, type, write);
                }
            }
            done += piece;
        }
        speculator.tick(cpu);
    }

    private void checkArguments(long phys, byte[] bytes, int offset, int count) {
        if (count < 0 || offset < 0 || offset > bytes.length - count) {
            throw new IllegalArgumentException(
                    "offset and bytes must lie in an array of " + bytes.length + ": " + offset + ", " + count);
        }
        if (!ram.contains(new PhysAddr(phys), Math.max(1, count))) {
            throw new IllegalArgumentException("no RAM at " + new PhysAddr(phys) + " for " + count + " bytes");
        }
    }

    private void cached(
            int cpu, long virt, long phys, byte[] bytes, int offset, int piece, MemoryType type, boolean write) {
        Cache cache = scu.cache(cpu);
        int inLine = (int) phys & (lineBytes - 1);
        int slot = cache.find(virt, phys);
        int servedBy = SnoopControlUnit.LEVEL;
        if (slot != Cache.NONE) {
            cache.touch(slot, virt, phys);
        } else if (write && !cache.config().writeAllocate()) {
            trace.cpuAccess(cpu, phys, piece, true, type, 0);
            scu.takeFromOthers(cpu, phys);
            outer.store(cpu, phys, bytes, offset, piece);
            return;
        } else {
            slot = scu.fetch(cpu, virt - inLine, phys - inLine, false);
            servedBy = scu.servedBy();
        }
        trace.cpuAccess(cpu, phys, piece, write, type, servedBy);
        int at = cache.offset(slot) + inLine;
        if (!write) {
            Moves.word(cache.data(), at, bytes, offset, piece);
        } else {
            scu.own(cpu, slot, phys);
            Moves.word(bytes, offset, cache.data(), at, piece);
            if (cache.config().writeBack()) {
                cache.setDirty(slot, true);
            } else {
                outer.store(cpu, phys, bytes, offset, piece);
            }
        }
        if (servedBy != SnoopControlUnit.LEVEL) {
            speculator.missed(cpu, virt - inLine, phys - inLine);
        }
    }

    private void writeThrough(int cpu, long virt, long phys, byte[] bytes, int offset, int piece) {
        Cache cache = scu.cache(cpu);
        scu.takeFromOthers(cpu, phys);
        buffers[cpu].drain(phys, piece);
        int slot = cache.find(virt, phys);
        if (slot != Cache.NONE) {
            Moves.word(bytes, offset, cache.data(), cache.offset(slot) + ((int) phys & (lineBytes - 1)), piece);
        }
        outer.storeThrough(phys, bytes, offset, piece);
    }

    private void pastCaches(int cpu, long phys, byte[] bytes, int offset, int piece, MemoryType type, boolean write) {
        WriteBuffer buffer = buffers[cpu];
        if (type != MemoryType.NORMAL_NONCACHEABLE) {
            buffer.drain();
        }
        if (type == MemoryType.NORMAL_NONCACHEABLE && write) {
            buffer.store(phys, bytes, offset, piece);
        } else if (type == MemoryType.NORMAL_NONCACHEABLE) {
            outer.loadUncached(phys, bytes, offset, piece);
            buffer.forward(phys, bytes, offset, piece);
        } else if (write) {
            ram.write(new PhysAddr(phys), bytes, offset, piece);
        } else {
            ram.read(new PhysAddr(phys), bytes, offset, piece);
        }
    }

    /** Everything that {@code cpu} stored without caching it arrives in memory ({@code dsb} and outer sync). */
    public void drain(CpuId cpu) {
        buffers[index(cpu)].drain();
    }

    /** {@link #drain} of every CPU. */
    public void drainAll() {
        for (WriteBuffer buffer : buffers) {
            buffer.drain();
        }
    }

    /** Whether anything that {@code cpu} stored waits in its write buffer. */
    public boolean hasPending(CpuId cpu) {
        return !buffers[index(cpu)].isEmpty();
    }

    /** How many bytes of {@code range} wait in the write buffer of {@code cpu}. */
    public int pending(CpuId cpu, AddrRange<PhysAddr> range) {
        return buffers[index(cpu)].pending(range.start().value(), range.bytes());
    }

    /** A device on a coherent port (ACP, CCI) loads: what the caches hold is newer than memory. */
    public void readCoherent(PhysAddr start, byte[] to, int offset, int bytes) {
        checkArguments(start.value(), to, offset, bytes);
        for (int done = 0; done < bytes; ) {
            long phys = start.value() + done;
            int piece = Math.min(bytes - done, lineBytes - ((int) phys & (lineBytes - 1)));
            if (scu.peekOthers(-1, phys, to, offset + done, piece)) {
                trace.lineTransferred(-1, phys & -(long) lineBytes, lineBytes);
            } else {
                outer.peek(phys, to, offset + done, piece);
            }
            done += piece;
        }
    }

    /** A device on a coherent port stores: inner copies are written on and dropped, the outer cache takes the bytes. */
    public void writeCoherent(PhysAddr start, byte[] from, int offset, int bytes) {
        checkArguments(start.value(), from, offset, bytes);
        for (int done = 0; done < bytes; ) {
            long phys = start.value() + done;
            int piece = Math.min(bytes - done, lineBytes - ((int) phys & (lineBytes - 1)));
            scu.takeFromOthers(-1, phys);
            outer.storeCoherent(phys, from, offset + done, piece);
            done += piece;
        }
    }

    /** From now on lines are fetched that nobody asked for, or none. */
    public void speculate(Optional<Speculation> process) {
        speculator.speculate(process, phys -> true);
        quiet = trace == TraceSink.NONE && process.isEmpty();
    }

    /**
     * From now on lines are fetched that nobody asked for.
     *
     * @param cacheable whether the mapping that the process goes through lets the line at a physical address be cached at that
     *     moment
     */
    public void speculate(Speculation process, LongPredicate cacheable) {
        speculator.speculate(Optional.of(process), cacheable);
        quiet = false;
    }

    /** From now on {@code hardware} fetches ahead. */
    public void prefetch(Prefetcher hardware) {
        speculator.prefetch(hardware);
    }

    /** Time passes for {@code cpu} without an access: it may speculate. */
    public void tick(CpuId cpu) {
        speculator.tick(index(cpu));
    }

    /** The lines of {@code range} make room for others, as would happen in time: dirty ones are written back to memory. */
    public void evict(AddrRange<PhysAddr> range) {
        requireRam(range.start().value(), range.bytes());
        scu.evict(range.start().value(), range.bytes(), true);
        outer.evict(range.start().value(), range.bytes(), true);
    }

    /** What some cache holds of the line of {@code address}: {@code absent}, {@code clean} or {@code dirty}. */
    public LineState state(PhysAddr address) {
        LineState state = LineState.ABSENT;
        for (int cpu = 0; cpu < buffers.length; cpu++) {
            state = worse(state, scu.cache(cpu), address.value());
        }
        Cache shared = outer.cache();
        return shared == null ? state : worse(state, shared, address.value());
    }

    private static LineState worse(LineState state, Cache cache, long phys) {
        LineState worst = state;
        for (int slot = cache.holding(phys, Cache.NONE); slot != Cache.NONE; slot = cache.holding(phys, slot)) {
            LineState here = cache.isDirty(slot) ? LineState.DIRTY : LineState.CLEAN;
            worst = here.compareTo(worst) > 0 ? here : worst;
        }
        return worst;
    }

    /** How the caches stand to one line of memory. */
    public enum LineState {
        /** No cache has it: the CPU would read memory. */
        ABSENT,
        /** A cache has it, written back: stale as soon as a device writes memory. */
        CLEAN,
        /** A cache has bytes that memory lacks: a device reads what was there before. */
        DIRTY
    }

    /** Every place that holds bytes of the inner line of {@code address}, the nearest to the CPUs first and RAM last. */
    public List<LineCopy> copies(PhysAddr address) {
        PhysAddr line = new PhysAddr(address.value() & -(long) lineBytes);
        checkArguments(line.value(), new byte[lineBytes], 0, lineBytes);
        List<LineCopy> copies = new ArrayList<>();
        for (int cpu = 0; cpu < buffers.length; cpu++) {
            String place = "write buffer of CPU" + cpu;
            buffers[cpu].forEachRun(
                    line.value(), lineBytes, (start, bytes) -> copies.add(new LineCopy(place, true, start, bytes)));
        }
        for (int cpu = 0; cpu < buffers.length; cpu++) {
            addCopies(copies, "L1 of CPU" + cpu, scu.cache(cpu), line);
        }
        Cache shared = outer.cache();
        if (shared != null) {
            addCopies(copies, "L2", shared, line);
        }
        byte[] bytes = new byte[lineBytes];
        ram.read(line, bytes, 0, lineBytes);
        copies.add(new LineCopy("RAM", false, line, bytes));
        return copies;
    }

    /** Hands {@code visitor} the address of each inner line that caches or write buffers hold, once for each of them, in no order. */
    public void forEachHeldLine(LongConsumer visitor) {
        Cache shared = outer.cache();
        for (int i = 0; i <= buffers.length; i++) {
            Cache cache = i < buffers.length ? scu.cache(i) : shared;
            for (int slot = 0; cache != null && slot < cache.capacity(); slot++) {
                for (int at = 0; cache.isValid(slot) && at < cache.lineBytes(); at += lineBytes) {
                    visitor.accept(cache.address(slot) + at);
                }
            }
        }
        for (WriteBuffer buffer : buffers) {
            buffer.forEachRun(0, Long.MAX_VALUE, (start, bytes) -> visitor.accept(start.value() & -(long) lineBytes));
        }
    }

    private void addCopies(List<LineCopy> copies, String name, Cache cache, PhysAddr line) {
        for (int slot = cache.holding(line.value(), Cache.NONE);
                slot != Cache.NONE;
                slot = cache.holding(line.value(), slot)) {
            String place = cache.config().colours() == 1 ? name : name + ", set " + cache.set(slot);
            int from = cache.offset(slot) + ((int) line.value() & (cache.lineBytes() - 1));
            copies.add(new LineCopy(
                    place, cache.isDirty(slot), line, Arrays.copyOfRange(cache.data(), from, from + lineBytes)));
        }
    }

    /** The bytes that {@link #read(CpuId, VirtAddr, PhysAddr, byte[], int, int, MemoryType)} would load now; nothing changes. */
    public void peek(CpuId cpu, VirtAddr virt, PhysAddr phys, byte[] to, int offset, int bytes, MemoryType type) {
        int index = index(cpu);
        long from = inPage(virt, phys);
        checkArguments(phys.value(), to, offset, bytes);
        if (!type.cacheable()) {
            peekUncached(index, phys.value(), to, offset, bytes, type);
            return;
        }
        Cache cache = scu.cache(index);
        for (int done = 0; done < bytes; ) {
            long address = phys.value() + done;
            int inLine = (int) address & (lineBytes - 1);
            int piece = Math.min(bytes - done, lineBytes - inLine);
            int slot = cache.find(from + done, address);
            if (slot != Cache.NONE) {
                System.arraycopy(cache.data(), cache.offset(slot) + inLine, to, offset + done, piece);
            } else if (!scu.peekOthers(index, address, to, offset + done, piece)) {
                outer.peek(address, to, offset + done, piece);
            }
            done += piece;
        }
    }

    private void peekUncached(int cpu, long phys, byte[] to, int offset, int bytes, MemoryType type) {
        for (int done = 0; done < bytes; ) {
            long address = phys + done;
            int piece = Math.min(bytes - done, lineBytes - ((int) address & (lineBytes - 1)));
            if (type == MemoryType.NORMAL_NONCACHEABLE) {
                outer.loadUncached(address, to, offset + done, piece);
            } else {
                ram.read(new PhysAddr(address), to, offset + done, piece);
            }
            done += piece;
        }
        buffers[cpu].forward(phys, to, offset, bytes);
    }

    /** The bytes that {@link #readCoherent} would load now; nothing changes. */
    public void peekCoherent(PhysAddr start, byte[] to, int offset, int bytes) {
        checkArguments(start.value(), to, offset, bytes);
        for (int done = 0; done < bytes; ) {
            long phys = start.value() + done;
            int piece = Math.min(bytes - done, lineBytes - ((int) phys & (lineBytes - 1)));
            if (!scu.peekOthers(-1, phys, to, offset + done, piece)) {
                outer.peek(phys, to, offset + done, piece);
            }
            done += piece;
        }
    }

    /** {@code 4 CPUs, L1 32 KiB, 4-way, 32 B lines; L2 1 MiB, 16-way, 32 B lines}. */
    @Override
    public String toString() {
        return topology.cpus()
                + (topology.cpus() == 1 ? " CPU, L1 " : " CPUs, L1 ")
                + topology.inner()
                + topology.outer().map(shared -> "; L2 " + shared).orElse("");
    }

    /** Maintains lines of the inner caches, found by virtual address where those are virtually indexed. */
    void maintainInner(CacheOperation operation, long virt, long phys, long bytes) {
        scu.maintain(operation, virt, phys, bytes);
    }

    void maintainInnerAll(CpuId cpu, CacheOperation operation) {
        scu.maintainAll(index(cpu), operation);
    }

    void maintainOuter(CacheOperation operation, long phys, long bytes) {
        outer.maintain(operation, phys, bytes);
    }

    void maintainOuterAll(CacheOperation operation) {
        outer.maintainAll(operation);
    }

    /** Refuses ranges that no RAM answers to; an empty one may be anywhere. */
    void requireRam(long start, long bytes) {
        if (bytes > 0 && !ram.contains(new PhysAddr(start), bytes)) {
            throw new IllegalArgumentException(
                    "no RAM at " + new PhysAddr(start) + " for " + bytes + " bytes: banks are " + ram.banks());
        }
    }

    int outerLineBytes() {
        return topology.outer().map(CacheConfig::lineBytes).orElse(lineBytes);
    }

    /** Forgets the lines of {@code [start, start + bytes)} in all caches; nobody is told. Waiting stores arrive before. */
    void discard(long start, long bytes) {
        for (WriteBuffer buffer : buffers) {
            buffer.drain(start, bytes);
        }
        scu.evict(start, bytes, false);
        outer.evict(start, bytes, false);
    }

    /** Throws unless lines lie where they may, dirty ones are held by one CPU, and what is counted is there. */
    void checkInvariants() {
        scu.checkInvariants();
        Cache shared = outer.cache();
        if (shared != null) {
            shared.checkInvariants();
        }
    }
}
