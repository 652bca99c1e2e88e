/**
 * Translation tables as words in RAM, each format in its own bits, with its writer and its walker.
 *
 * <p>The systems on a chip of 2011 and 2012: Samsung Exynos System MMU v1-v3 and v5, TI OMAP2-4, Qualcomm MSM, NVIDIA Tegra30
 * SMMU and Tegra20 GART. Sources: {@code drivers/iommu/} of Linux 3.14 and 6.1 for layouts and decisions, ARM DDI 0406C B3.5
 * for the short-descriptor shape most of them borrow.
 *
 * <p>ARM's own: {@link org.dmalab.engine.pagetable.ShortDescriptor short} and {@link
 * org.dmalab.engine.pagetable.LongDescriptor long} descriptors with the hardware that walks them for CPUs and SMMUs (ARM DDI
 * 0406C B3, ARM DDI 0487 D8), and {@link org.dmalab.engine.pagetable.V7sTable} and {@link
 * org.dmalab.engine.pagetable.LpaeTable}, which write them as {@code io-pgtable-arm-v7s.c} and {@code io-pgtable-arm.c} of Linux
 * 6.1. Not modelled of them: hardware that sets access flags and dirty bits, LPA2, FEAT_XNX, privileged-access-never, and
 * the effect of SCTLR.TRE = 0 on memory attributes.
 *
 * <p>What a driver did wrong is done here too and named by {@link org.dmalab.engine.pagetable.DriverQuirk}. Where a driver
 * follows a block's address as a table, the words in RAM there are read and written; where there is no RAM, the real machine
 * stops, and here the page is refused with EFAULT. Not modelled: physical addresses that a 32-bit kernel cannot name, which
 * are refused with ERANGE.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.pagetable;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
