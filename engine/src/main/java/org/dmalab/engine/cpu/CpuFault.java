package org.dmalab.engine.cpu;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;

/**
 * The CPU used an address that leads nowhere, or nowhere it may go.
 *
 * @param address what it used
 * @param kernel whether in the kernel's space
 * @param why what was found there
 * @param advice what to do instead
 */
public record CpuFault(VirtAddr address, boolean kernel, String why, String advice) implements Reason {
    @Override
    public Errno errno() {
        return Errno.EFAULT;
    }

    @Override
    public String message() {
        return kernel
                ? "Unable to handle kernel paging request at virtual address " + hexDigits()
                : "unhandled page fault (11) at " + address;
    }

    private String hexDigits() {
        return address.toString().substring(2);
    }

    @Override
    public String explain() {
        return "the CPU used virtual address " + address + ": " + why + "; " + advice;
    }
}
