package org.dmalab.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.dmalab.engine.arm.ArmDmaOps;
import org.dmalab.engine.arm.AtomicMemory;
import org.dmalab.engine.arm.DmaIommuMapping;
import org.dmalab.engine.arm.Platform;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.dma.CpuTurns;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapOps;
import org.dmalab.engine.dma.FormerMappings;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.LiveMappings;
import org.dmalab.engine.iommu.Attachment;
import org.dmalab.engine.iommu.BusPort;
import org.dmalab.engine.iommu.FaultLog;
import org.dmalab.engine.iommu.IommuDevice;
import org.dmalab.engine.iommu.IommuDomain;
import org.jspecify.annotations.Nullable;

/**
 * The devices of a machine, each with its backend, its IOMMUs and its way to memory; and who shares DMA addresses with
 * whom.
 */
final class BoardDevices {
    private final Board board;
    private final Hardware hardware;
    private final String source;
    private final LiveMappings live;
    private final BoardIommus iommus;
    private final ArmIommu armIommu;
    private final ArmDmaOps direct;
    private final ArmDmaOps coherent;
    private final CpuTurns turns = new CpuTurns();
    private final Map<String, DmaDevice> devices = new LinkedHashMap<>();

    /**
     * The devices of the board that was chosen.
     *
     * @param source the words under a picture
     */
    BoardDevices(SocBuilder<?> choices, Hardware hardware, BootedKernel booted, String source) {
        this.board = choices.board();
        this.hardware = hardware;
        this.source = source;
        this.live = new LiveMappings(hardware.clock().clock()::nanos);
        hardware.trace().add(live);
        FormerMappings former = new FormerMappings(hardware.clock().clock()::nanos);
        hardware.trace().add(former);
        hardware.trace().add(turns);
        Platform platform = booted.platform();
        this.iommus = new BoardIommus(
                choices,
                hardware,
                booted,
                new FaultLog(
                        hardware.clock().clock()::nanos,
                        (master, domain, iova) -> former.last(sharing(domain), domain.id(), iova)));
        AtomicMemory atomic =
                AtomicMemory.of(platform, choices.atomicPoolBytes()).orElseThrow(DmaFailure::new);
        this.armIommu = new ArmIommu(platform, atomic, iommus.core());
        this.direct = new ArmDmaOps(platform, false, atomic);
        this.coherent = new ArmDmaOps(platform, true, atomic);
        Map<String, IommuDevice> behind = new LinkedHashMap<>();
        for (Board.Master description : board.masters()) {
            BusMaster master = new BusMaster(behind.size(), description.name());
            behind.put(description.name(), iommus.device(master, description));
        }
        Map<String, DmaIommuMapping> windows = windows(behind);
        for (Board.Master description : board.masters()) {
            add(description, behind.get(description.name()), windows.get(description.window()));
        }
    }

    /** A domain with tables and addresses of its own for each window of the board. */
    private Map<String, DmaIommuMapping> windows(Map<String, IommuDevice> behind) {
        Map<String, DmaIommuMapping> windows = new HashMap<>();
        for (Board.Window window : board.windows()) {
            for (Board.Master description : board.masters()) {
                IommuDevice device = behind.get(description.name());
                if (device != null && description.window().equals(window.name())) {
                    windows.put(
                            window.name(),
                            armIommu.createMapping(device, window.range(), window.order())
                                    .orElseThrow(DmaFailure::new));
                    break;
                }
            }
        }
        return windows;
    }

    private void add(Board.Master description, @Nullable IommuDevice behind, @Nullable DmaIommuMapping mapping) {
        if (behind == null) {
            throw new AssertionError("every master was given its interfaces: " + description);
        }
        BusPort port = new BusPort(
                behind,
                hardware.ram(),
                hardware.caches(),
                description.port() == Board.Port.SNOOPED,
                hardware.truth(),
                hardware.trace());
        DmaDevice device = new DmaDevice(
                behind.master(),
                untranslated(description),
                port,
                description.maxSegSize(),
                this::iovaMap,
                live,
                hardware.cpus().get(0),
                hardware.trace());
        devices.put(description.name(), device);
        if (mapping != null) {
            Attachment attached = attach(device, mapping).orElseThrow(DmaFailure::new);
            assert attached.returned() == 0;
        }
    }

    private ArmDmaOps untranslated(Board.Master description) {
        return description.dmaCoherent() ? coherent : direct;
    }

    /** The IOMMUs and the IOMMU-API. */
    BoardIommus iommus() {
        return iommus;
    }

    /** {@link Soc#tryCreateMapping}. */
    Outcome<DmaIommuMapping> createMapping(DmaDevice device, AddrRange<DmaAddr> range, int order) {
        return armIommu.createMapping(device.iommu(), range, order);
    }

    /** {@link Soc#tryAttach}. */
    Outcome<Attachment> attach(DmaDevice device, DmaIommuMapping mapping) {
        return armIommu.attach(device, mapping);
    }

    /** {@link Soc#tryDetach}. */
    Outcome<IommuDevice> detach(DmaDevice device) {
        return armIommu.detach(device, untranslated(board.master(device.name())));
    }

    /** Who is attached to {@code domain}. */
    private static List<BusMaster> sharing(IommuDomain domain) {
        return domain.devices().stream().map(IommuDevice::master).toList();
    }

    /** The device of that name. */
    DmaDevice device(String name) {
        DmaDevice device = devices.get(name);
        if (device == null) {
            throw new IllegalArgumentException("board " + board.name() + " has no device " + name + "; it has "
                    + String.join(", ", devices.keySet()));
        }
        return device;
    }

    /** All devices. */
    Collection<DmaDevice> all() {
        return Collections.unmodifiableCollection(devices.values());
    }

    /** The buffers and mappings that are alive on them. */
    LiveMappings live() {
        return live;
    }

    /** Who gets addresses from {@code ops}. */
    private List<BusMaster> users(DmaMapOps ops) {
        return devices.values().stream()
                .filter(device -> device.ops() == ops)
                .map(DmaDevice::master)
                .toList();
    }

    /** What of their mappings the CPU may look at. */
    CpuTurns turns() {
        return turns;
    }

    private IovaMap iovaMap(DmaDevice device) {
        List<IovaMap.Entry> entries = new ArrayList<>();
        long granule = device.ops().granuleBytes();
        for (IovaMap.Entry entry : live.entries(users(device.ops()))) {
            entries.add(entry);
            long used = (entry.range().last() + 1 - device.window().start().value()) & (granule - 1);
            if (used != 0) {
                entries.add(new IovaMap.Entry(
                        IovaMap.Kind.RESERVED,
                        new AddrRange<>(new DmaAddr(entry.range().last() + 1), granule - used),
                        entry.owner(),
                        "rest of a granule of " + Bytes.text(granule),
                        "",
                        entry.age()));
            }
        }
        return new IovaMap(
                device.name(),
                device.window(),
                entries,
                hardware.clock().clock().toString(),
                source,
                OptionalLong.empty());
    }
}
