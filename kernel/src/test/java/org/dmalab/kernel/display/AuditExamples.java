package org.dmalab.kernel.display;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.AliasAudit.Alias;
import org.dmalab.engine.dma.AliasAudit.Copy;

/** Audits, for the tests of their tables. */
final class AuditExamples {
    private AuditExamples() {}

    static Alias alias(String who, long address, long stale) {
        return new Alias(
                who,
                new VirtAddr(address),
                4096,
                Optional.of(MemoryType.WRITE_BACK),
                stale,
                stale == 0 ? Optional.empty() : Optional.of(new PhysAddr(0x40001040L)));
    }

    static AliasAudit audit(List<Alias> aliases, String... hazards) {
        return new AliasAudit(
                "buffer of fimc0",
                new PhysAddr(0x40001000L),
                4096,
                aliases,
                List.of(new Copy("L1 of CPU0", 64, 0, 64), new Copy("RAM", 4096, 0, 0)),
                "fimc0 at 40 µs",
                List.of(hazards),
                "41.3 µs",
                Examples.BOARD);
    }

    static AliasAudit lying() {
        return audit(
                List.of(
                        alias("kernel, linear map", 0xc0001000L, 64),
                        new Alias(
                                "process 1",
                                new VirtAddr(0xb6f00000L),
                                4096,
                                Optional.of(MemoryType.NORMAL_NONCACHEABLE),
                                0,
                                Optional.empty()),
                        new Alias("fimc0", new DmaAddr(0x20000000L), 4096, Optional.empty(), 0, Optional.empty())),
                "the linear map is cached and process 1's mapping is not: a dirty line of one overwrites the other's stores");
    }

    static AliasAudit hostile() {
        Alias alias = new Alias(Examples.HOSTILE, new DmaAddr(-1), 1, Optional.empty(), 1, Optional.empty());
        return new AliasAudit(
                Examples.HOSTILE,
                new PhysAddr(0),
                1,
                Collections.nCopies(100, alias),
                Collections.nCopies(100, new Copy(Examples.HOSTILE, 1, 1, 1)),
                Examples.HOSTILE,
                Collections.nCopies(100, Examples.HOSTILE),
                Examples.HOSTILE,
                Examples.HOSTILE);
    }

    static AliasAudit empty() {
        return new AliasAudit("nothing", new PhysAddr(0), 0, List.of(), List.of(), "nobody", List.of(), "", "");
    }
}
