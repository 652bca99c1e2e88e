package org.dmalab.engine.memory;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.Reason;

/**
 * No zone that a request may use gave it a block ({@code warn_alloc_failed}).
 *
 * @param order what was asked for
 * @param gfp how
 * @param zones why not, per zone it may use, from high to low; empty for an order no zone has
 */
public record PageAllocationFailure(int order, Gfp gfp, List<ZoneRefusal> zones) implements Reason {
    public PageAllocationFailure {
        zones = List.copyOf(zones);
    }

    @Override
    public Errno errno() {
        return Errno.ENOMEM;
    }

    /** The kernel's line; with {@code __GFP_NOWARN} it is not printed. */
    @Override
    public String message() {
        return String.format(Locale.ROOT, "page allocation failure: order:%d, mode:0x%x", order, gfp.bits());
    }

    @Override
    public String explain() {
        if (order > FreeLists.ORDERS - 1 || zones.isEmpty()) {
            return "asked for one block of order " + order + " (" + gfp + "): no zone has blocks that large, "
                    + "take smaller blocks behind an IOMMU or reserve memory at boot";
        }
        String asked = String.format(
                Locale.ROOT,
                "asked for one block of order %d (%s, %s) from zone %s or below; ",
                order,
                Bytes.text(PageSize.PAGE_BYTES << order),
                gfp,
                gfp.highestZone().text());
        return asked + zones.stream().map(ZoneRefusal::toString).collect(Collectors.joining("; ")) + "; " + advice();
    }

    private String advice() {
        if (zones.stream().anyMatch(zone -> zone.cause() == ZoneRefusal.Cause.FRAGMENTED)) {
            return "take smaller blocks behind an IOMMU or reserve memory at boot";
        }
        if (zones.stream().allMatch(zone -> zone.cause() == ZoneRefusal.Cause.SHORT)) {
            return "free some memory or take a board with more RAM";
        }
        return gfp.has(GfpFlag.HIGH)
                ? "free some memory or lower vm.min_free_kbytes"
                : "free some memory, lower vm.min_free_kbytes or ask with GFP_ATOMIC, which may go lower";
    }
}
