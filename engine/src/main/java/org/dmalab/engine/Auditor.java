package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.Durations;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.NotAlive;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.ShadowMemory;

/** Compares everything that leads to a piece of memory, and everything that holds a copy of it, with the truth. */
final class Auditor {
    private final Machine machine;

    /** One alias while its pages are added up. */
    private static final class Way {
        private final Sightings view;
        private final long address;
        private long bytes;
        private long stale;
        private long firstStale = Long.MAX_VALUE;

        Way(Sightings view, long address) {
            this.view = view;
            this.address = address;
        }

        void add(int place, int count, AuditedPages.Difference difference) {
            bytes += count;
            stale += difference.staleBytes();
            if (difference.staleBytes() > 0) {
                firstStale = Math.min(firstStale, ((long) place << PageSize.PAGE_SHIFT) + difference.first());
            }
        }

        AliasAudit.Alias alias(PageArray pages) {
            Optional<PhysAddr> first = stale == 0 ? Optional.empty() : Optional.of(pages.at(firstStale));
            return new AliasAudit.Alias(view.who(), view.address(address), bytes, view.type(), stale, first);
        }
    }

    Auditor(Machine machine) {
        this.machine = machine;
    }

    AliasAudit audit(DmaBuffer buffer) {
        requireAlive(buffer);
        return audit(buffer.device() + " buffer of " + buffer.bytes() + " bytes", buffer.pages(), 0, buffer.bytes());
    }

    private void requireAlive(DmaBuffer buffer) {
        DmaDevice owner = machine.devices().stream()
                .filter(device -> device.master().equals(buffer.device()))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("buffer must be of a device of this machine: " + buffer.device()));
        boolean freed = owner.tryGetSgtable(buffer).fold(table -> false, reason -> reason instanceof NotAlive);
        if (freed) {
            throw new IllegalArgumentException("buffer was freed before, or is another machine's: " + buffer
                    + "; its pages may be somebody else's now, to look at them: audit("
                    + buffer.pages().page(0) + ", bytes)");
        }
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
        FrameIndex index = new FrameIndex(pages);
        AuditedPages audited = new AuditedPages(machine, pages, index, offset, bytes);
        AuditHazards hazards = new AuditHazards(machine, pages, audited);
        List<Sightings> views = new ArrayList<>(new CpuViews(machine).of(pages, index));
        views.addAll(new DeviceViews(machine.devices(), machine.turns()).of(index));
        int[] times = new int[pages.count()];
        List<AliasAudit.Alias> aliases = new ArrayList<>();
        for (Sightings view : views) {
            hazards.found(view);
            ways(view, audited, times).forEach(way -> aliases.add(way.alias(pages)));
        }
        return new AliasAudit(
                subject,
                pages.at(offset),
                bytes,
                aliases,
                audited.copies(),
                lastWriter(pages, offset, bytes),
                hazards.sentences(pages.at(offset), bytes, aliases),
                machine.clock().toString(),
                machine.source());
    }

    /**
     * The aliases that one mapping is: one, or as many as the times it shows a page.
     *
     * @param times how often each page was seen; all zero before and after
     */
    private static List<Way> ways(Sightings view, AuditedPages audited, int[] times) {
        List<Way> ways = new ArrayList<>();
        for (int i = 0; i < view.count(); i++) {
            int place = view.place(i);
            int time = times[place]++;
            long start = view.start(i);
            if (time == ways.size()) {
                ways.add(new Way(view, start + audited.from(place)));
            }
            AuditedPages.Difference difference = view.device()
                    .map(device -> audited.device(place, device.port().isSnooped()))
                    .orElseGet(() ->
                            audited.cpu(place, new VirtAddr(start), view.type().orElseThrow()));
            ways.get(time).add(place, audited.to(place) - audited.from(place), difference);
        }
        for (int i = 0; i < view.count(); i++) {
            times[view.place(i)] = 0;
        }
        return ways;
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
