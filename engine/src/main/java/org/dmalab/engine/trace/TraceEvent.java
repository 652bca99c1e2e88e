package org.dmalab.engine.trace;

import java.util.List;
import java.util.Locale;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.BusMaster;
import org.jspecify.annotations.Nullable;

/**
 * One event that a {@link TraceRecorder} kept.
 *
 * @param nanos simulated time
 * @param kind which event
 * @param master the device, or null
 * @param values one for each of the kind's fields
 */
public record TraceEvent(
        long nanos, EventKind kind, @Nullable BusMaster master, List<Long> values) {
    /** Fields whose values are addresses. */
    private static final List<String> ADDRESSES =
            List.of("phys", "virt", "iova", "dma", "descriptorPhys", "word", "pfn", "toPfn");

    public TraceEvent {
        values = List.copyOf(values);
    }

    /**
     * The value of one field, by its name in {@link EventKind#fields()}.
     *
     * @throws IllegalArgumentException when events of this kind have no such field
     */
    public long value(String field) {
        int index = kind.fields().indexOf(field);
        if (index < 0) {
            throw new IllegalArgumentException("field must be one of " + kind + "'s, " + kind.fields() + ": " + field);
        }
        return values.get(index);
    }

    /** As a trace log shows it: {@code 0.000041307: DMA_MAPPED: fimc0 dma=0x20000000 bytes=4096 ...}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                String.format(Locale.ROOT, "%d.%09d: %s:", nanos / 1_000_000_000, nanos % 1_000_000_000, kind));
        if (master != null) {
            text.append(' ').append(master.name());
        }
        for (int i = 0; i < values.size(); i++) {
            String field = kind.fields().get(i);
            long value = values.get(i);
            text.append(' ')
                    .append(field)
                    .append('=')
                    .append(ADDRESSES.contains(field) ? Addresses.hex(value) : Long.toString(value));
        }
        return text.toString();
    }
}
