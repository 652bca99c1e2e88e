package org.dmalab.engine.cpu;

import java.util.Locale;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;

/** No room in the vmalloc area. */
public record VmallocFailure(long bytes, long freeBytes, long largestHole, AddrRange<VirtAddr> window)
        implements Reason {
    @Override
    public Errno errno() {
        return Errno.ENOMEM;
    }

    @Override
    public String message() {
        return "vmap allocation for size " + (bytes + PageSize.PAGE_BYTES)
                + " failed: use vmalloc=<size> to increase size.";
    }

    @Override
    public String explain() {
        return String.format(
                Locale.ROOT,
                "asked for %s of kernel addresses and a guard page in the vmalloc area %s of %s; %s are free, the largest hole has %s"
                        + " (alloc_vmap_area() answers -EBUSY, its callers get NULL and return -ENOMEM):"
                        + " free a buffer, boot with a larger vmalloc=, or allocate with NO_KERNEL_MAPPING if the driver never"
                        + " touches the data",
                Bytes.text(bytes),
                window,
                Bytes.text(window.bytes()),
                Bytes.text(freeBytes),
                Bytes.text(largestHole));
    }
}
