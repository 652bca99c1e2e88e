package org.dmalab.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.dmalab.engine.arm.ArmDmaOps;
import org.dmalab.engine.arm.ArmIommuDmaOps;
import org.dmalab.engine.arm.AttributePolicy;
import org.dmalab.engine.arm.DmaIommuMapping;
import org.dmalab.engine.arm.Platform;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.cost.ClockDriver;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.cost.Ledger;
import org.dmalab.engine.cost.SimClock;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.KernelAddressSpace;
import org.dmalab.engine.cpu.KernelLayout;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapOps;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.LiveMappings;
import org.dmalab.engine.iommu.BusPort;
import org.dmalab.engine.iommu.Iommu;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iova.BitmapIovaDomain;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.memory.MigrateType;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ZoneKind;
import org.dmalab.engine.pagetable.ExynosSysmmuTable;
import org.dmalab.engine.pagetable.TableMemory;
import org.dmalab.engine.trace.TraceRecorder;
import org.dmalab.engine.trace.TraceSink;
import org.dmalab.engine.trace.Tracepoints;

/**
 * A running machine: RAM, caches, a CPU, IOMMUs and devices, put together from a {@link Board} for one {@link Era}. What
 * it does depends on nothing but its description and the calls made on it.
 */
public final class Soc {
    /** {@code PAGE_OFFSET} of a 3G/1G split. */
    private static final long PAGE_OFFSET = 0xC0000000L;

    /** {@code CONFIG_ARM_DMA_IOMMU_ALIGNMENT}: mappings are aligned to their size up to 1 MiB. */
    private static final int ALIGNMENT_CAP = 8;

    private static final long VMALLOC_END = 0xFF000000L;
    /** The hole below the vmalloc area, and its alignment ({@code VMALLOC_OFFSET}). */
    private static final long VMALLOC_OFFSET = Bytes.mib(8);

    private final Builder origin;
    private final Tracepoints trace = new Tracepoints();
    private final ClockDriver clock;
    private final Fingerprint fingerprint = new Fingerprint();
    private final LiveMappings live;
    private final PhysicalMemory ram;
    private final PageAllocator pages;
    private final KernelAddressSpace kernel;
    private final CacheHierarchy caches;
    private final Cpu cpu;
    private int processes;
    private final Map<String, DmaDevice> devices = new LinkedHashMap<>();
    private final Map<DmaMapOps, List<BusMaster>> users = new HashMap<>();

    private Soc(Builder origin) {
        this.origin = origin;
        Board board = origin.board;
        clock = new ClockDriver(board.prices(), board.inner().lineBytes());
        live = new LiveMappings(clock.clock()::nanos);

        ram = new PhysicalMemory(List.of(board.ram()));
        long lowmemBytes = lowmemBytes(board);
        pages = new PageAllocator(zones(board, lowmemBytes, trace));
        caches = new CacheHierarchy(board.inner(), board.outer(), ram, trace);
        kernel = kernelSpace(origin.era, board, lowmemBytes, trace);
        cpu = new Cpu(CpuId.BOOT, caches, GroundTruth.NONE, trace);

        CacheMaintenance maintenance = new CacheMaintenance(caches);
        Platform platform =
                new Platform(origin.era, origin.policy, board.coherent(), ram, pages, maintenance, kernel, trace);
        trace.add(clock);
        trace.add(fingerprint);
        trace.add(live);
        addDevices(board, platform, new TableMemory(ram, pages, maintenance, trace));
    }

    /** Samsung Exynos 4412, as Linux 3.14 ran it; see {@link Boards#exynos4412}. */
    public static Soc exynos4412() {
        return of(Boards.exynos4412()).build();
    }

    /** A machine to be built from {@code board}; Linux 3.14, mainline's attributes, unless said otherwise. */
    public static Builder of(Board board) {
        return new Builder(board, Era.V3_14, AttributePolicy.MAINLINE);
    }

    /** The choices this machine was built from, to be changed and built again. */
    public Builder toBuilder() {
        return new Builder(origin.board, origin.era, origin.policy);
    }

    /** What is chosen before a machine is put together. */
    public static final class Builder {
        private Board board;
        private Era era;
        private AttributePolicy policy;

        private Builder(Board board, Era era, AttributePolicy policy) {
            this.board = board;
            this.era = era;
            this.policy = policy;
        }

