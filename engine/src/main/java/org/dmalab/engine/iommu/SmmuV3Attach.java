package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/** {@code arm-smmu-v3.c} of Linux 6.1: a domain belongs to the SMMU of its first device. */
final class SmmuV3Attach implements AttachRule {
    @Override
    public Outcome<Attachment> attach(IommuDevice device, IommuDomain domain) {
        for (IommuFwspec.Interface each : device.fwspec().interfaces()) {
            Iommu home = domain.home();
            if (home != null && home != each.iommu()) {
                return AttachRule.refused(
                        Errno.ENXIO,
                        "cannot attach to SMMU " + home.name() + " (upstream of "
                                + each.iommu().name() + ")",
                        domain.name() + " belongs to " + home.name() + ", and " + device + " is behind "
                                + each.iommu().name() + ": make a domain for it. Nothing has changed");
            }
        }
        if (device.heldDomain() != null) {
            device.disconnect();
        }
        device.connect(domain, each -> {
            if (domain.type().isPaging()) {
                domain.settle(each.iommu());
            }
            return 0;
        });
        return Outcome.done(Attachment.done(device, domain));
    }
}
