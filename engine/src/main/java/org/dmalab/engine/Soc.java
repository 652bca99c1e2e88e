package org.dmalab.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.dmalab.engine.arm.ArmDmaOps;
import org.dmalab.engine.arm.ArmIommuDmaOps;
import org.dmalab.engine.arm.AttributePolicy;
import org.dmalab.engine.arm.CoherentMapping;
import org.dmalab.engine.arm.DmaIommuMapping;
import org.dmalab.engine.arm.Platform;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.cache.Speculation;
import org.dmalab.engine.cost.ClockDriver;
import org.dmalab.engine.cost.Ledger;
import org.dmalab.engine.cost.SimClock;
import org.dmalab.engine.cpu.ConsistentRegion;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.KernelAddressSpace;
import org.dmalab.engine.cpu.KernelLayout;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapOps;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.LiveMappings;
import org.dmalab.engine.iommu.BusPort;
import org.dmalab.engine.iommu.Iommu;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iova.BitmapIovaDomain;
import org.dmalab.engine.memory.CmaArea;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.MovablePages;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PageCopy;
import org.dmalab.engine.memory.PageFrames;
import org.dmalab.engine.memory.PageMap;
import org.dmalab.engine.memory.PageTypeInfo;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ShadowMemory;
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
    /** {@code CONFIG_ARM_DMA_IOMMU_ALIGNMENT}: mappings are aligned to their size up to 1 MiB. */
    private static final int ALIGNMENT_CAP = 8;

    private final SocBuilder<Soc> origin;
    private final MemoryLayout layout;
    private final Tracepoints trace = new Tracepoints();
    private final ClockDriver clock;
    private final Fingerprint fingerprint = new Fingerprint();
    private final LiveMappings live;
    private final PhysicalMemory ram;
    private final ShadowMemory truth;
    private final KernelMemory memory;
    private final KernelAddressSpace kernel;
    private final CacheHierarchy caches;
    private final List<Cpu> cpus = new ArrayList<>();
    private final List<UserAddressSpace> processes = new ArrayList<>();
    private final Map<String, DmaDevice> devices = new LinkedHashMap<>();
    private final Map<DmaMapOps, List<BusMaster>> users = new HashMap<>();
    private final Machine machine;

    /** Puts machines together. */
    private static final class Assembly extends SocBuilder<Soc> {
        Assembly(Board board) {
            super(board);
        }

        Assembly(SocBuilder<Soc> choices) {
            super(choices);
        }

        @Override
        public Soc build() {
            return new Soc(new Assembly(this));
        }
    }

    private Soc(SocBuilder<Soc> origin) {
        this.origin = origin;
        Board board = origin.board();
        clock = new ClockDriver(
                board.prices(),
                board.cores().caches().inner().lineBytes(),
                board.cores().caches().outer().isPresent() ? 2 : 1);
        live = new LiveMappings(clock.clock()::nanos);
        layout = MemoryLayout.of(board.memory());

        ram = new PhysicalMemory(board.memory().banks());
        truth = new ShadowMemory(new PhysicalMemory(board.memory().banks()), clock.clock()::nanos);
        caches = new CacheHierarchy(board.cores().caches(), ram, trace);
        CacheMaintenance maintenance = new CacheMaintenance(
                caches,
                board.cores().maintenance(),
                MemoryLayout.PAGE_OFFSET,
                layout.lowmem().start());
        PageCopy copy = new CachedPageCopy(caches, maintenance, ram, truth);
        memory = new KernelMemory(board.memory(), layout, origin.era(), copy, trace);
        boolean consistent = origin.coherentMapping() == CoherentMapping.CONSISTENT_REGION;
        kernel = new KernelAddressSpace(
                new KernelLayout(
                        origin.era(),
                        layout.lowmem(),
                        MemoryLayout.PAGE_OFFSET,
                        layout.vmalloc(),
                        consistent ? ConsistentRegion.DEFAULT_BYTES : 0),
                trace);
        memory.areas().forEach(area -> splitLowmem(KernelMemory.range(area)));
        for (int i = 0; i < board.cores().caches().cpus(); i++) {
            cpus.add(new Cpu(new CpuId(i), caches, truth, trace));
        }

        Platform platform = new Platform(
                origin.era(),
                origin.policy(),
                origin.coherentMapping(),
                board.cores().coherent(),
                ram,
                memory.pages(),
                memory.defaultArea(),
                maintenance,
                kernel,
                truth,
                trace);
        trace.add(clock);
        trace.add(fingerprint);
        trace.add(live);
        addDevices(board, platform, new TableMemory(ram, memory.pages(), maintenance, trace));
        machine = new Machine(
                board,
                layout,
                ram,
                truth,
                memory.pages(),
                caches,
                kernel,
                memory.areas(),
                Collections.unmodifiableList(processes),
                Collections.unmodifiableCollection(devices.values()),
                clock.clock(),
                source());
    }

    /** {@code dma_contiguous_remap}: lowmem of a CMA area is mapped by pages from boot on, so that their type can change. */
    private void splitLowmem(AddrRange<PhysAddr> range) {
        MemoryLayout.common(range, layout.lowmem()).ifPresent(kernel::splitSections);
    }

    /** Samsung Exynos 4412, as Linux 3.14 ran it; see {@link Boards#exynos4412}. */
    public static Soc exynos4412() {
        return of(Boards.exynos4412()).build();
    }

    /** Xilinx Zynq-7000, as Linux 3.14 ran it; see {@link Boards#zynq7000}. */
    public static Soc zynq7000() {
        return of(Boards.zynq7000()).build();
    }

    /** A machine to be built from {@code board}; Linux 3.14, mainline's attributes, unless said otherwise. */
    public static SocBuilder<Soc> of(Board board) {
        return new Assembly(board);
    }

    /** The choices this machine was built from, to be changed and built again. */
    public SocBuilder<Soc> toBuilder() {
        return new Assembly(origin);
    }

    private void addDevices(Board board, Platform platform, TableMemory tables) {
        Map<String, ArmIommuDmaOps> behindIommu = new HashMap<>();
        for (Board.Window window : board.windows()) {
            ExynosSysmmuTable table =
                    ExynosSysmmuTable.create(tables, origin.era()).orElseThrow(DmaFailure::new);
            IommuDomain domain = new IommuDomain(behindIommu.size(), table, origin.era(), trace);
            BitmapIovaDomain iovas = BitmapIovaDomain.create(
                            origin.era(),
                            window.range().start(),
                            window.range().bytes(),
                            new BitmapIovaDomain.Granularity(window.order(), ALIGNMENT_CAP),
                            trace)
                    .orElseThrow(DmaFailure::new);
            behindIommu.put(window.name(), new ArmIommuDmaOps(platform, new DmaIommuMapping(domain, iovas)));
        }
        ArmDmaOps direct = new ArmDmaOps(platform, false);
        ArmDmaOps coherent = new ArmDmaOps(platform, true);
        for (Board.Master description : board.masters()) {
            BusMaster master = new BusMaster(devices.size(), description.name());
            List<Iommu> iommus = new ArrayList<>();
            for (Board.Sysmmu sysmmu : description.iommus()) {
                iommus.add(new Iommu(sysmmu.name(), sysmmu.registers(), trace));
            }
            ArmIommuDmaOps translated = behindIommu.get(description.window());
            DmaMapOps ops = translated != null ? translated : description.dmaCoherent() ? coherent : direct;
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
                            new BusPort(
                                    master,
                                    iommus,
                                    ram,
                                    caches,
                                    description.port() == Board.Port.SNOOPED,
                                    truth,
                                    trace),
                            description.maxSegSize(),
                            this::iovaMap,
                            live,
                            cpus.get(0),
                            trace));
        }
    }

    /** What it was put together from. */
    public Board board() {
        return origin.board();
    }

    /** Whose decisions it takes. */
    public Era era() {
        return origin.era();
    }

    /** How it treats attributes. */
    public AttributePolicy attributePolicy() {
        return origin.policy();
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

    /** How a coherent buffer gets its uncached address here. */
    public CoherentMapping coherentMapping() {
        return origin.coherentMapping();
    }

    /** The CPU that drivers and processes run on where nothing else is said. */
    public Cpu cpu() {
        return cpus.get(0);
    }

    /** CPU number {@code index}. */
    public Cpu cpu(int index) {
        if (index < 0 || index >= cpus.size()) {
            throw new IllegalArgumentException("CPU must be 0.." + (cpus.size() - 1) + ": " + index);
        }
        return cpus.get(index);
    }

    /** All CPUs. */
    public List<Cpu> cpus() {
        return List.copyOf(cpus);
    }

    /** The caches. */
    public CacheHierarchy caches() {
        return caches;
    }

    /** The kernel's virtual addresses. */
    public KernelAddressSpace kernel() {
        return kernel;
    }

    /** The page allocator. */
    public PageAllocator pages() {
        return memory.pages();
    }

    /** Who uses the movable pages, and who holds them in place. */
    public PageFrames frames() {
        return memory.frames();
    }

    /** A new user of movable pages: a page cache, a process's memory. */
    public MovablePages movable(String name) {
        return new MovablePages(name, memory.frames());
    }

    /** The default CMA area. */
    public CmaArea cma() {
        return memory.defaultArea()
                .orElseThrow(() -> new IllegalArgumentException("board " + board().name()
                        + " has no CMA area: build it with Soc.exynos4412().toBuilder().cma(mib(64)).build() or so"));
    }

    /** What the page frames of the default CMA area hold now. */
    public PageMap cmaMap() {
        return cma().map(clock().toString(), source());
    }

    /** All CMA areas: the default one, and those of {@code reserved-memory}. */
    public List<CmaArea> cmaAreas() {
        return memory.areas();
    }

    /** The contents of RAM. */
    public PhysicalMemory ram() {
        return ram;
    }

    /** What RAM would hold if there were no caches and no write buffers, and who stored last. */
    public ShadowMemory truth() {
        return truth;
    }

    /** A new process with nothing mapped. */
    public UserAddressSpace newProcess() {
        UserAddressSpace process = new UserAddressSpace(processes.size() + 1, "process", trace);
        processes.add(process);
        return process;
    }

    /** All addresses that lead to {@code buffer} and all copies of it: which are true, which lie. */
    public AliasAudit audit(DmaBuffer buffer) {
        return new Auditor(machine).audit(buffer);
    }

    /** All addresses that lead to {@code bytes} of RAM from {@code start}, and all copies of them. */
    public AliasAudit audit(PhysAddr start, long bytes) {
        return new Auditor(machine).audit(start, bytes);
    }

    /** Follows {@code bytes}, 1..16 of them in one cache line, through caches, RAM and {@code readers}. */
    public Watch watch(String title, PhysAddr start, int bytes, DmaDevice... readers) {
        return new Watch(machine, title, start, bytes, List.of(readers));
    }

    /** Where the page of {@code phys} is for the kernel, in RAM, and for each of {@code devices}. */
    public AddressMap addressMap(String title, PhysAddr phys, DmaDevice... devices) {
        return new AddressMaps(machine).of(title, phys, List.of(devices));
    }

    /** The vmalloc area: what is mapped there, and the holes. */
    public AddressMap vmallocMap() {
        return new AddressMaps(machine).vmalloc();
    }

    /**
     * From now on each access of a CPU or a device makes CPU0 load a line of {@code [start, start + bytes)} with probability
     * {@code rate}, though no program asked for it, as long as the linear map there is cacheable; {@code seed} decides which.
     */
    public void speculate(PhysAddr start, long bytes, double rate, long seed) {
        AddrRange<PhysAddr> range = new AddrRange<>(start, bytes);
        if (!ram.contains(start, bytes)) {
            throw new IllegalArgumentException(
                    "only RAM can be loaded: " + bytes + " bytes at " + start + "; banks are " + ram.banks());
        }
        if (!layout.lowmem().contains(start)) {
            noSpeculation();
            return;
        }
        caches.speculate(
                new Speculation(range, kernel.linear(start), rate, seed),
                phys -> layout.lowmem().contains(new PhysAddr(phys))
                        && kernel.linearType(new PhysAddr(phys))
                                .filter(MemoryType::cacheable)
                                .isPresent());
    }

    /** Ends {@link #speculate}. */
    public void noSpeculation() {
        caches.speculate(Optional.empty());
    }

    /** Other data pushes the lines of {@code [start, start + bytes)} out of the caches; dirty ones are written back. */
    public void evict(PhysAddr start, long bytes) {
        caches.evict(new AddrRange<>(start, bytes));
    }

    /** One page of lowmem for a driver's own use ({@code __get_free_page}); the kernel sees it at its linear address. */
    public PhysAddr allocPage() {
        return pages().alloc(0, Gfp.KERNEL).orElseThrow(DmaFailure::new);
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
        return pages().snapshot(clock().toString(), source());
    }

    /** The free blocks by zone, migrate type and order, and the pageblocks of each type ({@code /proc/pagetypeinfo}). */
    public PageTypeInfo pageTypes() {
        return pages().pageTypes(clock().toString(), source());
    }

    /**
     * Sets free memory into the state of another machine, zone by name: exactly these free blocks, everything else in use by
     * somebody unknown. Read the file with {@code ProcBuddyinfo.read(path)}.
     *
     * @throws IllegalArgumentException if a zone has fewer pages than are free there
     */
    public void restore(FragmentationSnapshot snapshot) {
        pages().restore(snapshot);
    }

    /** {@link #restore(FragmentationSnapshot)} with migrate types; read the file with {@code ProcPagetypeinfo.read(path)}. */
    public void restore(PageTypeInfo types) {
        pages().restore(types);
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
        return board().name() + ", " + era() + ": "
                + Bytes.text(board().memory().bytes()) + " RAM, " + devices.size() + " devices, at " + clock();
    }
}
