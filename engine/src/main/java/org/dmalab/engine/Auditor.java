package org.dmalab.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dmalab.engine.base.Addr;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.Durations;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.LineCopy;
import org.dmalab.engine.cpu.Alias;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.ShadowMemory;

/** Compares everything that leads to a piece of memory, and everything that holds a copy of it, with the truth. */
final class Auditor {
    private final Machine machine;
    private final DeviceViews devices;
    private final Map<String, Way> ways = new LinkedHashMap<>();
    private final Map<String, Holder> holders = new LinkedHashMap<>();
    private final List<String> hazards = new ArrayList<>();

    /** One alias while its pages are added up. */
    private static final class Way {
        private final String who;
        private final Addr address;
        private final Optional<MemoryType> type;
        private long bytes;
        private long stale;
        private Optional<PhysAddr> firstStale = Optional.empty();

        Way(String who, Addr address, Optional<MemoryType> type) {
            this.who = who;
            this.address = address;
            this.type = type;
        }
    }

    /** One holder of copies while its lines are added up. */
    private static final class Holder {
        private long bytes;
        private long dirty;
        private long stale;
    }

    Auditor(Machine machine) {
        this.machine = machine;
        this.devices = new DeviceViews(machine.devices());
    }

    AliasAudit audit(DmaBuffer buffer) {
        return audit(buffer.device() + " buffer of " + buffer.bytes() + " bytes", buffer.pages(), 0, buffer.bytes());
    }

