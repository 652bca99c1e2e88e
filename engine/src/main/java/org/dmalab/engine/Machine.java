package org.dmalab.engine;

import java.util.Collection;
import java.util.List;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cost.SimClock;
import org.dmalab.engine.cpu.KernelAddressSpace;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.CpuTurns;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.memory.CmaArea;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ShadowMemory;

/**
 * The parts of a machine that its views look at; looking changes nothing.
 *
 * @param board what it was put together from
 * @param layout how its kernel laid memory out
 * @param truth what RAM would hold without caches
 * @param processes all of them, those that are yet to come included
 * @param devices all of them
 * @param turns what of their mappings the CPU may look at
 * @param source the words under every picture
 */
record Machine(
        Board board,
        MemoryLayout layout,
        PhysicalMemory ram,
        ShadowMemory truth,
        PageAllocator pages,
        CacheHierarchy caches,
        KernelAddressSpace kernel,
        List<CmaArea> cmaAreas,
        List<UserAddressSpace> processes,
        Collection<DmaDevice> devices,
        CpuTurns turns,
        SimClock clock,
        String source) {}
