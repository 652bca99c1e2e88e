package org.dmalab.engine.iommu;

import java.util.List;

/**
 * What a fault left behind in an IOMMU's registers and in the kernel's log.
 *
 * @param registers as the interrupt handler found them, {@code INT_STATUS [0x18] = 0x00000001}
 * @param kernelLog what the driver printed, line by line; empty if it printed nothing
 * @param aftermath what became of the IOMMU
 */
public record FaultReport(List<String> registers, List<String> kernelLog, Aftermath aftermath) {
    /** What becomes of an IOMMU after a fault. */
    public enum Aftermath {
        /** The fault handler dealt with it: cleared, translation goes on. */
        HANDLED("the fault handler dealt with it"),
        /** The access is ended, the IOMMU goes on. */
        TERMINATED("the access is ended and the next one is translated again"),
        /** {@code BUG()}: a real machine stops here; the model goes on, its registers as they were. */
        BUG("the driver calls BUG(): a real machine stops here"),
        /** The IOMMU stays blocked with its interrupt pending; the model lets later accesses through all the same. */
        PENDING("the interrupt stays pending, and the handler runs again and again"),
        /** The IOMMU is switched off: later accesses are not translated. */
        DISABLED("the IOMMU is switched off: the device's next accesses go to physical addresses"),
        /** The IOMMU's interrupts are switched off: later faults are not told. */
        MASKED("the IOMMU's interrupts are switched off: later faults are not told"),
        /** The access waits for a register write that the driver never makes; later ones are let through by the model. */
        STALLED("the access waits for a write to RESUME that this driver never makes");

        private final String text;

        Aftermath(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    public FaultReport {
        registers = List.copyOf(registers);
        kernelLog = List.copyOf(kernelLog);
    }
}
