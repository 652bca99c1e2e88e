package org.dmalab.engine.iommu;

import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;

/** Why a translation is not loaded into the IO-TLB to stay. */
public sealed interface LockRefusal extends Reason {
    /** {@code LOCK.base} is behind the last line. */
    record AllLocked(String iommu, DmaAddr iova, int entries) implements LockRefusal {
        @Override
        public Errno errno() {
            return Errno.EBUSY;
        }

        @Override
        public String message() {
            return iommu + ": every IO-TLB entry is locked [iova=" + iova + "] [entries=" + entries + "]";
        }

        @Override
        public String explain() {
            return "all " + entries + " entries of the IO-TLB of " + iommu + " are locked, none is left for IOVA "
                    + iova + ": flush the whole IO-TLB, which unlocks them, lock larger pages, or lock each page once"
                    + " (QUIRK: a page that is locked again takes one more entry)";
        }
    }

    /** The table has no page there. */
    record NothingMapped(String iommu, DmaAddr iova) implements LockRefusal {
        @Override
        public Errno errno() {
            return Errno.EFAULT;
        }

        @Override
        public String message() {
            return iommu + ": no page to load into the IO-TLB [iova=" + iova + "]";
        }

        @Override
        public String explain() {
            return "the table of " + iommu + " maps nothing at IOVA " + iova + ": map the page first";
        }
    }
}
