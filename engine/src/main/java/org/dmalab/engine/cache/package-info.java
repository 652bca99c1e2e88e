/**
 * The data caches between a CPU and RAM. Lines hold bytes, so a missing sync reads stale ones.
 *
 * <p>Follows ARM DDI 0406C B2.2 and {@code arch/arm/mm/cache-v7.S}, {@code cache-l2x0.c} of Linux 3.14 for what each
 * direction of a transfer does. Modelled: one inner cache (PIPT) and one outer cache behind it, write-back with
 * write-allocate, least-recently-used replacement. Not modelled: more than one inner cache, virtually indexed caches,
 * speculation, the write buffer.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.cache;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
