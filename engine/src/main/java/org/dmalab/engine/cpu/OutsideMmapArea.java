package org.dmalab.engine.cpu;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;

/** A fixed address that leaves the addresses a process may map. */
public record OutsideMmapArea(VirtAddr start, long bytes, AddrRange<VirtAddr> window) implements Reason {
    @Override
    public Errno errno() {
        return Errno.ENOMEM;
    }

    @Override
    public String message() {
        return "mmap: " + Errno.ENOMEM.text();
    }

    @Override
    public String explain() {
        return "asked for " + Bytes.text(bytes) + " exactly at " + start + "; a process maps inside " + window
                + ": choose an address there, or none";
    }
}
