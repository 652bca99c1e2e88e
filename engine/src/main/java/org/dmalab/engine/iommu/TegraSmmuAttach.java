package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/**
 * {@code tegra-smmu.c} of Linux 6.1: a domain takes an ASID when its first device comes, and the ASID registers of the
 * device's swgroups are overwritten.
 */
final class TegraSmmuAttach implements AttachRule {
    @Override
    public Outcome<Attachment> attach(IommuDevice device, IommuDomain domain) {
        List<IommuFwspec.Interface> interfaces = device.fwspec().interfaces();
        if (interfaces.stream().allMatch(each -> each.ids().isEmpty())) {
            return AttachRule.refused(
                    Errno.ENODEV,
                    "tegra_smmu_attach_dev: " + Errno.ENODEV.text(),
                    device + " has no swgroup. Nothing has changed");
        }
        Iommu iommu = interfaces.get(0).iommu();
        if (!iommu.hasBank(domain) && iommu.freeBanks() == 0) {
            return AttachRule.refused(
                    Errno.ENOSPC,
                    "tegra_smmu_attach_dev: " + Errno.ENOSPC.text(),
                    iommu.name() + " has no free ASID: all " + iommu.banks() + " are in use. Nothing has changed");
        }
        int asid = iommu.bankFor(domain);
        TegraSmmuLegacyAttach.eachRegister(
                device, (registers, offset) -> registers.set(offset, TegraSmmuLegacyAttach.ENABLE | asid));
        if (device.heldDomain() != null) {
            device.disconnect();
        }
        device.connect(domain, each -> asid);
        return Outcome.done(Attachment.done(device, domain));
    }

    @Override
    public void detach(IommuDevice device) {
        IommuDomain held = device.domain().orElseThrow();
        TegraSmmuLegacyAttach.eachRegister(device, (registers, offset) -> registers.set(offset, 0));
        device.disconnect();
        if (held.devices().isEmpty()) {
            List<Iommu> of = new ArrayList<>();
            device.fwspec().interfaces().forEach(each -> of.add(each.iommu()));
            of.get(0).freeBankOf(held);
        }
    }
}
