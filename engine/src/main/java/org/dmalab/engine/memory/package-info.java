/**
 * RAM: sparse contents and what they should be, zones, the buddy allocator, and lists of scattered pieces.
 *
 * <p>Follows {@code mm/page_alloc.c} and {@code mm/vmstat.c} of Linux 3.14 and {@code lib/scatterlist.c}. Not modelled:
 * per-CPU page lists, watermarks, contiguous memory areas (their pageblocks are), migration, the slab allocator.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.memory;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
