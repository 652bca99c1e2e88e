package org.dmalab.engine.pagetable;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.pagetable.IoPgtableConfig.Quirk;

/**
 * An io-pgtable of Linux 6.1 under test.
 *
 * @param config as its driver would give it
 * @param create an empty one
 */
record IoPgtableFormat(String name, IoPgtableConfig config, BiFunction<TableRam, FlushOps, IoPgtable> create) {
    static final long V7S_SIZES = Bytes.kib(4) | Bytes.kib(64) | Bytes.mib(1) | Bytes.mib(16);
    static final long SIZES_4K = Bytes.kib(4) | Bytes.mib(2) | Bytes.gib(1);
    static final long SIZES_16K = Bytes.kib(16) | Bytes.mib(32);
    static final long SIZES_64K = Bytes.kib(64) | Bytes.mib(512);

    static IoPgtableFormat v7s(String name, int ias, int oas, Set<Quirk> quirks) {
        IoPgtableConfig config = IoPgtableConfig.of(V7S_SIZES, ias, oas).withQuirks(quirks);
        return new IoPgtableFormat(
                name, config, (ram, flush) -> TableRam.made(V7sTable.create(ram.memory, config, flush)));
    }

    static IoPgtableFormat lpae(LpaeFormat format, long sizes, int ias, int oas) {
        IoPgtableConfig config = IoPgtableConfig.of(sizes, ias, oas);
        return new IoPgtableFormat(
                format + ", pages of " + Bytes.text(Long.lowestOneBit(sizes)) + ", ias " + ias + ", oas " + oas,
                config,
                (ram, flush) -> TableRam.made(LpaeTable.create(ram.memory, format, config, flush)));
    }

    /** The geometries of the kernel's selftests: v7s with NS, and 18 of long descriptors at both stages. */
    static Stream<IoPgtableFormat> ladder() {
        return Stream.concat(
                Stream.of(v7s("v7s, NS", 32, 32, EnumSet.of(Quirk.NS))),
                Stream.of(LpaeFormat.ARM_64_S1, LpaeFormat.ARM_64_S2)
                        .flatMap(format -> Stream.of(SIZES_4K, SIZES_16K, SIZES_64K)
                                .flatMap(sizes -> IntStream.of(32, 36, 40, 42, 44, 48)
                                        .mapToObj(ias -> lpae(format, sizes, ias, 48)))));
    }

    boolean isShort() {
        return name.startsWith("v7s");
    }

    @Override
    public String toString() {
        return name;
    }
}
