package org.dmalab.engine.experiment;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.dmalab.engine.Soc;
import org.dmalab.engine.arm.AttributePolicy;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cost.Ledger;
import org.dmalab.engine.cpu.AddressSpace;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.dma.UserMapping;

/**
 * What each attribute costs and buys over the life of one buffer: allocated, shown to a process, handed to a second
 * device, filled by the first, looked at and changed by the CPU, freed. Each attribute set gets a freshly booted machine.
 */
public final class AttributeLatency {
    private static final List<String> OPERATIONS = List.of(
            "alloc",
            "mmap",
            "map for importer",
            "device write",
            "sync for CPU",
            "CPU read",
            "CPU write",
            "sync for device",
            "unmap importer",
            "free");

    private static final LatencyTable.Cell NOTHING_TO_SYNC =
            new LatencyTable.Cell(Double.NaN, List.of(), "not cached, nothing to sync");

    /** How much the CPU moves with one call; the events are per line all the same. */
    private static final int CHUNK = 64 << 10;

    private final Soc like;
    private final String device;
    private final String importer;
    private final int bytes;

    private AttributeLatency(Soc like, String device, String importer, int bytes) {
        this.like = like;
        this.device = device;
        this.importer = importer;
        this.bytes = bytes;
    }

    /**
     * Measures buffers of {@code bytes} that {@code device} allocates and {@code importer} maps, on machines built as
     * {@code soc} was; {@code soc} itself is left alone.
     *
     * @param bytes 1..64 MiB
     */
    public static LatencyTable measure(Soc soc, DmaDevice device, DmaDevice importer, long bytes) {
        if (bytes <= 0 || bytes > Bytes.mib(64)) {
            throw new IllegalArgumentException("bytes must be 1..64 MiB: " + bytes);
        }
        AttributeLatency run = new AttributeLatency(soc, device.name(), importer.name(), (int) bytes);
        AttributePolicy policy = soc.attributePolicy();
        return new LatencyTable(
                device.name() + " to " + importer.name() + ", the CPU touches every byte",
                bytes,
                OPERATIONS,
                marked(List.of(
                        run.row(policy),
                        run.row(policy, DmaAttribute.WRITE_COMBINE),
                        run.row(policy, DmaAttribute.NO_KERNEL_MAPPING),
                        run.row(AttributePolicy.MAINLINE, DmaAttribute.NON_CONSISTENT),
                        run.row(AttributePolicy.JUNE_2011, DmaAttribute.NON_CONSISTENT))),
                soc.source());
    }

    private LatencyTable.Row row(AttributePolicy policy, DmaAttribute... attributes) {
        Soc soc = like.toBuilder().attributes(policy).build();
        DmaDevice exporter = soc.device(device);
        List<LatencyTable.Cell> cells = new ArrayList<>();
        Stopwatch watch = new Stopwatch(soc);

        Outcome<DmaBuffer> outcome = exporter.tryAlloc(bytes, attributes);
        if (!(outcome instanceof Outcome.Done<DmaBuffer> done)) {
            return failed(label(policy, attributes), outcome);
        }
        DmaBuffer buffer = done.value();
        cells.add(watch.lap());
        long vmalloc = soc.kernel().vmallocUsed();
        UserMapping user = exporter.mmap(buffer, soc.newProcess(), attributes);
        cells.add(watch.lap());
        SgMapping imported =
                soc.device(importer).map(exporter.getSgtable(buffer, attributes), DmaDirection.BIDIRECTIONAL);
        cells.add(watch.lap());
        exporter.write(buffer.dmaAddr(), new byte[bytes]);
        cells.add(watch.lap());

        boolean syncs = user.type().cacheable();
        if (syncs) {
            exporter.syncForCpu(buffer, DmaDirection.FROM_DEVICE);
        }
        cells.add(syncs ? watch.lap() : NOTHING_TO_SYNC);
        AddressSpace space = buffer.hasKernelMapping() ? soc.kernel() : user.process();
        VirtAddr start =
                buffer.hasKernelMapping() ? buffer.cpuAddr() : user.range().start();
        touch(soc, space, start, false);
        cells.add(watch.lap());
        touch(soc, space, start, true);
        soc.cpu().barrier();
        cells.add(watch.lap());
        if (syncs) {
            exporter.syncForDevice(buffer, DmaDirection.TO_DEVICE);
        }
        cells.add(syncs ? watch.lap() : NOTHING_TO_SYNC);

        soc.device(importer).unmap(imported);
        cells.add(watch.lap());
        user.unmap();
        exporter.free(buffer, attributes);
        cells.add(watch.lap());
        return new LatencyTable.Row(label(policy, attributes), cells, note(user.type(), buffer, vmalloc));
    }

