package org.dmalab.engine.iommu;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Which IOMMUs a device's accesses pass, and by which numbers they know it ({@code struct iommu_fwspec}, the {@code iommus}
 * and {@code iommu-names} of its node). Empty for a device that sees physical addresses.
 *
 * @param interfaces one for each way to memory; all but a few devices have one
 */
public record IommuFwspec(List<Interface> interfaces) {
    /** A device without an IOMMU. */
    public static final IommuFwspec NONE = new IommuFwspec(List.of());

    /**
     * One way to memory.
     *
     * @param name {@code left}; empty if it is the only one
     * @param iommu the instance it passes
     * @param ids the numbers it puts beside its addresses: stream ids, Qualcomm's MIDs, Tegra's swgroups; 0 where the IOMMU
     *     has one master
     * @param bank the context bank that Linux 3.14 gives these ids by platform data (Qualcomm); 0 elsewhere
     */
    public record Interface(String name, Iommu iommu, List<Integer> ids, int bank) {
        public Interface {
            ids = List.copyOf(ids);
            if (bank < 0 || bank >= iommu.banks()) {
                throw new IllegalArgumentException(
                        "bank of " + iommu.name() + " must be 0.." + (iommu.banks() - 1) + ": " + bank);
            }
            for (int id : ids) {
                if (id < 0 || id > StreamTable.LAST_ID) {
                    throw new IllegalArgumentException("id must be 0.." + StreamTable.LAST_ID + ": " + id);
                }
                if (iommu.model().equals(IommuModel.TEGRA30_SMMU) && !TegraSwgroup.isOne(id)) {
                    throw new IllegalArgumentException("swgroup must be one of Tegra30's: " + id);
                }
            }
        }

        /** The only one of its device, with id 0. */
        public static Interface only(Iommu iommu) {
            return new Interface("", iommu, List.of(0), 0);
        }

        /** {@code left, 13620000.sysmmu}. */
        @Override
        public String toString() {
            return (name.isEmpty() ? "" : name + ", ") + iommu.name();
        }
    }

    public IommuFwspec {
        interfaces = List.copyOf(interfaces);
        for (Interface each : interfaces) {
            if (!each.iommu().model().equals(interfaces.get(0).iommu().model())) {
                // iommu_fwspec_init: -EINVAL for a second driver
                throw new IllegalArgumentException("IOMMUs of one device must have one driver: "
                        + interfaces.get(0).iommu().model() + " and "
                        + each.iommu().model());
            }
        }
    }

    /** Whether the device has no IOMMU. */
    public boolean isEmpty() {
        return interfaces.isEmpty();
    }

    /** The interface of that name, or the first for the empty name. */
    Interface named(String name) {
        for (Interface each : interfaces) {
            if (name.isEmpty() || each.name().equals(name)) {
                return each;
            }
        }
        if (interfaces.size() < 2) {
            throw new IllegalArgumentException("interface " + name
                    + " must be the only one, which has no name: the device"
                    + (interfaces.isEmpty() ? " has no IOMMU" : " has one way to memory, behind " + interfaces.get(0)));
        }
        throw new IllegalArgumentException("interface must be one of "
                + interfaces.stream().map(Interface::name).collect(Collectors.joining(", ")) + ": " + name);
    }
}
