/**
 * RAM: sparse contents, zones, the buddy allocator, who uses movable pages and who holds them, contiguous memory areas, the
 * pools of atomic callers and of single devices, and lists of scattered pieces.
 *
 * <p>Follows {@code mm/page_alloc.c}, {@code mm/migrate.c}, {@code mm/vmstat.c}, {@code drivers/base/dma-contiguous.c} and
 * {@code dma-coherent.c} of Linux 3.14, {@code mm/cma.c} and {@code kernel/dma/coherent.c} of 6.12, and
 * {@code lib/scatterlist.c} and {@code lib/bitmap.c}. Not modelled: per-CPU page lists, watermarks, the slab allocator,
 * reclaim and compaction, two contiguous allocations at the same time, and CMA on a kernel whose blocks are larger than a
 * pageblock. A frame that is given back by {@code free_contig_range} comes back in the largest aligned blocks instead of page
 * by page, which leaves the same lists.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.memory;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
