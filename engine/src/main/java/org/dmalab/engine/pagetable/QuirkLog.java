package org.dmalab.engine.pagetable;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;

/** What of its driver's oddities a table met: the first of each kind, and how often. */
final class QuirkLog {
    private final Map<DriverQuirk.Kind, DriverQuirk> first = new EnumMap<>(DriverQuirk.Kind.class);
    private final long[] times = new long[DriverQuirk.Kind.values().length];

    void met(DriverQuirk.Kind kind, long iova, PhysAddr descriptorAddress, int descriptor) {
        if (times[kind.ordinal()]++ == 0) {
            first.put(
                    kind,
                    new DriverQuirk(kind, 1, new DmaAddr(iova), descriptorAddress, Integer.toUnsignedLong(descriptor)));
        }
    }

    List<DriverQuirk> quirks() {
        List<DriverQuirk> quirks = new ArrayList<>();
        first.forEach((kind, quirk) -> quirks.add(new DriverQuirk(
                kind, times[kind.ordinal()], quirk.iova(), quirk.descriptorAddress(), quirk.descriptor())));
        return quirks;
    }
}
