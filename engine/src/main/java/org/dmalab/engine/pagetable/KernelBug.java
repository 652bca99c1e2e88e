package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/** The driver stops the machine: what it was asked for is the caller's mistake, and this driver does not survive it. */
public final class KernelBug extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private KernelBug(String message) {
        super(message);
    }

    /** {@code BUG_ON(size < SECT_SIZE)}: a part of a large page is to be unmapped. */
    static KernelBug partialUnmap(String driver, DmaAddr iova, PageSize asked, PageSize held) {
        return new KernelBug(driver + ": BUG: part of a larger page is unmapped [iova=" + iova + "] [asked=" + asked
                + "] [page=" + held + "]; unmap whole pages, as they were mapped");
    }

    /** A descriptor is followed to where there is no RAM. */
    static KernelBug wildWalk(String driver, DmaAddr iova, PhysAddr at, int descriptor, PhysAddr table) {
        return new KernelBug(driver + ": Unable to handle kernel paging request: a block is taken for a table [iova="
                + iova
                + "] [descriptor at " + at + " = " + Addresses.hex(Integer.toUnsignedLong(descriptor)) + "] [table="
                + table + "]; unmap whole pages, as they were mapped");
    }

    /** The driver follows the pointer to a table for which there was no memory. */
    static KernelBug noTable(String driver, DmaAddr iova, Reason reason) {
        return new KernelBug(
                driver + ": Unable to handle kernel NULL pointer dereference: no memory for the table of iova " + iova
                        + ": " + reason.message());
    }
}
