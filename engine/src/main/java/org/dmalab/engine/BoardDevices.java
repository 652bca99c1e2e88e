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
import org.dmalab.engine.arm.ArmIommuDmaOps;
import org.dmalab.engine.arm.AtomicMemory;
import org.dmalab.engine.arm.DmaIommuMapping;
import org.dmalab.engine.arm.Platform;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.dma.CpuTurns;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapOps;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.LiveMappings;
import org.dmalab.engine.iommu.BusPort;
import org.dmalab.engine.iommu.IoTlbGeometry;
import org.dmalab.engine.iommu.Iommu;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iova.BitmapIovaDomain;
import org.dmalab.engine.pagetable.ExynosSysmmuTable;
import org.dmalab.engine.pagetable.SysmmuVersion;
import org.dmalab.engine.pagetable.TableMemory;
import org.jspecify.annotations.Nullable;

/**
 * The devices of a machine, each with its backend, its IOMMUs and its way to memory; and who shares DMA addresses with
 * whom.
 */
final class BoardDevices {
    /** {@code CONFIG_ARM_DMA_IOMMU_ALIGNMENT}: mappings are aligned to their size up to 1 MiB. */
    private static final int ALIGNMENT_CAP = 8;

    private final Board board;
    private final Hardware hardware;
    private final String source;
    private final LiveMappings live;
    private final CpuTurns turns = new CpuTurns();
    private final Map<String, DmaDevice> devices = new LinkedHashMap<>();
    private final Map<DmaMapOps, List<BusMaster>> users = new HashMap<>();

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
        hardware.trace().add(turns);
        Platform platform = booted.platform();
        TableMemory tables = new TableMemory(
                hardware.ram(), booted.memory().pages(), hardware.maintenance(), hardware.truth(), hardware.trace());
        AtomicMemory atomic =
                AtomicMemory.of(platform, choices.atomicPoolBytes()).orElseThrow(DmaFailure::new);
        Map<String, ArmIommuDmaOps> behindIommu = windows(choices.era(), platform, tables, atomic);
        ArmDmaOps direct = new ArmDmaOps(platform, false, atomic);
        ArmDmaOps coherent = new ArmDmaOps(platform, true, atomic);
        for (Board.Master description : board.masters()) {
            ArmIommuDmaOps translated = behindIommu.get(description.window());
            List<Iommu> iommus = iommus(description, translated);
            DmaMapOps ops = translated != null ? translated : description.dmaCoherent() ? coherent : direct;
            add(description, ops, iommus);
        }
    }

    /** A domain with tables and addresses of its own for each window of the board. */
    private Map<String, ArmIommuDmaOps> windows(Era era, Platform platform, TableMemory tables, AtomicMemory atomic) {
        Map<String, ArmIommuDmaOps> behindIommu = new HashMap<>();
        for (Board.Window window : board.windows()) {
            IommuDomain domain = IommuDomain.create(
                            behindIommu.size(),
                            era,
                            hardware.trace(),
                            flush -> ExynosSysmmuTable.create(tables, era, SysmmuVersion.V1_TO_V3, flush))
                    .orElseThrow(DmaFailure::new);
            BitmapIovaDomain iovas = BitmapIovaDomain.create(
                            era,
                            window.range().start(),
                            window.range().bytes(),
                            new BitmapIovaDomain.Granularity(window.order(), ALIGNMENT_CAP),
                            hardware.trace())
                    .orElseThrow(DmaFailure::new);
            behindIommu.put(window.name(), new ArmIommuDmaOps(platform, new DmaIommuMapping(domain, iovas), atomic));
        }
        return behindIommu;
    }

    /** The IOMMUs of a device, attached to the domain of {@code translated} if there is one. */
    private List<Iommu> iommus(Board.Master description, @Nullable ArmIommuDmaOps translated) {
        List<Iommu> iommus = new ArrayList<>();
        for (Board.Sysmmu sysmmu : description.iommus()) {
            iommus.add(new Iommu(sysmmu.name(), sysmmu.registers(), IoTlbGeometry.EXYNOS_V1, hardware.trace()));
        }
        if (translated != null) {
            for (Iommu iommu : iommus) {
                IommuDomain attached =
                        iommu.attach(translated.mapping().domain()).orElseThrow(DmaFailure::new);
                assert attached == translated.mapping().domain();
            }
        }
        return iommus;
    }

    private void add(Board.Master description, DmaMapOps ops, List<Iommu> iommus) {
        BusMaster master = new BusMaster(devices.size(), description.name());
        users.computeIfAbsent(ops, none -> new ArrayList<>()).add(master);
        BusPort port = new BusPort(
                master,
                iommus,
                hardware.ram(),
                hardware.caches(),
                description.port() == Board.Port.SNOOPED,
                hardware.truth(),
                hardware.trace());
        devices.put(
                description.name(),
                new DmaDevice(
                        master,
                        ops,
                        port,
                        description.maxSegSize(),
                        this::iovaMap,
                        live,
                        hardware.cpus().get(0),
                        hardware.trace()));
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

    /** What of their mappings the CPU may look at. */
    CpuTurns turns() {
        return turns;
    }

    private IovaMap iovaMap(DmaDevice device) {
        List<IovaMap.Entry> entries = new ArrayList<>();
        long granule = device.ops().granuleBytes();
        for (IovaMap.Entry entry : live.entries(users.getOrDefault(device.ops(), List.of()))) {
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