        /** Takes decisions as that version of Linux did: 3.6, in which the redesign was merged, or 3.14. */
        public Builder era(Era version) {
            if (version != Era.V3_6 && version != Era.V3_14) {
                throw new IllegalArgumentException(
                        "era must be V3_6 or V3_14, whose ARM backends are modelled: " + version.name());
            }
            era = version;
            return this;
        }

        /** Treats attributes by {@code choice}. */
        public Builder attributes(AttributePolicy choice) {
            policy = choice;
            return this;
        }

        /** RAM of {@code bytes}: whole megabytes, at least 32 MiB, and not beyond 4 GiB of addresses. */
        public Builder ram(long bytes) {
            long room = (1L << 32) - board.ram().start().value();
            if (bytes < Bytes.mib(32) || bytes > room || bytes % Bytes.mib(1) != 0) {
                throw new IllegalArgumentException("RAM must be whole MiB, 32 MiB.." + Bytes.text(room) + ": " + bytes);
            }
            board = board.withRam(bytes);
            return this;
        }

        /** A vmalloc reserve of {@code bytes}: whole multiples of 8 MiB, 16 MiB..896 MiB ({@code vmalloc=}). */
        public Builder vmalloc(long bytes) {
            if (bytes < Bytes.mib(16) || bytes > Bytes.mib(896) || bytes % VMALLOC_OFFSET != 0) {
                throw new IllegalArgumentException("vmalloc must be whole 8 MiB, 16 MiB..896 MiB: " + bytes);
            }
            board = board.withVmalloc(bytes);
            return this;
        }

        /** Charges {@code prices}; {@link CostModel#ZERO} for none. */
        public Builder prices(CostModel prices) {
            board = board.withPrices(prices);
            return this;
        }

        /** Puts the machine together and boots it. */
        public Soc build() {
            return new Soc(new Builder(board, era, policy));
        }
    }

    /** RAM that gets linear addresses: what fits below the vmalloc reserve and its hole. */
    private static long lowmemBytes(Board board) {
        long limit = VMALLOC_END - board.vmallocBytes() - VMALLOC_OFFSET - PAGE_OFFSET;
        return Math.min(board.ram().bytes(), limit);
    }

    private static List<PageAllocator.Zone> zones(Board board, long lowmemBytes, TraceSink trace) {
        List<PageAllocator.Zone> zones = new ArrayList<>();
        long start = board.ram().start().pfn();
        BuddyAllocator normal = new BuddyAllocator(start, lowmemBytes >>> PageSize.PAGE_SHIFT, trace);
        normal.reserve(
                board.kernelImage().start().pfn(),
                PageSize.pages(board.kernelImage().bytes()));
        zones.add(new PageAllocator.Zone(ZoneKind.NORMAL, normal));
        long high = board.ram().bytes() - lowmemBytes;
        if (high > 0) {
            zones.add(new PageAllocator.Zone(
                    ZoneKind.HIGHMEM,
                    new BuddyAllocator(
                            start + (lowmemBytes >>> PageSize.PAGE_SHIFT), high >>> PageSize.PAGE_SHIFT, trace)));
        }
        return zones;
    }

    private static KernelAddressSpace kernelSpace(Era era, Board board, long lowmemBytes, TraceSink trace) {
        long vmallocStart = (PAGE_OFFSET + lowmemBytes + VMALLOC_OFFSET) & -VMALLOC_OFFSET;
        KernelLayout layout = KernelLayout.of(
                era,
                new AddrRange<>(board.ram().start(), lowmemBytes),
                new VirtAddr(PAGE_OFFSET),
                new AddrRange<>(new VirtAddr(vmallocStart), VMALLOC_END - vmallocStart));
        return new KernelAddressSpace(layout, trace);
    }

