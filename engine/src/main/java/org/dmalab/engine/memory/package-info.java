/**
 * RAM: sparse contents, banks and reserved memory, zones, the buddy allocator, and lists of scattered pieces.
 *
 * <p>Follows {@code mm/page_alloc.c} and {@code mm/vmstat.c} of Linux 3.4, 3.6 and 3.14 (the free lists decision for
 * decision; watermarks as 3.14 computes and checks them) and {@code lib/scatterlist.c}. The texts of {@code /proc} are those
 * of the version asked for, up to 6.12. Not modelled: per-CPU page lists, reclaim and compaction (a request that the
 * watermarks stop fails at once), several nodes, the slab allocator, and that tiny machines do not group pages by mobility.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.memory;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
