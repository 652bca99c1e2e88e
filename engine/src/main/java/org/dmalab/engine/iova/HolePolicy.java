package org.dmalab.engine.iova;

import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;

/** Which free addresses a request gets: all that a policy of one's own has to decide. */
@FunctionalInterface
public interface HolePolicy {
    /**
     * The first address of the range for {@code bytes}; empty if the request is refused.
     *
     * @param bytes whole pages, at least one
     * @param holes every free run of the window, ascending; the range must lie in one of them and begin at a page
     */
    Optional<DmaAddr> place(long bytes, List<AddrRange<DmaAddr>> holes);
}
