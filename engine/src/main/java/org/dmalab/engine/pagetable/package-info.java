/**
 * Translation tables as words in RAM, each format in its own bits, with its writer and its walker.
 *
 * <p>So far the Samsung Exynos System MMU v1-v3. Sources: {@code drivers/iommu/exynos-iommu.c} of Linux 3.14 for layout and
 * decisions, ARM DDI 0406C B3.5 for the short-descriptor form it borrows.
 *
 * <p>Not modelled: Linux 3.14 follows a section as if it were a table when a small page is mapped into it, and corrupts
 * memory; here that is refused with EADDRINUSE, as later versions do.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.pagetable;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
