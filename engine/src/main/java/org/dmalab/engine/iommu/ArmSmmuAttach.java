package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/** {@code arm-smmu.c} of Linux 6.1: a domain lives in a context bank of one SMMU; the stream map entries of a device name it. */
final class ArmSmmuAttach implements AttachRule {
    @Override
    public Outcome<Attachment> attach(IommuDevice device, IommuDomain domain) {
        for (IommuFwspec.Interface each : device.fwspec().interfaces()) {
            Iommu home = domain.home();
            if (home != null && home != each.iommu()) {
                return AttachRule.refused(
                        Errno.EINVAL,
                        "cannot attach to SMMU " + each.iommu().name() + " whilst already attached to domain on SMMU "
                                + home.name(),
                        domain.name() + " lives in a context bank of " + home.name() + ", and " + device + " is behind "
                                + each.iommu().name() + ": make a domain for it. Nothing has changed");
            }
            if (domain.type().isPaging() && home == null && each.iommu().freeBanks() == 0) {
                return AttachRule.refused(
                        Errno.ENOSPC,
                        "arm_smmu_attach_dev: " + Errno.ENOSPC.text(),
                        each.iommu().name() + " has no free context bank: all "
                                + each.iommu().banks() + " are in use. Nothing has changed");
            }
        }
        if (device.heldDomain() != null) {
            device.disconnect();
        }
        device.connect(domain, each -> {
            if (!domain.type().isPaging()) {
                return 0;
            }
            domain.settle(each.iommu());
            return each.iommu().bankFor(domain);
        });
        return Outcome.done(Attachment.done(device, domain));
    }
}
