/**
 * Translation tables as words in RAM, each format in its own bits, with its writer and its walker.
 *
 * <p>The systems on a chip of 2011 and 2012: Samsung Exynos System MMU v1-v3 and v5, TI OMAP2-4, Qualcomm MSM, NVIDIA Tegra30
 * SMMU and Tegra20 GART. Sources: {@code drivers/iommu/} of Linux 3.14 and 6.1 for layouts and decisions, ARM DDI 0406C B3.5
 * for the short-descriptor shape most of them borrow.
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
