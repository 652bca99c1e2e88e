package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/**
 * {@code exynos-iommu.c}: the System MMUs of a device, however many, walk one table. Linux 3.14 answers a second attach with 1 if
 * it is to the same table and with EBUSY if not; 6.1 detaches from the first domain by itself.
 */
final class ExynosAttach implements AttachRule {
    private final boolean modern;

    ExynosAttach(Era era) {
        this.modern = era.atLeast(Era.V6_1);
    }

    @Override
    public Outcome<Attachment> attach(IommuDevice device, IommuDomain domain) {
        IommuDomain held = device.heldDomain();
        String table = Addresses.hex(domain.tableRoot().value());
        if (held != null && modern) {
            detach(device);
        } else if (held == domain) {
            // QUIRK of Linux 3.14: 1 is no errno, but arm_iommu_attach_device() takes whatever is not 0 for a failure.
            return Outcome.done(new Attachment(
                    device, domain, 1, device + ": Attached new IOMMU with pgtable " + table + ", again"));
        } else if (held != null) {
            return AttachRule.refused(
                    Errno.EBUSY,
                    "exynos_iommu_attach_device: Failed to attach IOMMU with pgtable " + table,
                    device + " already translates by " + held
                            + ": detach it first, a System MMU walks one table at a time." + " Nothing has changed");
        }
        device.connect(domain);
        return Outcome.done(Attachment.done(device, domain));
    }
}
