package org.dmalab.engine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.LineCopy;
import org.dmalab.engine.cpu.Alias;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.CopyTimeline;
import org.dmalab.engine.dma.CopyTimeline.Copy;
import org.dmalab.engine.dma.CopyTimeline.State;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.pagetable.Access;

/**
 * Follows a few bytes of RAM through an experiment: after each step, what every cache holds of them, what RAM has, and what
 * each reader would get; a device whose IOMMU leads nowhere near them gets nothing, and one that only a stale IO-TLB entry lets
 * through is told apart. Looking changes nothing.
 */
public final class Watch {
    private static final int MOST_BYTES = 16;
    private static final String RAM = "RAM";
    private static final String READS = " reads";
    /** Stands for a zero among printable bytes; no ASCII character, so that it is never one of the bytes. */
    private static final char DOT = 0xB7;

    private final Machine machine;
    private final String title;
    private final PhysAddr start;
    private final int bytes;
    private final List<DmaDevice> readers;
    private final List<Moment> moments = new ArrayList<>();

    /** What was found after one step, by place. */
    private record Moment(
            String what, String truth, Map<String, Copy> reading, Map<String, Copy> held, Map<String, Copy> devices) {}

    Watch(Machine machine, String title, PhysAddr start, int bytes, List<DmaDevice> readers) {
        if (bytes < 1 || bytes > MOST_BYTES) {
            throw new IllegalArgumentException("bytes of a watch must be 1.." + MOST_BYTES + ": " + bytes);
        }
        int line = machine.caches().lineBytes();
        long inLine = start.value() & (line - 1);
        if (inLine + bytes > line) {
            throw new IllegalArgumentException("a watch follows bytes of one cache line of " + line + " bytes: " + bytes
                    + " from " + start + " on cross from the line at " + start.plus(-inLine) + " into the line at "
                    + start.plus(line - inLine) + "; watch each part");
        }
        if (!machine.ram().contains(start, bytes)) {
            throw new IllegalArgumentException(
                    "no RAM at " + start + ": banks are " + machine.ram().banks());
        }
        this.machine = machine;
        this.title = title;
        this.start = start;
        this.bytes = bytes;
        this.readers = readers;
    }

    /** Notes where the bytes are now; {@code what} says in a few words what was done just before. */
    public void step(String what) {
        byte[] truth = new byte[bytes];
        machine.truth().read(start, truth, 0, bytes);
        Map<String, Copy> reading = new LinkedHashMap<>();
        for (Alias alias : aliases()) {
            byte[] seen = new byte[bytes];
            long offset = start.value() & (PageSize.PAGE_BYTES - 1);
            machine.caches().peek(CpuId.BOOT, alias.address().plus(offset), start, seen, 0, bytes, alias.type());
            String how = alias.type().cacheable() ? "cached reads" : "uncached reads";
            reading.putIfAbsent(how, copy(seen, truth, false));
        }
        byte[] ram = new byte[bytes];
        machine.ram().read(start, ram, 0, bytes);
        Map<String, Copy> held = held(ram, truth);
        held.put(RAM, copy(ram, truth, false));
        Map<String, Copy> devices = new LinkedHashMap<>();
        for (DmaDevice device : readers) {
            byte[] seen = ram.clone();
            if (device.port().isSnooped()) {
                machine.caches().peekCoherent(start, seen, 0, bytes);
            }
            Copy copy = copy(seen, truth, false);
            Copy absent = new Copy(State.ABSENT, "");
            boolean translated = device.iommu().domain().isPresent();
            List<Sightings> ways = translated ? ways(device) : List.of();
            boolean reaches = !translated || ways.stream().anyMatch(way -> !way.isStale()) || passesAsItIs(device);
            devices.put(device.name() + READS, reaches ? copy : absent);
            if (ways.stream().anyMatch(Sightings::isStale)) {
                devices.put(device.name() + "'s stale IO-TLB" + READS, copy);
            }
        }
        moments.add(new Moment(what, text(truth), reading, held, devices));
    }

    /** By which of its addresses {@code device} may read the page of the bytes. */
    private List<Sightings> ways(DmaDevice device) {
        FrameIndex page = new FrameIndex(PageArray.of(start.pfn()));
        return new DeviceViews(List.of(device), machine.turns(), List.of(Access.READ)).of(page);
    }

