/**
 * The CPU's view: the kernel's address space (linear map, vmalloc area, highmem), processes with their mappings, and
 * the loads and stores that go through them.
 *
 * <p>Follows ARM's {@code mmu.c}, {@code mm/vmalloc.c}. Mappings are kept as areas, not as table words. Not modelled: the
 * TLB, kmap windows, the consistent region of Linux 3.4, modules and fixmap.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.cpu;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
