/**
 * The CPU's view: the kernel's address space (linear map, vmalloc area, kmap slots, the consistent region of Linux 3.4),
 * processes with their mappings, and the loads and stores that go through them.
 *
 * <p>Follows ARM's {@code mmu.c}, {@code mm/vmalloc.c}, {@code mm/highmem.c}, {@code mm/mmap.c}, and {@code vmregion.c} of
 * Linux 3.4. Mappings are kept as areas, and as a type per page where lowmem is mapped by pages; not as table words. Not
 * modelled: the TLB, lazily purged vmalloc areas (an address is free as soon as it is unmapped), static mappings, modules,
 * device registers, merging of neighbouring VMAs, cache colouring of user addresses, page faults that bring pages in.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.cpu;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