    private static LatencyTable.Row failed(String label, Outcome<DmaBuffer> outcome) {
        String errno = outcome.fold(buffer -> "", reason -> reason.errno().toString());
        LatencyTable.Cell cell = new LatencyTable.Cell(Double.NaN, List.of(), errno);
        return new LatencyTable.Row(label, Collections.nCopies(OPERATIONS.size(), cell), outcome.explain());
    }

    private void touch(Soc soc, AddressSpace space, VirtAddr start, boolean write) {
        for (int done = 0; done < bytes; done += CHUNK) {
            int piece = Math.min(CHUNK, bytes - done);
            if (write) {
                int stored = soc.cpu()
                        .write(space, start.plus(done), new byte[piece])
                        .orElseThrow(DmaFailure::new);
                assert stored == piece;
            } else {
                byte[] loaded = soc.cpu().read(space, start.plus(done), piece).orElseThrow(DmaFailure::new);
                assert loaded.length == piece;
            }
        }
    }

    private static String label(AttributePolicy policy, DmaAttribute... attributes) {
        if (attributes.length == 0) {
            return "none (coherent)";
        }
        String names = DmaAttrs.of(attributes).toString();
        return attributes[0] == DmaAttribute.NON_CONSISTENT ? names + ", " + policy : names;
    }

    private static String note(MemoryType type, DmaBuffer buffer, long vmalloc) {
        String space = Bytes.text(vmalloc) + " of vmalloc space";
        return buffer.hasKernelMapping()
                ? words(type) + "; " + space
                : space + ", for the page array only; the CPU goes through the user mapping";
    }

    /** Rows whose times equal those without attributes say so: there the attribute does nothing. */
    private static List<LatencyTable.Row> marked(List<LatencyTable.Row> rows) {
        List<LatencyTable.Row> marked = new ArrayList<>(rows.subList(0, 1));
        for (LatencyTable.Row row : rows.subList(1, rows.size())) {
            boolean same = row.cells().equals(rows.get(0).cells());
            marked.add(
                    same
                            ? new LatencyTable.Row(row.attributes(), row.cells(), "changes nothing here: " + row.note())
                            : row);
        }
        return marked;
    }

    private static String words(MemoryType type) {
        return switch (type) {
            case STRONGLY_ORDERED -> "strongly ordered memory";
            case DEVICE -> "device memory";
            case NORMAL_NONCACHEABLE -> "normal memory, not cached";
            case WRITE_THROUGH -> "cached, written through";
            case WRITE_BACK -> "cached, with explicit syncs";
        };
    }

    /** Simulated time from one lap to the next, by cause. */
    private static final class Stopwatch {
        private final Soc soc;
        private Ledger last;

        Stopwatch(Soc soc) {
            this.soc = soc;
            this.last = soc.ledger();
        }

        LatencyTable.Cell lap() {
            Ledger now = soc.ledger();
            Ledger spent = now.since(last);
            last = now;
            return new LatencyTable.Cell(
                    spent.nanos(),
                    spent.entries().stream()
                            .map(entry -> new LatencyTable.Part(entry.cause().text(), entry.nanos()))
                            .toList(),
                    "");
        }
    }
}
