package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/**
 * {@code tegra-gart.c}: one set of entries for every device of the system. Linux 3.14 keeps a list of its clients and lets any
 * domain have the entries; 6.1 lets one.
 */
final class GartAttach implements AttachRule {
    private final boolean modern;

    GartAttach(Era era) {
        this.modern = era.atLeast(Era.V6_1);
    }

    @Override
    public Outcome<Attachment> attach(IommuDevice device, IommuDomain domain) {
        Iommu gart = device.fwspec().interfaces().get(0).iommu();
        IommuDomain active = gart.domain();
        if (modern && active != null && active != domain) {
            return AttachRule.refused(
                    Errno.EBUSY,
                    "gart_iommu_attach_dev: " + Errno.EBUSY.text(),
                    "the GART has one set of entries, and " + active.name()
                            + " has it: attach the device to that domain. Nothing has changed");
        }
        if (!modern && device.heldDomain() != null) {
            return AttachRule.refused(
                    Errno.EINVAL,
                    device + " is already attached",
                    device + " is in the list of the GART's clients. Nothing has changed");
        }
        if (device.heldDomain() == null) {
            device.connect(domain);
        }
        return Outcome.done(Attachment.done(device, domain));
    }

    @Override
    public void detach(IommuDevice device) {
        IommuDomain held = device.domain().orElseThrow();
        if (held.devices().size() == 1) {
            device.disconnect();
        } else {
            device.leave();
        }
    }
}
