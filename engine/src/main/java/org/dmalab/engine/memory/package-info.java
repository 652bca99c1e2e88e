/**
 * RAM: sparse contents, banks and reserved memory, zones, the buddy allocator, who uses movable pages and who holds them,
 * contiguous memory areas, the pools of atomic callers and of single devices, lists of scattered pieces, and what RAM would
 * hold without caches.
 *
 * <p>Follows {@code mm/page_alloc.c} of Linux 3.4, 3.6 and 3.14 (the free lists decision for decision; watermarks as 3.14
 * computes and checks them), {@code mm/migrate.c}, {@code mm/vmstat.c}, {@code drivers/base/dma-contiguous.c} and
 * {@code dma-coherent.c} of 3.14, {@code mm/cma.c} and {@code kernel/dma/coherent.c} of 6.12, {@code lib/scatterlist.c} and
 * {@code lib/bitmap.c}. The texts of {@code /proc} are those of the version asked for, up to 6.12. Not modelled: per-CPU page
 * lists, reclaim and compaction (a request that the watermarks stop fails at once), several nodes, the slab allocator, that
 * tiny machines do not group pages by mobility, two contiguous allocations at the same time, and CMA on a kernel whose
 * largest blocks are not of the size of a pageblock. A range that {@code free_contig_range} gives back comes in the largest
 * aligned blocks instead of page by page, which leaves the same lists.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.memory;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
