package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.IovaSpace;
import org.dmalab.engine.experiment.Churn;
import org.dmalab.engine.experiment.FragmentationHistory;
import org.dmalab.engine.experiment.FragmentationHistory.Measure;
import org.dmalab.engine.iova.IovaDomain;
import org.dmalab.engine.iova.IovaPolicy;
import org.dmalab.engine.iova.IovaWalk;
import org.dmalab.engine.iova.NoIovaSpace;

/** Windows of DMA addresses without a board, compared, for the tests of their pictures. */
final class IovaExamples {
    private static final AddrRange<DmaAddr> GIB = new AddrRange<>(new DmaAddr(0xc0000000L), Bytes.gib(1));

    private static final IovaPolicy WITHOUT = IovaPolicy.unaligned(IovaWalk.V5_10);

    private IovaExamples() {}

    /** The calls of the retry's commit message, with 2 MiB asked for at the end. */
    static IovaSpace reported(IovaPolicy policy) {
        IovaSpace space = new IovaSpace(GIB, policy);
        space.alloc("camera", Bytes.mib(500));
        DmaAddr codec = space.alloc("codec", Bytes.mib(12));
        space.alloc("display", Bytes.mib(499));
        space.free(codec);
        space.alloc("camera", Bytes.mib(13));
        Outcome<DmaAddr> two = space.tryAlloc("network", Bytes.mib(2));
        if (two.isFailed() != policy.name().equals(WITHOUT.name())) {
            throw new AssertionError(policy + ": " + two);
        }
        return space;
    }

    private static IovaMap crumbs() {
        IovaSpace space = new IovaSpace(GIB, IovaPolicy.BEST_FIT);
        List<DmaAddr> given = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            given.add(space.alloc(i % 9 + Examples.HOSTILE, Bytes.mib(1 + i % 13)));
        }
        for (int i = 0; i < 60; i += 3) {
            space.free(given.get(i));
        }
        return space.map();
    }

    static List<List<IovaMap>> comparisons() {
        IovaSpace without = reported(WITHOUT);
        List<IovaMap> all = IovaPolicy.shipped().stream()
                .map(policy -> without.replay(policy).map())
                .toList();
        return List.of(
                List.of(
                        without.map(),
                        reported(IovaPolicy.unaligned(IovaWalk.V6_1)).map()),
                all,
                List.of(crumbs(), crumbs().mark(GIB.start()), crumbs().mark(new DmaAddr(0xffffffffL))),
                List.of(new IovaSpace(GIB, IovaPolicy.BUDDY).map()));
    }

    /** One policy and many, names that are too long, and an allocator that does not count what it looks at. */
    static List<FragmentationHistory> histories() {
        Churn churn = Churn.of(new AddrRange<>(new DmaAddr(0xfc000000L), Bytes.mib(64)))
                .operations(400);
        List<IovaPolicy> many = new ArrayList<>(IovaPolicy.shipped());
        many.add(IovaPolicy.of(Examples.HOSTILE, (bytes, holes) -> Optional.empty()));
        many.add(new IovaPolicy("counts nothing", Refusing::new));
        List<FragmentationHistory> histories = new ArrayList<>(List.of(churn.over(1, IovaPolicy.BEST_FIT)));
        for (Measure measure : Measure.values()) {
            histories.add(churn.over(3, many).show(measure));
        }
        return histories;
    }

    static List<Canvas> canvases() {
        List<Canvas> canvases = new ArrayList<>();
        comparisons().forEach(maps -> canvases.add(IovaComparisonView.canvas(IovaComparisonView.finding(maps), maps)));
        histories().forEach(history -> canvases.add(FragmentationHistoryView.canvas(history)));
        return canvases;
    }

    static List<Object> pictures() {
        List<Object> pictures = new ArrayList<>(histories());
        comparisons().forEach(maps -> pictures.add(new Picture(Renderers.compare(maps))));
        pictures.add(reported(IovaPolicy.unaligned(IovaWalk.V6_1)));
        return pictures;
    }

    private record Refusing(AddrRange<DmaAddr> window) implements IovaDomain {
        @Override
        public Outcome<DmaAddr> alloc(long bytes) {
            return Outcome.failed(NoIovaSpace.of(this, bytes, 1));
        }

        @Override
        public void free(DmaAddr iova, long bytes) {
            throw new IllegalArgumentException("nothing was given: " + iova);
        }

        @Override
        public long granuleBytes() {
            return 1;
        }

        @Override
        public long freeBytes() {
            return 0;
        }

        @Override
        public long largestHole() {
            return 0;
        }
    }
}
