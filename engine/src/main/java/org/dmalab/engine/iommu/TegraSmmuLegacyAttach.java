package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/**
 * {@code tegra-smmu.c} of Linux 3.14: a domain takes one of the SMMU's address spaces when it is made, and an attach sets
 * the ASID register of every swgroup of the device.
 *
 * <p>QUIRK: if one of the registers is set already, the attach is EBUSY and the registers of all swgroups of the device are
 * cleared: a second attach leaves a device untranslated that was translated before. A third finds the registers free and the
 * device in the domain's list, and is EINVAL.
 */
final class TegraSmmuLegacyAttach implements AttachRule {
    static final long ENABLE = 1L << 31;
    private static final long ASID = 0x7F;

    /** What is done to the ASID register of a swgroup. */
    interface Change {
        void of(IommuRegisters registers, long offset);
    }

    static void eachRegister(IommuDevice device, Change change) {
        for (IommuFwspec.Interface each : device.fwspec().interfaces()) {
            for (int id : each.ids()) {
                change.of(each.iommu().registers(), TegraSwgroup.of(id).offset());
            }
        }
    }

    @Override
    public Outcome<Iommu> room(Iommu iommu) {
        return iommu.freeBanks() > 0
                ? Outcome.done(iommu)
                : Outcome.failed(
                        new AttachRefusal(
                                Errno.EAGAIN,
                                "no free AS",
                                iommu.name() + " has " + iommu.banks()
                                        + " address spaces, and each domain takes one when it is made: share a domain between devices"));
    }

    @Override
    public void made(Iommu iommu, IommuDomain domain) {
        int asid = iommu.bankFor(domain);
        assert asid < iommu.banks();
    }

    @Override
    public Outcome<Attachment> attach(IommuDevice device, IommuDomain domain) {
        if (device.fwspec().interfaces().stream().allMatch(each -> each.ids().isEmpty())) {
            return AttachRule.refused(
                    Errno.EINVAL,
                    "smmu_iommu_attach_dev: " + Errno.EINVAL.text(),
                    device + " has no map of swgroups. Nothing has changed");
        }
        long mask = ENABLE | device.fwspec().interfaces().get(0).iommu().bankFor(domain);
        if (isBusy(device, mask)) {
            clear(device, mask);
            return AttachRule.refused(
                    Errno.EBUSY,
                    "smmu_iommu_attach_dev: " + Errno.EBUSY.text(),
                    "a swgroup of " + device + " has an address space already [held=" + device.heldDomain()
                            + "]. QUIRK of Linux 3.14: the failed attach has switched translation off for all swgroups of "
                            + device
                            + "; its addresses go to memory untranslated until it is detached and attached again");
        }
        if (domain.devices().contains(device)) {
            clear(device, mask);
            return AttachRule.refused(
                    Errno.EINVAL,
                    device + " is already attached",
                    device + " is in the list of " + domain.name()
                            + ", though translation is switched off for its swgroups. Detach it first");
        }
        eachRegister(device, (registers, offset) -> registers.set(offset, registers.read(offset) | mask));
        device.connect(domain, each -> (int) (mask & ASID));
        return Outcome.done(Attachment.done(device, domain));
    }

    private static boolean isBusy(IommuDevice device, long mask) {
        boolean[] busy = new boolean[1];
        eachRegister(device, (registers, offset) -> busy[0] |= (registers.read(offset) & mask) != 0);
        return busy[0];
    }

    private static void clear(IommuDevice device, long mask) {
        eachRegister(device, (registers, offset) -> registers.set(offset, registers.read(offset) & ~mask));
        device.contexts().forEach((each, context) -> each.iommu().silence(each, context));
    }

    @Override
    public void detach(IommuDevice device) {
        IommuDomain held = device.domain().orElseThrow();
        clear(device, ENABLE | device.fwspec().interfaces().get(0).iommu().bankFor(held));
        device.disconnect();
    }
}
