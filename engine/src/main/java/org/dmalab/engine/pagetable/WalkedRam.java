package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;

/** RAM as a walker reads it: a descriptor may name any address, but nearly always one in the bank of the root. */
final class WalkedRam {
    private final PhysicalMemory ram;
    private final long start;
    private final long bytes;

    WalkedRam(PhysicalMemory ram, PhysAddr root) {
        this.ram = ram;
        AddrRange<PhysAddr> bank = ram.banks().stream()
                .filter(each -> each.contains(root))
                .findFirst()
                .orElse(ram.banks().get(0));
        start = bank.start().value();
        bytes = bank.bytes();
    }

    /** Whether the word at {@code address}, a multiple of its size, can be read. */
    boolean holds(long address) {
        return Long.compareUnsigned(address - start, bytes) < 0 || ram.contains(new PhysAddr(address), 1);
    }

    int word(long address) {
        return ram.readWord(new PhysAddr(address));
    }

    long descriptor(long address) {
        return ram.readLong(new PhysAddr(address));
    }
}