    AliasAudit audit(PhysAddr start, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be positive: " + bytes);
        }
        if (!machine.ram().contains(start, bytes)) {
            throw new IllegalArgumentException("only RAM can be audited: " + bytes + " bytes at " + start
                    + "; banks are " + machine.ram().banks());
        }
        long offset = start.value() & (PageSize.PAGE_BYTES - 1);
        PageArray pages = PageArray.contiguous(start.plus(-offset), Math.toIntExact(PageSize.pages(offset + bytes)));
        return audit(bytes + " bytes at " + start, pages, offset, bytes);
    }

    private AliasAudit audit(String subject, PageArray pages, long offset, long bytes) {
        long end = offset + bytes;
        for (int i = 0; i < pages.count(); i++) {
            int from = i == 0 ? (int) offset : 0;
            int to = (int) Math.min(PageSize.PAGE_BYTES, end - ((long) i << PageSize.PAGE_SHIFT));
            auditPage(pages.page(i), from, to);
        }
        sharedLines(pages.at(offset), bytes);
        return new AliasAudit(
                subject,
                pages.at(offset),
                bytes,
                ways.values().stream()
                        .map(way -> new AliasAudit.Alias(
                                way.who, way.address, way.bytes, way.type, way.stale, way.firstStale))
                        .toList(),
                holders.entrySet().stream()
                        .map(each -> new AliasAudit.Copy(
                                each.getKey(), each.getValue().bytes, each.getValue().dirty, each.getValue().stale))
                        .toList(),
                lastWriter(pages, offset, bytes),
                hazards,
                machine.clock().toString(),
                machine.source());
    }

    private void auditPage(PhysAddr page, int from, int to) {
        byte[] truth = new byte[to - from];
        machine.truth().read(page.plus(from), truth, 0, truth.length);
        List<Alias> aliases = new ArrayList<>(machine.kernel().aliases(page));
        for (UserAddressSpace process : machine.processes()) {
            aliases.addAll(process.aliases(page));
        }
        byte[] seen = new byte[truth.length];
        for (Alias alias : aliases) {
            machine.caches()
                    .peek(CpuId.BOOT, alias.address().plus(from), page.plus(from), seen, 0, seen.length, alias.type());
            add(alias.who(), alias.address().plus(from), Optional.of(alias.type()), page.plus(from), seen, truth);
        }
        List<DeviceViews.View> views = devices.of(page);
        for (DeviceViews.View view : views) {
            if (view.device().port().isSnooped()) {
                machine.caches().peekCoherent(page.plus(from), seen, 0, seen.length);
            } else {
                machine.ram().read(page.plus(from), seen, 0, seen.length);
            }
            add(view.device().name(), view.dma().plus(from), Optional.empty(), page.plus(from), seen, truth);
        }
        auditLines(page, from, to, truth);
        if (hazards.isEmpty()) {
            mismatch(page, aliases);
            claims(views);
        }
    }

    private void add(String who, Addr address, Optional<MemoryType> type, PhysAddr start, byte[] seen, byte[] truth) {
        Way way = ways.computeIfAbsent(who + type.map(MemoryType::name).orElse(""), key -> new Way(who, address, type));
        way.bytes += seen.length;
        int first = Arrays.mismatch(seen, truth);
        if (first >= 0) {
            way.stale += differences(seen, truth);
            if (way.firstStale.isEmpty()) {
                way.firstStale = Optional.of(start.plus(first));
            }
        }
    }

    private static long differences(byte[] seen, byte[] truth) {
        long count = 0;
        for (int i = 0; i < seen.length; i++) {
            count += seen[i] == truth[i] ? 0 : 1;
        }
        return count;
    }

    /** Adds up what caches, write buffers and RAM hold of {@code [page + from, page + to)}, line by line. */
    private void auditLines(PhysAddr page, int from, int to, byte[] truth) {
        int line = machine.caches().lineBytes();
        for (int at = from & -line; at < to; at += line) {
            for (LineCopy copy : machine.caches().copies(page.plus(at))) {
                long start = copy.start().minus(page);
                int first = (int) Math.max(Math.max(start, from), at);
                int last = (int) Math.min(Math.min(start + copy.bytes().length, to), at + line);
                if (last <= first) {
                    continue;
                }
                Holder holder = holders.computeIfAbsent(copy.place(), place -> new Holder());
                holder.bytes += last - first;
                holder.dirty += copy.dirty() ? last - first : 0;
                for (int i = first; i < last; i++) {
                    holder.stale += copy.bytes()[(int) (i - start)] == truth[i - from] ? 0 : 1;
                }
            }
        }
    }

    private void mismatch(PhysAddr page, List<Alias> aliases) {
        for (Alias one : aliases) {
            for (Alias other : aliases) {
                if (one.type().cacheable() && !other.type().cacheable()) {
                    hazards.add("the page at " + page + " is mapped " + one.type() + " at " + one.address() + " ("
                            + one.who() + ") and " + other.type() + " at " + other.address() + " (" + other.who()
                            + "): mismatched memory types are unpredictable (ARM DDI 0406C A3.5.7), a line loaded through"
                            + " the first can hide or overwrite what a device wrote");
                    return;
                }
            }
        }
    }

    private void claims(List<DeviceViews.View> views) {
        for (DeviceViews.View view : views) {
            DmaDevice device = view.device();
            if (machine.board().master(device.name()).dmaCoherent()
                    && !device.port().isSnooped()) {
                hazards.add(device.name() + " has dma-coherent in the device tree and a port below the caches: nobody"
                        + " maintains the caches for it");
                return;
            }
        }
    }

    private void sharedLines(PhysAddr start, long bytes) {
        int line = machine.caches().lineBytes();
        boolean first = (start.value() & (line - 1)) != 0;
        boolean last = ((start.value() + bytes) & (line - 1)) != 0;
        if (first || last) {
            hazards.add((first && last
                            ? "the first and the last line are"
                            : first ? "the first line is" : "the last line is")
                    + " shared with neighbours (lines have " + line
                    + " bytes): maintenance of one loses writes to the other");
        }
    }

    private String lastWriter(PageArray pages, long offset, long bytes) {
        Optional<ShadowMemory.Store> latest = Optional.empty();
        for (long at = offset; at < offset + bytes; ) {
            long piece = Math.min(offset + bytes - at, PageSize.PAGE_BYTES - (at & (PageSize.PAGE_BYTES - 1)));
            Optional<ShadowMemory.Store> store = machine.truth().lastWriter(pages.at(at), piece);
            at += piece;
            if (store.isPresent()
                    && latest.filter(had -> had.nanos() >= store.get().nanos()).isEmpty()) {
                latest = store;
            }
        }
        return latest.map(store -> store.who() + " at " + Durations.text((double) store.nanos()))
                .orElse("nobody");
    }
}
