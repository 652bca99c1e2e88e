package org.dmalab.engine.iommu;

import java.util.Locale;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;

/** How a model of IOMMU tells of a fault: what it leaves in which register, and what its driver's interrupt handler makes of that. */
abstract class FaultRegisters {
    /** {@code IOMMU_FAULT_READ} and {@code _WRITE}. */
    static final int READ = 0;

    static final int WRITE = 1;

    final IommuRegisters registers = new IommuRegisters(this::changed);
    private boolean translates = true;

    /** Makes those of one instance. */
    interface Factory {
        FaultRegisters create(Era era, String name, PhysAddr base);
    }

    /** The hardware raises the fault, and the driver's interrupt handler runs. */
    abstract FaultReport report(FaultSite site);

    /** The driver wrote the root of a table into a context. */
    abstract void connected(IommuContext context);

    /** The driver switched a context off. */
    abstract void disconnected(IommuContext context);

    /** Whether addresses are translated at all; if not, they pass. */
    final boolean translates() {
        return translates;
    }

    final void translates(boolean on) {
        translates = on;
    }

    /** A register holds {@code value} now: what follows from that for others, or for the translation. */
    void changed(long offset, long value) {}

    final void define(long offset, String name) {
        registers.define(offset, name, 0);
    }

    final void set(long offset, long value) {
        registers.set(offset, value);
    }

    final void raise(long offset, long bits) {
        registers.set(offset, registers.read(offset) | bits);
    }

    static int flags(FaultSite site) {
        return site.write() ? WRITE : READ;
    }

    /** Text with C's conversions; no locale has a say in it. */
    static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
