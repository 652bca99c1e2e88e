package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.dmalab.engine.arm.AttributePolicy;
import org.dmalab.engine.arm.CoherentMapping;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Architecture;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.ReservedMemory;
import org.jspecify.annotations.Nullable;

/**
 * What is chosen before a machine is put together.
 *
 * @param <S> the machine
 */
public abstract class SocBuilder<S> {
    /** {@code MAX_ORDER - 1} blocks: what a CMA area is a multiple of. */
    private static final long CMA_UNIT = Bytes.mib(4);

    private static final long VMALLOC_UNIT = Bytes.mib(8);

    private Board board;
    private Era era = Era.V3_14;
    private AttributePolicy policy = AttributePolicy.MAINLINE;
    private @Nullable CoherentMapping coherentMapping;
    private long atomicPoolBytes;

    SocBuilder(Board board) {
        this.board = board;
    }

    /** The same choices. */
    SocBuilder(SocBuilder<S> choices) {
        board = choices.board;
        era = choices.era;
        policy = choices.policy;
        coherentMapping = choices.coherentMapping;
        atomicPoolBytes = choices.atomicPoolBytes;
    }

    /** {@code exynos4412, Linux 3.14, mainline's attributes}: to be built. */
    @Override
    public String toString() {
        return board.name() + ", " + era + ", " + policy + ", " + coherentMapping() + ": not built yet";
    }

    long atomicPoolBytes() {
        return atomicPoolBytes;
    }

    Board board() {
        return board;
    }

    Era era() {
        return era;
    }

    AttributePolicy policy() {
        return policy;
    }

    /**
     * What was chosen, or what that Linux does on that board: CMA if there is an area, be it of {@code cma=} or of {@code
     * reserved-memory}, else vmalloc. A kernel with CMA built in takes coherent buffers from nowhere else ({@code
     * __dma_alloc}).
     */
    CoherentMapping coherentMapping() {
        if (coherentMapping != null) {
            return coherentMapping;
        }
        boolean reusable =
                board.memory().reserved().stream().anyMatch(region -> region.kind() == ReservedMemory.Kind.REUSABLE);
        return board.memory().cmaBytes() > 0 || reusable ? CoherentMapping.CMA_REMAP : CoherentMapping.VMALLOC;
    }

    /** Takes decisions as that version of Linux did: 3.6, in which the redesign was merged, or 3.14. */
    public SocBuilder<S> era(Era version) {
        if (Objects.requireNonNull(version, "version") != Era.V3_6 && version != Era.V3_14) {
            throw new IllegalArgumentException(
                    "era must be V3_6 or V3_14, whose ARM backends are modelled: " + version.name());
        }
        era = version;
        return this;
    }

    /** Treats attributes by {@code choice}. */
    public SocBuilder<S> attributes(AttributePolicy choice) {
        policy = Objects.requireNonNull(choice, "choice");
        return this;
    }

    /** Gives coherent buffers their CPU address in that way. */
    public SocBuilder<S> coherentMapping(CoherentMapping way) {
        coherentMapping = Objects.requireNonNull(way, "way");
        return this;
    }

    /**
     * A pool of {@code bytes} for coherent buffers of callers who may not sleep: whole pages up to 4 MiB; 0 for none, as the
     * presets have it ({@code coherent_pool=}; Linux takes 256 KiB unless told otherwise).
     */
    public SocBuilder<S> atomicPool(long bytes) {
        if (bytes < 0 || bytes > Bytes.mib(4) || bytes % PageSize.PAGE_BYTES != 0) {
            throw new IllegalArgumentException("atomic pool must be whole pages, 0..4 MiB: " + bytes);
        }
        atomicPoolBytes = bytes;
        return this;
    }

    /** RAM of {@code bytes} in one bank: whole megabytes, at least 32 MiB, and not beyond 4 GiB of addresses, or 64 GiB on arm64. */
    public SocBuilder<S> ram(long bytes) {
        PhysAddr start = board.memory().banks().get(0).start();
        long room = endOfRam() - start.value();
        if (bytes < Bytes.mib(32) || bytes > room || bytes % Bytes.mib(1) != 0) {
            throw new IllegalArgumentException("RAM must be whole MiB, 32 MiB.." + Bytes.text(room) + ": " + bytes);
        }
        return banks(List.of(new AddrRange<>(start, bytes)));
    }

    private long endOfRam() {
        return board.memory().architecture() == Architecture.ARM32 ? Bytes.gib(4) : Bytes.gib(64);
    }

