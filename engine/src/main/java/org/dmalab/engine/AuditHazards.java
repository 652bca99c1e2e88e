package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dmalab.engine.arm.ArmDmaOps;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.Indexing;
import org.dmalab.engine.cpu.Alias;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PageArray;
import org.jspecify.annotations.Nullable;

/**
 * What waits to go wrong with the pages under an audit, a sentence for each kind of trouble, about the first page that has it.
 * Of mismatched memory types the one that loses data is told: cacheable beside not cacheable.
 */
final class AuditHazards {
    private final Machine machine;
    private final PageArray pages;
    private final StaleBytes staleBytes;
    private final CacheConfig inner;
    private final @Nullable Alias[] cached;
    private final @Nullable Alias[] uncached;
    private int mismatch;
    private int synonym;
    private @Nullable Alias other;
    private @Nullable DmaDevice claims;
    private final List<String> stale = new ArrayList<>();
    private final Map<Integer, String> reachers = new TreeMap<>();

    AuditHazards(Machine machine, PageArray pages, AuditedPages audited) {
        this.machine = machine;
        this.pages = pages;
        this.staleBytes = new StaleBytes(machine, pages, audited);
        this.inner = machine.caches().topology().inner();
        this.cached = new Alias[pages.count()];
        this.uncached = new Alias[pages.count()];
        this.mismatch = pages.count();
        this.synonym = pages.count();
    }

    /** A mapping is found. */
    void found(Sightings view) {
        staleBytes.found(view);
        view.device()
                .ifPresentOrElse(
                        device -> device(view, device), () -> view.type().ifPresent(type -> cpu(view, type)));
    }

    private void cpu(Sightings view, MemoryType type) {
        @Nullable Alias[] same = type.cacheable() ? cached : uncached;
        for (int i = 0; i < view.count(); i++) {
            int place = view.place(i);
            Alias first = same[place];
            if (first == null) {
                same[place] = new Alias(view.who(), new VirtAddr(view.start(i)), type);
            } else if (place < synonym
                    && type.cacheable()
                    && apart(first.address().value(), view.start(i))) {
                synonym = place;
                other = new Alias(view.who(), new VirtAddr(view.start(i)), type);
            }
            if (cached[place] != null && uncached[place] != null) {
                mismatch = Math.min(mismatch, place);
            }
        }
    }

    /** Whether the inner cache keeps what is read at these two addresses of one page in two lines. */
    private boolean apart(long one, long two) {
        return switch (inner.indexing()) {
            case PIPT -> false;
            case VIPT -> colour(one) != colour(two);
            case VIVT -> one != two;
        };
    }

    private long colour(long virt) {
        return (virt >>> PageSize.PAGE_SHIFT) & (inner.colours() - 1);
    }

    private void reached(Sightings view, DmaDevice device) {
        for (int i = 0; i < view.count(); i++) {
            long from = view.start(i);
            reachers.putIfAbsent(view.place(i), view.who() + " at " + view.address(from));
        }
        if (view.isStale()) {
            stale.add(device.name() + " still reaches "
                    + (view.count() == 1
                            ? "the page at " + pages.page(view.place(0))
                            : view.count() + " pages, the first at " + pages.page(view.place(0)))
                    + " through a stale IO-TLB entry at "
                    + view.address(view.start(0))
                    + ": it was unmapped without a sync; gather.sync() must come after unmap and before the page is"
                    + " somebody else's");
        }
    }

    /** About the first free page that a device reaches. */
    private void free(List<String> sentences) {
        for (Map.Entry<Integer, String> reached : reachers.entrySet()) {
            PhysAddr page = pages.page(reached.getKey());
            if (isFree(page)) {
                sentences.add("the page at " + page + " is free, and a device still reaches it (" + reached.getValue()
                        + "): whoever gets it next shares it with the device; unmap, and sync, before free");
                return;
            }
        }
    }

    private boolean isFree(PhysAddr page) {
        return machine.pages().zones().stream()
                .map(PageAllocator.Zone::buddy)
                .filter(buddy -> page.pfn() >= buddy.startPfn() && page.pfn() < buddy.startPfn() + buddy.pages())
                .anyMatch(buddy -> buddy.isFree(page.pfn()));
    }

    private void device(Sightings view, DmaDevice device) {
        reached(view, device);
        boolean trusted = device.ops() instanceof ArmDmaOps ops && ops.isCoherent();
        if (claims == null && trusted && !device.port().isSnooped()) {
            claims = device;
        }
    }

    /** The sentences about {@code [start, start + bytes)}, to which {@code aliases} lead. */
    List<String> sentences(PhysAddr start, long bytes, List<AliasAudit.Alias> aliases) {
        List<String> sentences = new ArrayList<>(staleBytes.sentences(aliases));
        sentences.addAll(stale);
        free(sentences);
        if (mismatch < pages.count()) {
            sentences.add(mismatched(pages.page(mismatch), cached[mismatch], uncached[mismatch]));
        }
        if (synonym < pages.count()) {
            sentences.add(synonyms(pages.page(synonym), cached[synonym], other));
        }
        if (claims != null) {
            sentences.add(claims.name() + " has dma-coherent in the device tree and a port below the caches: nobody"
                    + " maintains the caches for it");
        }
        sharedLines(sentences, start, bytes);
        return sentences;
    }

    private static String mismatched(PhysAddr page, @Nullable Alias one, @Nullable Alias two) {
        if (one == null || two == null) {
            throw new AssertionError("a page mapped both ways has an alias of each kind: " + page);
        }
        return "the page at " + page + " is mapped " + one.type() + " at " + one.address() + " (" + one.who() + ") and "
                + two.type() + " at " + two.address() + " (" + two.who()
                + "): mismatched memory types are unpredictable (ARM DDI 0406C A3.5.7), a line loaded through"
                + " the first can hide or overwrite what a device wrote";
    }

    private String synonyms(PhysAddr page, @Nullable Alias one, @Nullable Alias two) {
        if (one == null || two == null) {
            throw new AssertionError("a page seen twice has two cached aliases: " + page);
        }
        String colours = inner.indexing() == Indexing.VIVT
                ? ""
                : ", colours " + colour(one.address().value()) + " and "
                        + colour(two.address().value()) + " of " + inner.colours();
        return "the page at " + page + " is cached at " + one.address() + " (" + one.who() + ") and at " + two.address()
                + " (" + two.who() + ")" + colours + ": the " + inner.indexing()
                + " cache keeps a line for each, and a store through one is not seen through the other until"
                + " flush_dcache_page()";
    }

    private void sharedLines(List<String> sentences, PhysAddr start, long bytes) {
        int line = machine.caches().lineBytes();
        boolean first = (start.value() & (line - 1)) != 0;
        boolean last = ((start.value() + bytes) & (line - 1)) != 0;
        if (first || last) {
            sentences.add((first && last
                            ? "the first and the last line are"
                            : first ? "the first line is" : "the last line is")
                    + " shared with neighbours (lines have " + line
                    + " bytes): maintenance of one loses writes to the other");
        }
    }
}
