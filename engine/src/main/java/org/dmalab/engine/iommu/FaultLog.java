package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Durations;

/** The IOMMU faults of a machine since boot, in order; of more than {@value #CAPACITY} the last. */
public final class FaultLog {
    private static final int CAPACITY = 1024;

    private final LongSupplier nanos;
    private final MappingHistory history;
    private final List<Entry> entries = new ArrayList<>();
    private long count;

    /**
     * A fault.
     *
     * @param nanos when, since boot
     */
    public record Entry(long nanos, IommuFault fault) {
        @Override
        public String toString() {
            return "at " + Durations.text((double) nanos) + " " + fault.master() + ": " + fault.message();
        }
    }

    /**
     * A fault as a row of a table.
     *
     * @param time since boot, {@code 41.3 µs}
     * @param access {@code read} or {@code write}
     * @param fault {@code translation, level 2}
     * @param descriptor the last one read and where it stands
     * @param before what was mapped there until when; empty if nothing was
     * @param aftermath what became of the IOMMU
     * @param kernelLog the driver's first line
     */
    public record Row(
            String time,
            String device,
            DmaAddr iova,
            String access,
            String fault,
            String descriptor,
            String before,
            String aftermath,
            String kernelLog) {
        static Row of(Entry entry) {
            IommuFault fault = entry.fault();
            return new Row(
                    Durations.text((double) entry.nanos()),
                    fault.master().name(),
                    fault.iova(),
                    fault.write() ? "write" : "read",
                    fault.kind() + ", level " + fault.level(),
                    Addresses.hex(fault.descriptor()) + " at " + fault.descriptorAddress(),
                    fault.before(),
                    fault.report().aftermath().name(),
                    fault.report().kernelLog().stream().findFirst().orElse(""));
        }
    }

    /** No fault yet; {@code nanos} says when one is. */
    public FaultLog(LongSupplier nanos, MappingHistory history) {
        this.nanos = nanos;
        this.history = history;
    }

    String before(BusMaster master, IommuDomain domain, DmaAddr iova) {
        return history.before(master, domain, iova).orElse("");
    }

    void add(IommuFault fault) {
        if (entries.size() == CAPACITY) {
            entries.remove(0);
        }
        entries.add(new Entry(nanos.getAsLong(), fault));
        count++;
    }

    /** The faults, oldest first. */
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** The faults as rows of a table, oldest first. */
    public List<Row> rows() {
        return entries.stream().map(Row::of).toList();
    }

    /** How many there were since boot. */
    public long count() {
        return count;
    }

    /** {@code 2 IOMMU faults, the last at 41.3 µs fimc1: IOMMU fault: ...}. */
    @Override
    public String toString() {
        return count == 0
                ? "no IOMMU fault since boot"
                : count + (count == 1 ? " IOMMU fault" : " IOMMU faults, the last") + " "
                        + entries.get(entries.size() - 1);
    }
}