    /** Whether the IOMMU of {@code device} leaves the physical address as it is: past a GART's aperture, in Tegra30's vacant words. */
    private boolean passesAsItIs(DmaDevice device) {
        return device.iommu()
                .domain()
                .filter(domain -> domain.translate(new DmaAddr(start.value()))
                        .fold(page -> page.address().equals(start), fault -> false))
                .isPresent();
    }

    /** Every place that holds any of the bytes; what a place does not hold is filled in from memory, which is behind it. */
    private Map<String, Copy> held(byte[] ram, byte[] truth) {
        Map<String, byte[]> held = new LinkedHashMap<>();
        Set<String> dirty = new HashSet<>();
        for (LineCopy line : machine.caches().copies(start)) {
            long first = Math.max(start.value(), line.start().value());
            long end = Math.min(start.value() + bytes, line.start().value() + line.bytes().length);
            if (first < end) {
                byte[] seen = held.computeIfAbsent(line.place(), place -> ram.clone());
                System.arraycopy(
                        line.bytes(), (int) (first - line.start().value()), seen, (int) (first - start.value()), (int)
                                (end - first));
                if (line.dirty()) {
                    dirty.add(line.place());
                }
            }
        }
        Map<String, Copy> copies = new LinkedHashMap<>();
        held.forEach((place, seen) -> copies.put(place, copy(seen, truth, dirty.contains(place))));
        return copies;
    }

    private List<Alias> aliases() {
        List<Alias> aliases =
                new ArrayList<>(machine.kernel().aliases(start.plus(-(start.value() & (PageSize.PAGE_BYTES - 1)))));
        for (UserAddressSpace process : machine.processes()) {
            aliases.addAll(process.aliases(start.plus(-(start.value() & (PageSize.PAGE_BYTES - 1)))));
        }
        return aliases;
    }

    private static Copy copy(byte[] seen, byte[] truth, boolean dirty) {
        boolean stale = !Arrays.equals(seen, truth);
        State state = stale ? dirty ? State.STALE_DIRTY : State.STALE : dirty ? State.DIRTY : State.FRESH;
        return new Copy(state, text(seen));
    }

    /** Printable ASCII as it is with a dot for each zero among it, zeros alone as that word, everything else in hex. */
    private static String text(byte[] bytes) {
        boolean printable = true;
        boolean zeros = true;
        for (byte value : bytes) {
            printable &= value == 0 || (value >= 0x20 && value < 0x7f);
            zeros &= value == 0;
        }
        return zeros
                ? "zeros"
                : printable
                        ? new String(bytes, StandardCharsets.US_ASCII).replace((char) 0, DOT)
                        : HexFormat.of().formatHex(bytes);
    }

    /** All steps so far, as a table of places and moments. */
    public CopyTimeline timeline() {
        Set<String> places = new LinkedHashSet<>();
        moments.forEach(moment -> places.addAll(moment.reading().keySet()));
        Set<String> holders = new LinkedHashSet<>();
        for (String first : List.of("L1 of CPU0", "L2")) {
            if (moments.stream().anyMatch(moment -> moment.held().containsKey(first))) {
                holders.add(first);
            }
        }
        moments.forEach(moment -> holders.addAll(moment.held().keySet()));
        holders.remove(RAM);
        places.addAll(holders);
        places.add(RAM);
        moments.forEach(moment -> places.addAll(moment.devices().keySet()));
        List<CopyTimeline.Step> steps = new ArrayList<>();
        for (Moment moment : moments) {
            List<Copy> copies = new ArrayList<>();
            for (String place : places) {
                Copy absent = new Copy(State.ABSENT, "");
                copies.add(moment.reading()
                        .getOrDefault(
                                place,
                                moment.held()
                                        .getOrDefault(place, moment.devices().getOrDefault(place, absent))));
            }
            steps.add(new CopyTimeline.Step(moment.what(), moment.truth(), copies));
        }
        return new CopyTimeline(title, List.copyOf(places), steps, machine.source());
    }

    /** {@code status word: 3 steps}. */
    @Override
    public String toString() {
        return title + ": " + moments.size() + (moments.size() == 1 ? " step" : " steps");
    }
}
