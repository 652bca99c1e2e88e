package org.dmalab.engine.cpu;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;

/**
 * A load or store at the cookie of a buffer without a kernel mapping. Linux does not stop it; the lab does.
 *
 * @param address what the CPU used
 */
public record CookieDereference(VirtAddr address) implements Reason {
    @Override
    public Errno errno() {
        return Errno.EFAULT;
    }

    @Override
    public String message() {
        return "DMA Lab: the CPU uses a cookie as an address [cookie=" + address + "]";
    }

    @Override
    public String explain() {
        return address
                + " is what alloc returned with NO_KERNEL_MAPPING: the kernel's own array of page pointers, not the"
                + " buffer. Linux would not stop this: a load reads pointers, a store destroys them. mmap the buffer and use it"
                + " there, or allocate it without the attribute";
    }
}
