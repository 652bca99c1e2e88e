package org.dmalab.engine.iommu;

import java.util.Optional;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;

/** Who remembers what was mapped where a fault is. */
public interface MappingHistory {
    /** Remembers nothing. */
    MappingHistory NONE = (master, domain, iova) -> Optional.empty();

    /** What was mapped at {@code iova} last, and when it ended: {@code unmapped 31 µs ago, was fimc1 map TO_DEVICE, 4096 bytes}. */
    Optional<String> before(BusMaster master, IommuDomain domain, DmaAddr iova);
}
