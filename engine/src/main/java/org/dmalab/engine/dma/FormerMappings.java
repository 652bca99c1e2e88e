package org.dmalab.engine.dma;

import java.util.Collection;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Durations;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/** The last {@value #CAPACITY} buffers and mappings that ended: what a fault's address was before. */
public final class FormerMappings implements TraceSink {
    private static final int CAPACITY = 4096;

    private final LongSupplier nanos;
    private final @Nullable Former[] ring = new Former[CAPACITY];
    private int next;

    /** A mapping that ended; {@code master} is null for one of the IOMMU-API, which knows domains only. */
    private record Former(@Nullable BusMaster master, int domain, long dma, long bytes, String what, long ended) {
        boolean covers(long address) {
            return Long.compareUnsigned(address - dma, bytes) < 0;
        }
    }

    /** None yet; {@code nanos} says when one ends. */
    public FormerMappings(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public void dmaFreed(BusMaster master, long address, long length, long virt, DmaAttrs given) {
        add(new Former(master, -1, address, length, "alloc", nanos.getAsLong()));
    }

    @Override
    public void dmaUnmapped(BusMaster master, long address, long length, DmaDirection direction, DmaAttrs given) {
        add(new Former(master, -1, address, length, "map " + direction, nanos.getAsLong()));
    }

    @Override
    public void iommuUnmapped(int domain, long iova, long bytes) {
        if (bytes > 0) {
            add(new Former(null, domain, iova, bytes, "", nanos.getAsLong()));
        }
    }

    private void add(Former former) {
        ring[next] = former;
        next = (next + 1) % CAPACITY;
    }

    /**
     * What ended last at {@code iova} among the mappings of {@code sharing}, else in {@code domain}: {@code unmapped 31 µs ago,
     * was fimc1 map TO_DEVICE, 4096 bytes at 0x20000000}.
     */
    public Optional<String> last(Collection<BusMaster> sharing, int domain, DmaAddr iova) {
        Former byApi = null;
        for (int i = 1; i <= CAPACITY; i++) {
            Former former = ring[Math.floorMod(next - i, CAPACITY)];
            if (former == null) {
                break;
            }
            if (!former.covers(iova.value())) {
                continue;
            }
            BusMaster master = former.master();
            if (master != null && sharing.contains(master)) {
                return Optional.of(text(former, master + " " + former.what()));
            }
            if (byApi == null && master == null && former.domain() == domain) {
                byApi = former;
            }
        }
        return byApi == null ? Optional.empty() : Optional.of(text(byApi, "mapped by the IOMMU-API"));
    }

    private String text(Former former, String what) {
        return "unmapped " + Durations.text((double) (nanos.getAsLong() - former.ended())) + " ago, was " + what + ", "
                + former.bytes() + " bytes at " + Addresses.hex(former.dma());
    }
}
