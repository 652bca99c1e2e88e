package org.dmalab.engine;

import java.util.List;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheGeometry;
import org.dmalab.engine.cost.CortexA9;

/** The boards that are known by name. */
public final class Boards {
    private Boards() {}

    /**
     * Samsung Exynos 4412 on an Odroid-X or Origen: four Cortex-A9 at 1.4 GHz behind a PL310 of 1 MiB, 1 GiB of RAM, a
     * System MMU for every media device ({@code arch/arm/boot/dts/exynos4.dtsi}, {@code exynos4x12.dtsi}).
     *
     * <p>The display devices share one window of 1 GiB, as {@code exynos_drm_iommu.c} sets it up; each media device has
     * 128 MiB in granules of 64 KiB, as the vendor's trees of 2012 did. The codec {@code mfc} sits behind two System MMUs,
     * {@code fimc-is} behind four. {@code sdhci2} stands for the devices without an IOMMU.
     */
    public static Board exynos4412() {
        return ExynosBoards.exynos4412();
    }

    /**
     * Samsung Exynos 4210 on an Origen: two Cortex-A9 at 1.2 GHz behind a PL310 of 1 MiB, 1 GiB of RAM ({@code
     * exynos4210.dtsi}). Windows as on {@link #exynos4412}; a second display controller, no camera processor.
     */
    public static Board exynos4210() {
        return ExynosBoards.exynos4210();
    }

    /**
     * TI OMAP4430 on a PandaBoard: two Cortex-A9 at 1 GHz behind a PL310 of 1 MiB, 1 GiB of RAM. The remote processors
     * {@code dsp} and {@code ipu} sit behind an MMU each, switched off until a driver attaches a domain; their firmware's
     * memory is taken out of the kernel's. The display {@code dss} has none and takes contiguous memory.
     */
    public static Board omap4430() {
        return OmapBoards.omap4430();
    }

    /**
     * Qualcomm MSM8660: two Scorpion at 1.5 GHz behind 512 KiB (eight ways: assumed), 1 GiB of RAM (assumed), twelve IOMMUs
     * ({@code arch/arm/mach-msm/devices-iommu.c}), off until a driver attaches a domain. A device is a context with its
     * MIDs, as {@code msm_iommu_get_ctx} names it: {@code mdp_vg1}. Every price is that of a Cortex-A9.
     */
    public static Board msm8660() {
        return MsmBoards.msm8660();
    }

    /**
     * NVIDIA Tegra20 on a Harmony or Ventana: two Cortex-A9 at 1 GHz behind a PL310 of 1 MiB, 1 GiB of RAM at physical address
     * 0. The GART translates 32 MiB at 0x58000000 for all devices alike and lets every other address pass.
     */
    public static Board tegra20() {
        return TegraBoards.tegra20();
    }

    /**
     * NVIDIA Tegra30 on a Cardhu: four Cortex-A9 at 1.3 GHz behind a PL310 of 1 MiB, 1 GiB of RAM, an SMMU with four address
     * spaces, off for each swgroup until a driver attaches a domain. The boot loader's picture, from which {@code dc} scans out, is
     * the reserved region {@code framebuffer}: the last 8 MiB of RAM (size and place: assumed).
     */
    public static Board tegra30() {
        return TegraBoards.tegra30();
    }

    /**
     * Freescale i.MX6 Quad on a Sabre Lite: four Cortex-A9 at 1 GHz behind a PL310 of 1 MiB, 1 GiB of RAM, no IOMMU: every
     * device takes contiguous memory.
     */
    public static Board imx6q() {
        return new Board(
                "imx6q",
                BoardParts.cortexA9("Cortex-A9 1.0 GHz", 4, new CacheGeometry(Bytes.mib(1), 16, 32)),
                BoardParts.memory(new PhysAddr(0x10000000L), Bytes.gib(1)),
                CortexA9.at(1000),
                List.of(),
                List.of(),
                List.of(wide("ipu1"), wide("ipu2"), wide("vpu"), wide("gpu"), BoardParts.direct("usdhc3")));
    }

    /**
     * Rockchip RK3288: four Cortex-A17 at 1.8 GHz behind 1 MiB, lines of 64 bytes, 2 GiB of RAM at physical address 0. Its IOMMUs
     * are not modelled: every device sees physical addresses. Every price is that of a Cortex-A9.
     */
    public static Board rk3288() {
        return new Board(
                "rk3288",
                BoardParts.cores("Cortex-A17 1.8 GHz", 4, 64, new CacheGeometry(Bytes.mib(1), 16, 64)),
                BoardParts.memory(new PhysAddr(0), Bytes.gib(2)),
                CortexA9.at(1800).standingFor("Cortex-A17 1800 MHz"),
                List.of(),
                List.of(),
                List.of(wide("vopb"), wide("vopl"), wide("vpu"), BoardParts.direct("sdmmc")));
    }

    /**
     * Xilinx Zynq-7000 on a ZedBoard: two Cortex-A9 at 667 MHz behind a PL310 of 512 KiB, 512 MiB of RAM at physical address
     * 0, no IOMMU. A DMA engine in the fabric can be wired to one of the HP ports, below the caches, or to the ACP, which
     * goes through them.
     */
    public static Board zynq7000() {
        return new Board(
                "zynq7000",
                BoardParts.cortexA9("Cortex-A9 667 MHz", 2, new CacheGeometry(Bytes.kib(512), 8, 32)),
                BoardParts.memory(new PhysAddr(0), Bytes.mib(512)),
                CortexA9.at(667),
                List.of(),
                List.of(),
                List.of(wide("axidma-hp"), wide("axidma-acp").on(Board.Port.SNOOPED, true)));
    }

    /**
     * A 64-bit machine of which RAM is looked at, {@code bytes} of it from address 0: the caches of a Raspberry Pi 4, whose first
     * GiB is zone DMA; DMA32 to 4 GiB and Normal above; pageblocks of 2 MiB. It has no devices and no CMA, and nothing on it
     * takes time.
     *
     * @param bytes whole MiB, 32 MiB..64 GiB
     */
    public static Board arm64(long bytes) {
        return Arm64Boards.arm64(bytes);
    }

    /** A device without an IOMMU that takes DMA segments of any length. */
    private static Board.Master wide(String name) {
        return Board.Master.nonCoherent(name, "", List.of(), Board.ANY_SEGMENT);
    }
}
