package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.LineCopy;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.ShadowMemory;
import org.jspecify.annotations.Nullable;

/**
 * Cache maintenance that is owed under an audit: newer bytes kept from a device whose turn it is to read, and older ones
 * left in a cache after a device wrote. A sentence for each, about the first reader that is deceived.
 */
final class StaleBytes {
    private static final String RAM = "RAM";

    private final Machine machine;
    private final PageArray pages;
    private final AuditedPages audited;
    private @Nullable Sightings deceived;
    private long missed;
    private long firstMissed;
    private long firstAddress;

    StaleBytes(Machine machine, PageArray pages, AuditedPages audited) {
        this.machine = machine;
        this.pages = pages;
        this.audited = audited;
    }

    /** A mapping is found; of devices below the caches the first that misses something is kept. */
    void found(Sightings view) {
        Optional<DmaDevice> device = view.device();
        if (deceived != null || device.isEmpty() || device.get().port().isSnooped()) {
            return;
        }
        for (int i = 0; i < view.count(); i++) {
            long start = view.start(i);
            AuditedPages.Difference difference =
                    audited.notInRam(view.place(i), inPage -> view.mayRead(start + inPage));
            if (difference.staleBytes() > 0 && deceived == null) {
                deceived = view;
                firstMissed = ((long) view.place(i) << PageSize.PAGE_SHIFT) + difference.first();
                firstAddress = start + difference.first();
            }
            missed += difference.staleBytes();
        }
    }

    /** What is owed to devices, and to the CPU where one of {@code aliases} is cached and reads stale bytes. */
    List<String> sentences(List<AliasAudit.Alias> aliases) {
        List<String> sentences = new ArrayList<>();
        if (deceived != null) {
            device(deceived, pages.at(firstMissed)).ifPresent(sentences::add);
        }
        aliases.stream()
                .filter(alias -> alias.type().filter(MemoryType::cacheable).isPresent())
                .flatMap(alias -> alias.firstStale().flatMap(at -> cpu(alias, at)).stream())
                .findFirst()
                .ifPresent(sentences::add);
        return sentences;
    }

    private Optional<String> device(Sightings view, PhysAddr at) {
        byte truth = truth(at);
        return copies(at).stream()
                .filter(copy -> copy.dirty() && byteOf(copy, at) == truth)
                .findFirst()
                .map(copy -> view.who() + " may read, and misses " + bytes(missed) + " from "
                        + view.address(firstAddress) + " on: " + place(copy)
                        + " holds what was stored, RAM has not got it; "
                        + (copy.place().startsWith("write buffer")
                                ? "a barrier must come between the store and the device's read"
                                : "syncForDevice() must come after the CPU's stores and before the device reads"));
    }

    private Optional<String> cpu(AliasAudit.Alias alias, PhysAddr at) {
        byte truth = truth(at);
        Optional<String> writer = machine.truth()
                .lastWriter(at, 1)
                .map(ShadowMemory.Store::who)
                .filter(who -> machine.devices().stream()
                        .anyMatch(device -> device.name().equals(who)));
        return writer.flatMap(who -> copies(at).stream()
                .filter(copy -> byteOf(copy, at) != truth)
                .findFirst()
                .map(copy -> "the CPU reads " + bytes(alias.staleBytes()) + " at " + alias.address() + " ("
                        + alias.who() + ") that " + who + " has overwritten, the first at " + at + ": " + place(copy)
                        + " holds the old ones"
                        + (copy.dirty()
                                ? ", dirty: when it writes them back, what " + who
                                        + " wrote is lost; map or syncForDevice() must come after the CPU's stores and"
                                        + " before the device writes"
                                : "; syncForCpu() or unmap must come after the device's write and before the CPU"
                                        + " looks")));
    }

    /** The copies of the byte at {@code at} above RAM, the nearest to the CPUs first. */
    private List<LineCopy> copies(PhysAddr at) {
        return machine.caches().copies(at).stream()
                .filter(copy -> !copy.place().equals(RAM)
                        && at.minus(copy.start()) >= 0
                        && at.minus(copy.start()) < copy.bytes().length)
                .toList();
    }

    private byte truth(PhysAddr at) {
        byte[] truth = new byte[1];
        machine.truth().read(at, truth, 0, 1);
        return truth[0];
    }

    private static byte byteOf(LineCopy copy, PhysAddr at) {
        return copy.bytes()[(int) at.minus(copy.start())];
    }

    private static String place(LineCopy copy) {
        int set = copy.place().indexOf(", set ");
        return set < 0 ? copy.place() : copy.place().substring(0, set);
    }

    private static String bytes(long count) {
        return count == 1 ? "1 byte" : count + " bytes";
    }
}
