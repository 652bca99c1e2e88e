package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.dmalab.engine.base.Addresses;

/** The modelled registers of an IOMMU, by their offset from its base: those that tell of faults, and those that say what it walks. */
public final class IommuRegisters {
    private final Map<Long, String> names = new TreeMap<>();
    private final Map<Long, Long> values = new TreeMap<>();
    /** Writing ones to the first clears them in the second. */
    private final Map<Long, Long> clears = new TreeMap<>();

    private final Changed changed;

    /** Who is told that a register holds something else, by whoever changed it. */
    interface Changed {
        void changed(long offset, long value);
    }

    IommuRegisters(Changed changed) {
        this.changed = changed;
    }

    /** Adds a register that holds {@code value}. */
    void define(long offset, String name, long value) {
        String before = names.put(offset, name);
        assert before == null : "defined twice: " + name;
        set(offset, value);
    }

    /** Makes ones written to {@code at} clear the bits of {@code status}. */
    void clearedBy(long at, long status) {
        Long before = clears.put(at, status);
        assert before == null : "clears twice: " + Addresses.hex(at);
    }

    /** The hardware or the driver's own code changes it. */
    void set(long offset, long value) {
        values.merge(offset, value, (old, now) -> now);
        changed.changed(offset, value);
    }

    /** What a load ({@code readl}) of the register at {@code offset} returns. */
    public long read(long offset) {
        return Objects.requireNonNull(values.get(required(offset)));
    }

    /** A store ({@code writel}) to the register at {@code offset}; to a status register, or the one that clears it, ones clear. */
    public void write(long offset, long value) {
        Long status = clears.get(required(offset));
        if (status == null) {
            set(offset, value);
        } else {
            set(status, read(status) & ~value);
        }
    }

    private long required(long offset) {
        if (!names.containsKey(offset)) {
            throw new IllegalArgumentException(
                    "no register is modelled at offset " + hex(offset) + "; there are " + String.join(", ", all()));
        }
        return offset;
    }

    private List<String> all() {
        List<String> all = new ArrayList<>();
        names.forEach((offset, name) -> all.add(name + " [" + hex(offset) + "]"));
        return all;
    }

    /** Those that are not zero, {@code INT_STATUS [0x18] = 0x00000001}. */
    public List<String> nonZero() {
        List<String> lines = new ArrayList<>();
        values.forEach((offset, value) -> {
            if (value != 0) {
                lines.add(names.get(offset) + " [" + hex(offset) + "] = " + Addresses.hex(value));
            }
        });
        return lines;
    }

    private static String hex(long offset) {
        return "0x" + Long.toHexString(offset);
    }

    @Override
    public String toString() {
        List<String> lines = nonZero();
        return lines.isEmpty() ? "all registers are 0" : String.join(", ", lines);
    }
}
