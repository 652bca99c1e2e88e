package org.dmalab.engine.cache;

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
 * STRONGLY_ORDERED          the CPU's write buffer drains, then memory
 * DEVICE                    a load as STRONGLY_ORDERED; a store passes what waits in the write buffer
 * NORMAL_NONCACHEABLE       stores wait in the write buffer; loads get memory and what waits there
 * WRITE_THROUGH             loads fill the caches; stores change held copies and go to memory
 * WRITE_BACK                the caches, by their own policies
 * </pre>
 *
 * <p>Nothing orders a Device store after Normal ones (ARM DDI 0406C A3.8.2), so a doorbell needs a barrier; that loads drain the
 * buffer is the hardware's doing (ARM DDI 0363E, page 8-19). A store past the caches, or written through, to bytes that
 * wait there drains those first.
 *
 * <p>An access that is not cacheable passes the caches even if they hold the line (ARM DDI 0406C A3.5.7, mismatched
 * attributes, leaves it open): the cached copy goes stale, or memory does, and nobody is told.
 *
 * <p>Methods without a virtual address take the mapping to be one to one.
 */
public final class CacheHierarchy {
    private final CacheTopology topology;
    private final int lineBytes;
    private final OuterMemory outer;
    private final SnoopControlUnit scu;
    private final UncachedPath uncached;
    private final CoherentPort coherentPort;
    private final CacheView view;
    private final Speculator speculator;
    private final CpuPort cpuPort;

    /** Empty caches of one CPU. */
    public CacheHierarchy(CacheConfig inner, CacheConfig outer, PhysicalMemory ram, TraceSink trace) {
        this(CacheTopology.of(inner, outer), ram, trace);
    }

    /** Empty caches. */
    public CacheHierarchy(CacheTopology topology, PhysicalMemory ram, TraceSink trace) {
        this.topology = topology;
        this.lineBytes = topology.inner().lineBytes();
        this.outer = new OuterMemory(topology, ram, trace);
        this.scu = new SnoopControlUnit(topology.cpus(), topology.inner(), outer, trace);
        this.uncached = new UncachedPath(topology, scu, outer, ram, trace);
        this.coherentPort = new CoherentPort(scu, outer, lineBytes, trace);
        this.view = new CacheView(scu, outer, uncached, lineBytes, ram);
        this.speculator = new Speculator(scu, lineBytes, ram);
        this.cpuPort = new CpuPort(topology, scu, outer, uncached, speculator, trace);
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
        cpuPort.load(0, start.value(), start.value(), to, offset, bytes, type);
    }

    /** Stores {@code bytes} at {@code start} as the boot CPU would through a mapping of {@code type}. */
    public void write(PhysAddr start, byte[] from, int offset, int bytes, MemoryType type) {
        cpuPort.store(0, start.value(), start.value(), from, offset, bytes, type);
    }

    /** {@code cpu} loads {@code bytes} from {@code virt}, which a mapping of {@code type} leads to {@code phys} and on. */
    public void read(CpuId cpu, VirtAddr virt, PhysAddr phys, byte[] to, int offset, int bytes, MemoryType type) {
        long from = inPage(virt, phys);
        cpuPort.load(index(cpu), from, phys.value(), to, offset, bytes, type);
    }

    /** {@code cpu} stores {@code bytes} at {@code virt}, which a mapping of {@code type} leads to {@code phys} and on. */
    public void write(CpuId cpu, VirtAddr virt, PhysAddr phys, byte[] from, int offset, int bytes, MemoryType type) {
        long to = inPage(virt, phys);
        cpuPort.store(index(cpu), to, phys.value(), from, offset, bytes, type);
    }

    private int index(CpuId cpu) {
        if (cpu.index() >= topology.cpus()) {
            throw new IllegalArgumentException("cpu must be below " + topology.cpus() + ": " + cpu);
        }
        return cpu.index();
    }

