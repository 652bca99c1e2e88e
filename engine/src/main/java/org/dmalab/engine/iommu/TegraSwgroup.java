package org.dmalab.engine.iommu;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * The clients of Tegra30's memory controller, in groups that translate together; {@link #id} is the number in the
 * device tree ({@code dt-bindings/memory/tegra-swgroup.h}).
 */
public enum TegraSwgroup {
    DC(1, 0x240),
    DCB(2, 0x244),
    EPP(3, 0x248),
    G2(4, 0x24C),
    MPE(5, 0x264),
    VI(6, 0x280),
    AFI(7, 0x238),
    AVPC(8, 0x23C),
    NV(9, 0x268),
    NV2(10, 0x26C),
    HDA(11, 0x254),
    HC(12, 0x250),
    PPCS(13, 0x270),
    SATA(14, 0x278),
    VDE(15, 0x27C),
    ISP(18, 0x258);

    /** What translates together on Tegra30 ({@code tegra30_groups} of Linux 6.1). */
    private static final Set<Integer> DRM = Set.of(DC.id, DCB.id, G2.id, NV.id, NV2.id);

    private final int id;
    private final long offset;

    /** Who is shown a group and its register. */
    interface Visitor {
        void visit(TegraSwgroup swgroup, long offset);
    }

    TegraSwgroup(int id, long offset) {
        this.id = id;
        this.offset = offset;
    }

    /** Its number in the device tree. */
    public int id() {
        return id;
    }

    /** Where its ASID register is from the base of the memory controller. */
    long offset() {
        return offset;
    }

    /** The name of the group whose devices share a domain from Linux 6.1 on; empty for a device on its own. */
    static Optional<String> sharedGroup(IommuDevice device) {
        boolean drm = device.fwspec().interfaces().stream()
                .anyMatch(each -> each.iommu().model().equals(IommuModel.TEGRA30_SMMU)
                        && each.ids().stream().anyMatch(DRM::contains));
        return drm ? Optional.of("drm") : Optional.empty();
    }

    static void forEach(Visitor visitor) {
        for (TegraSwgroup each : values()) {
            visitor.visit(each, each.offset);
        }
    }

    /** Whether there is a group of that number. */
    static boolean isOne(int id) {
        return Arrays.stream(values()).anyMatch(each -> each.id == id);
    }

    /** The group of that number; there is one. */
    static TegraSwgroup of(int id) {
        for (TegraSwgroup each : values()) {
            if (each.id == id) {
                return each;
            }
        }
        throw new AssertionError("no swgroup of Tegra30: " + id);
    }
}
