/**
 * The data caches between CPUs and RAM. Lines hold bytes, so a missing sync reads stale ones.
 *
 * <p>Follows ARM DDI 0406C A3.5 and B2.2 for memory types and maintenance, the Cortex-A9 MPCore for what CPUs see of each other's
 * lines, and {@code arch/arm/mm/cache-v7.S}, {@code cache-v6.S}, {@code cache-l2x0.c}, {@code proc-arm926.S} of Linux 3.14 and
 * 6.12 for what each direction of a transfer does. {@link org.dmalab.engine.cache.CacheHierarchy} moves bytes: an inner cache
 * and a write buffer for each CPU, PIPT, VIPT or VIVT, an outer cache or none, and fetches that nobody asked for. {@link
 * org.dmalab.engine.cache.TagCaches} counts misses and traffic of any number of levels without bytes, as Dinero IV does.
 *
 * <p>Not modelled: instruction caches, TLBs, address space identifiers in virtual tags, more than 16 ways where there are
 * bytes, reordering of accesses other than by the write buffer, a store buffer in the outer cache other than the CPUs' own, exclusive or inclusive
 * outer caches, locked-down ways. Maintenance by address reaches the inner caches of all CPUs, on an 11MPCore too; the barrier
 * that ends maintenance for a transfer drains every CPU's write buffer.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.cache;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
