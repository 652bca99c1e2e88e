package org.dmalab.engine.cpu;

import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;

/** What a CPU's table walk answers for some set of virtual addresses. */
public interface AddressSpace {
    /**
     * Where a virtual address leads.
     *
     * @param phys the byte in RAM
     * @param type how the CPU treats accesses
     */
    record Place(PhysAddr phys, MemoryType type) {}

    /** Where a load from {@code address} goes; the answer holds to the end of its page. Fails with {@link CpuFault}. */
    Outcome<Place> resolve(VirtAddr address);

    /** Where a store to {@code address} goes: as {@link #resolve}, if stores are allowed there. */
    default Outcome<Place> resolveStore(VirtAddr address) {
        return resolve(address);
    }
}