    /** RAM in {@code banks}, ascending whole megabytes; what lies between them is a hole. */
    public SocBuilder<S> banks(List<AddrRange<PhysAddr>> banks) {
        long next = board.memory().banks().get(0).start().value();
        if (Objects.requireNonNull(banks, "banks").isEmpty()
                || banks.get(0).start().value() != next) {
            throw new IllegalArgumentException("the first bank must begin where the board's RAM does, at "
                    + board.memory().banks().get(0).start() + ": " + banks);
        }
        for (AddrRange<PhysAddr> bank : banks) {
            if (bank.start().value() < next
                    || bank.last() >= endOfRam()
                    || ((bank.start().value() | bank.bytes()) & (Bytes.mib(1) - 1)) != 0) {
                throw new IllegalArgumentException("banks must be ascending, whole MiB, and below "
                        + Bytes.text(endOfRam()) + ": " + bank + " in " + banks);
            }
            next = bank.last() + 1;
        }
        Board.Memory memory = board.memory();
        board = board.with(memory.placed(banks, memory.reserved()));
        return this;
    }

    /** A vmalloc reserve of {@code bytes}: whole multiples of 8 MiB, 16 MiB..896 MiB ({@code vmalloc=}). */
    public SocBuilder<S> vmalloc(long bytes) {
        if (board.memory().architecture() == Architecture.ARM64) {
            throw new IllegalArgumentException(
                    "arm64 has no vmalloc=, its vmalloc area is what the linear map leaves: " + bytes);
        }
        if (bytes < Bytes.mib(16) || bytes > Bytes.mib(896) || bytes % VMALLOC_UNIT != 0) {
            throw new IllegalArgumentException("vmalloc must be whole 8 MiB, 16 MiB..896 MiB: " + bytes);
        }
        Board.Memory memory = board.memory();
        board = board.with(memory.sized(bytes, memory.dmaZoneBytes(), memory.cmaBytes()));
        return this;
    }

    /** Makes the first {@code bytes} of lowmem the zone DMA: whole MiB; 0 for none ({@code dma_zone_size}). */
    public SocBuilder<S> dmaZone(long bytes) {
        if (bytes < 0 || bytes % Bytes.mib(4) != 0) {
            throw new IllegalArgumentException("zone DMA must be whole 4 MiB: " + bytes);
        }
        Board.Memory memory = board.memory();
        board = board.with(memory.sized(memory.vmallocBytes(), bytes, memory.cmaBytes()));
        return this;
    }

    /** A default CMA area of {@code bytes} at the end of lowmem: whole multiples of 4 MiB; 0 for none ({@code cma=}). */
    public SocBuilder<S> cma(long bytes) {
        if (bytes < 0 || bytes % CMA_UNIT != 0) {
            throw new IllegalArgumentException("CMA area must be whole 4 MiB: " + bytes);
        }
        Board.Memory memory = board.memory();
        if (bytes > 0) {
            requireCmaUnit();
        }
        board = board.with(memory.sized(memory.vmallocBytes(), memory.dmaZoneBytes(), bytes));
        return this;
    }

    private void requireCmaUnit() {
        int order = board.memory().pageblockOrder();
        if (order != BuddyAllocator.PAGEBLOCK_ORDER) {
            throw new IllegalArgumentException("CMA is modelled for pageblocks of 4 MiB, those of board " + board.name()
                    + " have " + Bytes.text(PageSize.PAGE_BYTES << order));
        }
    }

    /** Keeps {@code region} from the page allocator from boot on, or makes it the CMA area if it is reusable. */
    public SocBuilder<S> reserve(ReservedMemory region) {
        Board.Memory memory = board.memory();
        if (Objects.requireNonNull(region, "region").kind() == ReservedMemory.Kind.REUSABLE) {
            requireCmaUnit();
        }
        List<ReservedMemory> reserved = new ArrayList<>(memory.reserved());
        reserved.add(region);
        board = board.with(memory.placed(memory.banks(), reserved));
        return this;
    }

    /** That many CPUs. */
    public SocBuilder<S> cpus(int count) {
        return caches(board.cores().caches().withCpus(count));
    }

    /** Lets up to {@code lines} lines of stores to non-cacheable memory wait in each CPU's write buffer; 0 for none. */
    public SocBuilder<S> writeBuffer(int lines) {
        return caches(board.cores().caches().withWriteBuffer(lines));
    }

    /**
     * Sets or clears the outer cache's shared attribute override. Linux sets it on these boards; clear, as a PL310 comes out of
     * reset, non-cacheable accesses are looked up in the outer cache.
     */
    public SocBuilder<S> sharedOverride(boolean set) {
        return caches(board.cores().caches().withSharedOverride(set));
    }

    /** Other CPUs and caches. */
    public SocBuilder<S> caches(CacheTopology topology) {
        board = board.with(board.cores().with(Objects.requireNonNull(topology, "topology")));
        return this;
    }

    /** Puts {@code dma-coherent} into the node of {@code device}, or takes it out; the wires stay as they are. */
    public SocBuilder<S> dmaCoherent(String device, boolean claim) {
        Board.Master master = board.master(Objects.requireNonNull(device, "device"));
        board = board.with(master.on(master.port(), claim));
        return this;
    }

    /** Charges {@code prices}; {@link CostModel#ZERO} for none. */
    public SocBuilder<S> prices(CostModel prices) {
        board = board.with(Objects.requireNonNull(prices, "prices"));
        return this;
    }

    /** Puts the machine together and boots it. */
    public abstract S build();
}