    private static long inPage(VirtAddr virt, PhysAddr phys) {
        if (((virt.value() ^ phys.value()) & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("virt and phys must agree within a page: " + virt + ", " + phys);
        }
        return virt.value();
    }

    /** Everything that {@code cpu} stored without caching it arrives in memory ({@code dsb} and outer sync). */
    public void drain(CpuId cpu) {
        uncached.drain(index(cpu));
        cpuPort.settle();
    }

    /** {@link #drain} of every CPU. */
    public void drainAll() {
        uncached.drainAll();
        cpuPort.settle();
    }

    /** Whether anything that {@code cpu} stored waits in its write buffer. */
    public boolean hasPending(CpuId cpu) {
        return uncached.hasPending(index(cpu));
    }

    /** How many bytes of {@code range} wait in the write buffer of {@code cpu}. */
    public int pending(CpuId cpu, AddrRange<PhysAddr> range) {
        return uncached.pending(index(cpu), range.start().value(), range.bytes());
    }

    /** A device on a coherent port (ACP, CCI) loads: what the caches hold is newer than memory. */
    public void readCoherent(PhysAddr start, byte[] to, int offset, int bytes) {
        cpuPort.check(start.value(), to, offset, bytes);
        coherentPort.read(start.value(), to, offset, bytes);
    }

    /** A device on a coherent port stores: inner copies are written on and dropped, the outer cache takes the bytes. */
    public void writeCoherent(PhysAddr start, byte[] from, int offset, int bytes) {
        cpuPort.check(start.value(), from, offset, bytes);
        coherentPort.write(start.value(), from, offset, bytes);
    }

    /** From now on lines are fetched that nobody asked for, or none. */
    public void speculate(Optional<Speculation> process) {
        speculator.speculate(process, phys -> true);
        cpuPort.speculates(process.isPresent());
    }

    /**
     * From now on lines are fetched that nobody asked for.
     *
     * @param cacheable whether the mapping that the process goes through lets the line at a physical address be cached at that
     *     moment
     */
    public void speculate(Speculation process, LongPredicate cacheable) {
        speculator.speculate(Optional.of(process), cacheable);
        cpuPort.speculates(true);
    }

    /** From now on {@code hardware} fetches ahead. */
    public void prefetch(Prefetcher hardware) {
        speculator.prefetch(hardware);
    }

    /** Time passes for {@code cpu} as with an access: it may speculate, and what waits in its write buffer grows older. */
    public void tick(CpuId cpu) {
        cpuPort.timePasses(index(cpu));
    }

    /** The lines of {@code range} make room for others, as would happen in time: dirty ones are written back to memory. */
    public void evict(AddrRange<PhysAddr> range) {
        requireRam(range.start().value(), range.bytes());
        scu.evict(range.start().value(), range.bytes(), true);
        outer.evict(range.start().value(), range.bytes(), true);
    }

    /** What some cache holds of the line of {@code address}: {@code absent}, {@code clean} or {@code dirty}. */
    public LineState state(PhysAddr address) {
        return view.state(address.value());
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
        long line = address.value() & -(long) lineBytes;
        requireRam(line, lineBytes);
        return view.copies(new PhysAddr(line));
    }

    /** Tells {@code visitor} each inner line that caches or write buffers hold, once for each of them, in no order. */
    public void forEachHeldLine(LongConsumer visitor) {
        view.forEachHeldLine(visitor);
    }

    /** The bytes that {@link #read(CpuId, VirtAddr, PhysAddr, byte[], int, int, MemoryType)} would load now; nothing changes. */
    public void peek(CpuId cpu, VirtAddr virt, PhysAddr phys, byte[] to, int offset, int bytes, MemoryType type) {
        int index = index(cpu);
        long from = inPage(virt, phys);
        cpuPort.check(phys.value(), to, offset, bytes);
        if (type.cacheable()) {
            view.peek(index, from, phys.value(), to, offset, bytes);
        } else {
            uncached.peek(index, phys.value(), to, offset, bytes, type);
        }
    }

    /** The bytes that {@link #readCoherent} would load now; nothing changes. */
    public void peekCoherent(PhysAddr start, byte[] to, int offset, int bytes) {
        cpuPort.check(start.value(), to, offset, bytes);
        coherentPort.peek(start.value(), to, offset, bytes);
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
        outer.requireRam(start, bytes);
    }

    int outerLineBytes() {
        return topology.outer().map(CacheConfig::lineBytes).orElse(lineBytes);
    }

    /** Forgets the lines of {@code [start, start + bytes)} in all caches; nobody is told. Waiting stores arrive before. */
    void discard(long start, long bytes) {
        uncached.drain(start, bytes);
        cpuPort.settle();
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