    private void addDevices(Board board, Platform platform, TableMemory tables) {
        Map<String, ArmIommuDmaOps> behindIommu = new HashMap<>();
        for (Board.Window window : board.windows()) {
            ExynosSysmmuTable table =
                    ExynosSysmmuTable.create(tables, origin.era).orElseThrow(DmaFailure::new);
            IommuDomain domain = new IommuDomain(behindIommu.size(), table, trace);
            BitmapIovaDomain iovas = BitmapIovaDomain.create(
                            origin.era,
                            window.range().start(),
                            window.range().bytes(),
                            new BitmapIovaDomain.Granularity(window.order(), ALIGNMENT_CAP),
                            trace)
                    .orElseThrow(DmaFailure::new);
            behindIommu.put(window.name(), new ArmIommuDmaOps(platform, new DmaIommuMapping(domain, iovas)));
        }
        ArmDmaOps direct = new ArmDmaOps(platform);
        for (Board.Master description : board.masters()) {
            BusMaster master = new BusMaster(devices.size(), description.name());
            List<Iommu> iommus = new ArrayList<>();
            for (Board.Sysmmu sysmmu : description.iommus()) {
                iommus.add(new Iommu(sysmmu.name(), sysmmu.registers(), trace));
            }
            ArmIommuDmaOps translated = behindIommu.get(description.window());
            DmaMapOps ops = translated == null ? direct : translated;
            if (translated != null) {
                for (Iommu iommu : iommus) {
                    IommuDomain attached =
                            iommu.attach(translated.mapping().domain()).orElseThrow(DmaFailure::new);
                    assert attached == translated.mapping().domain();
                }
            }
            users.computeIfAbsent(ops, none -> new ArrayList<>()).add(master);
            devices.put(
                    description.name(),
                    new DmaDevice(
                            master,
                            ops,
                            new BusPort(master, iommus, ram, trace),
                            description.maxSegSize(),
                            this::iovaMap,
                            live,
                            cpu,
                            trace));
        }
    }

    /** What it was put together from. */
    public Board board() {
        return origin.board;
    }

    /** Whose decisions it takes. */
    public Era era() {
        return origin.era;
    }

    /** How it treats attributes. */
    public AttributePolicy attributePolicy() {
        return origin.policy;
    }

    /** The device of that name. */
    public DmaDevice device(String name) {
        DmaDevice device = devices.get(name);
        if (device == null) {
            throw new IllegalArgumentException("board " + board().name() + " has no device " + name + "; it has "
                    + String.join(", ", devices.keySet()));
        }
        return device;
    }

    /** All devices. */
    public List<DmaDevice> devices() {
        return List.copyOf(devices.values());
    }

    /** The CPU that drivers and processes run on. */
    public Cpu cpu() {
        return cpu;
    }

    /** The CPU's caches. */
    public CacheHierarchy caches() {
        return caches;
    }

    /** The kernel's virtual addresses. */
    public KernelAddressSpace kernel() {
        return kernel;
    }

    /** The page allocator. */
    public PageAllocator pages() {
        return pages;
    }

    /** The contents of RAM. */
    public PhysicalMemory ram() {
        return ram;
    }

    /** A new process with nothing mapped. */
    public UserAddressSpace newProcess() {
        processes++;
        return new UserAddressSpace(processes, "process" + processes, trace);
    }

    /** One page of lowmem for a driver's own use ({@code __get_free_page}); the kernel sees it at its linear address. */
    public PhysAddr allocPage() {
        return pages.alloc(0, ZoneKind.NORMAL, MigrateType.UNMOVABLE).orElseThrow(DmaFailure::new);
    }

    /** Simulated time. */
    public SimClock clock() {
        return clock.clock();
    }

    /** What simulated time went to since boot. */
    public Ledger ledger() {
        return clock.ledger();
    }

    /** A hash of everything that happened since boot. */
    public String fingerprint() {
        return String.format(Locale.ROOT, "%016x", fingerprint.value());
    }

    /** Lets {@code sink} hear everything from now on. */
    public void listen(TraceSink sink) {
        trace.add(sink);
    }

    /** Keeps the next {@code limit} events. */
    public TraceRecorder record(int limit) {
        if (limit <= 0) {
            throw new IllegalArgumentException("limit must be positive: " + limit);
        }
        TraceRecorder recorder = new TraceRecorder(clock.clock()::nanos, limit);
        trace.add(recorder);
        return recorder;
    }

    /** The free memory by zone and order. */
    public FragmentationSnapshot fragmentation() {
        return pages.snapshot(clock().toString(), source());
    }

    /** Model, board, era and prices in one line: printed under every picture. */
    public String source() {
        return "model, " + board().name() + ", " + era() + ", " + attributePolicy() + " attributes, prices: "
                + board().prices();
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
                        entry.ageNanos()));
            }
        }
        return new IovaMap(device.name(), device.window(), entries, clock().toString(), source(), OptionalLong.empty());
    }

    /** How many buffers and mappings are alive on all devices. */
    public int liveMappings() {
        return live.size();
    }

    /** {@code exynos4412, Linux 3.14: 1 GiB RAM, 15 devices, at 41.3 µs}. */
    @Override
    public String toString() {
        return board().name() + ", " + era() + ": " + Bytes.text(board().ram().bytes()) + " RAM, " + devices.size()
                + " devices, at " + clock();
    }
}
