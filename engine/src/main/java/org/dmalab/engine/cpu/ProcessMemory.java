package org.dmalab.engine.cpu;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PageFrames;
import org.dmalab.engine.memory.PhysicalMemory;

/**
 * Where the processes of a machine get their memory.
 *
 * @param ram what can be mapped at all
 * @param frames who uses which page, and who holds it in place
 * @param clear fills a page with zeros ({@code clear_user_highpage})
 * @param flush what unmapping owes the caches
 * @param user who is known to use a page that has no owner, in words; empty if nobody is
 */
public record ProcessMemory(
        PhysicalMemory ram,
        PageFrames frames,
        Consumer<PhysAddr> clear,
        AliasFlush flush,
        Function<PhysAddr, Optional<String>> user) {}
