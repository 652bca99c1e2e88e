package org.dmalab.engine;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.dmalab.engine.arm.AttributePolicy;
import org.dmalab.engine.arm.CoherentMapping;
import org.dmalab.engine.arm.DmaIommuMapping;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Architecture;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.cost.Ledger;
import org.dmalab.engine.cost.SimClock;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.KernelAddressSpace;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.cpu.VmallocArea;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.iommu.Attachment;
import org.dmalab.engine.iommu.DomainType;
import org.dmalab.engine.iommu.FaultLog;
import org.dmalab.engine.iommu.Iommu;
import org.dmalab.engine.iommu.IommuDevice;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.memory.CmaArea;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.MovablePages;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PageFrames;
import org.dmalab.engine.memory.PageMap;
import org.dmalab.engine.memory.PageTypeInfo;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ShadowMemory;
import org.dmalab.engine.trace.TraceRecorder;
import org.dmalab.engine.trace.TraceSink;

/**
 * A running machine: RAM, caches, a CPU, IOMMUs and devices, put together from a {@link Board} for one {@link Era}. What
 * it does depends on nothing but its description and the calls made on it.
 */
public final class Soc {
    private static final String DEVICE = "device";

    private final SocBuilder<Soc> origin;
    private final Hardware hardware;
    private final BootedKernel booted;
    private final BoardDevices devices;
    private final List<UserAddressSpace> processes = new ArrayList<>();
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
        MemoryLayout layout = MemoryLayout.of(board.memory());
        hardware = Hardware.of(board, layout);
        booted = BootedKernel.boot(origin, layout, hardware);
        hardware.startClock();
        devices = new BoardDevices(origin, hardware, booted, source());
        machine = new Machine(
                board,
                layout,
                hardware.ram(),
                hardware.truth(),
                booted.memory().pages(),
                hardware.caches(),
                booted.kernel(),
                booted.memory().areas(),
                Collections.unmodifiableList(processes),
                devices.all(),
                devices.turns(),
                clock(),
                source());
    }

    /** Samsung Exynos 4412, as Linux 3.14 ran it; see {@link Boards#exynos4412}. */
    public static Soc exynos4412() {
        return of(Boards.exynos4412()).build();
    }

    /** Samsung Exynos 4210, as Linux 3.14 ran it; see {@link Boards#exynos4210}. */
    public static Soc exynos4210() {
        return of(Boards.exynos4210()).build();
    }

    /** TI OMAP4430, as Linux 3.14 ran it; see {@link Boards#omap4430}. */
    public static Soc omap4430() {
        return of(Boards.omap4430()).build();
    }

    /** Qualcomm MSM8660, as Linux 3.14 ran it; see {@link Boards#msm8660}. */
    public static Soc msm8660() {
        return of(Boards.msm8660()).build();
    }

    /** NVIDIA Tegra20, as Linux 3.14 ran it; see {@link Boards#tegra20}. */
    public static Soc tegra20() {
        return of(Boards.tegra20()).build();
    }

    /** NVIDIA Tegra30, as Linux 3.14 ran it; see {@link Boards#tegra30}. */
    public static Soc tegra30() {
        return of(Boards.tegra30()).build();
    }

    /** Freescale i.MX6 Quad, as Linux 3.14 ran it; see {@link Boards#imx6q}. */
    public static Soc imx6q() {
        return of(Boards.imx6q()).build();
    }

    /** Rockchip RK3288, as Linux 3.14 ran it; see {@link Boards#rk3288}. */
    public static Soc rk3288() {
        return of(Boards.rk3288()).build();
    }

    /** Xilinx Zynq-7000, as Linux 3.14 ran it; see {@link Boards#zynq7000}. */
    public static Soc zynq7000() {
        return of(Boards.zynq7000()).build();
    }

    /** A 64-bit machine of which RAM is looked at; see {@link Boards#arm64}. */
    public static Soc arm64(long bytes) {
        return of(Boards.arm64(bytes)).build();
    }

    /**
     * A machine with the zones of another one, by name and number of pageblocks, in that one's state; without devices. Read the
     * file with {@code ProcPagetypeinfo.read(path)}. A {@code /proc/buddyinfo} does not tell how large zones are: restore it to
     * {@link #arm64}, or to a board of this size.
     *
     * @throws IllegalArgumentException if zones are unknown, of several nodes, or too large for their place
     */
    public static Soc like(PageTypeInfo types) {
        Soc soc = of(BoardLike.of(Objects.requireNonNull(types, "types"))).build();
        soc.restore(types);
        return soc;
    }

    /** A machine to be built from {@code board}; Linux 3.14, mainline's attributes, unless said otherwise. */
    public static SocBuilder<Soc> of(Board board) {
        return new Assembly(Objects.requireNonNull(board, "board"));
    }

    /** The choices this machine was built from, to be changed and built again. */
    public SocBuilder<Soc> toBuilder() {
        return new Assembly(origin);
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
        return devices.device(Objects.requireNonNull(name, "name"));
    }

    /** All devices. */
    public List<DmaDevice> devices() {
        return List.copyOf(devices.all());
    }

    /** All IOMMUs. */
    public List<Iommu> iommus() {
        return devices.iommus().core().iommus();
    }

    /** The IOMMU of that name, {@code 11a20000.sysmmu}. */
    public Iommu iommu(String name) {
        return devices.iommus().iommu(Objects.requireNonNull(name, "name"));
    }

    /** The IOMMU faults since boot. */
    public FaultLog iommuFaults() {
        return devices.iommus().core().faults();
    }

    /**
     * A new, empty domain for devices like {@code device}, to be filled by the IOMMU-API ({@code iommu_domain_alloc}). The one that
     * translates for it now is {@link DmaDevice#iommuDomain}.
     */
    public IommuDomain allocIommuDomain(DmaDevice device) {
        return allocIommuDomain(device, DomainType.UNMANAGED);
    }

    /** {@link #tryAllocIommuDomain}, or a {@link DmaFailure}. */
    public IommuDomain allocIommuDomain(DmaDevice device, DomainType type) {
        return tryAllocIommuDomain(device, type).orElseThrow(DmaFailure::new);
    }

    /** An empty domain of that type for devices like {@code device} ({@code iommu_domain_alloc}). */
    public Outcome<IommuDomain> tryAllocIommuDomain(DmaDevice device, DomainType type) {
        return devices.iommus()
                .core()
                .allocDomain(Objects.requireNonNull(device, DEVICE).iommu(), Objects.requireNonNull(type, "type"));
    }

    /**
     * A domain for devices like {@code device} and an allocator for the addresses of {@code range}
     * ({@code arm_iommu_create_mapping}).
     *
     * @param order granules of {@code 4096 << order} bytes
     */
    public Outcome<DmaIommuMapping> tryCreateMapping(DmaDevice device, AddrRange<DmaAddr> range, int order) {
        return devices.createMapping(
                Objects.requireNonNull(device, DEVICE), Objects.requireNonNull(range, "range"), order);
    }

    /** {@link #tryCreateMapping}, or a {@link DmaFailure}. */
    public DmaIommuMapping createMapping(DmaDevice device, AddrRange<DmaAddr> range, int order) {
        return tryCreateMapping(device, range, order).orElseThrow(DmaFailure::new);
    }

    /**
     * Gives {@code device} its addresses from {@code mapping} and lets its domain translate them
     * ({@code arm_iommu_attach_device}).
     *
     * @return what its IOMMU's driver answers; if that is not 0, nothing has changed for the DMA-API. EBUSY if the driver would
     *     attach it while buffers or mappings of it are alive
     */
    public Outcome<Attachment> tryAttach(DmaDevice device, DmaIommuMapping mapping) {
        return devices.attach(Objects.requireNonNull(device, DEVICE), Objects.requireNonNull(mapping, "mapping"));
    }

    /** {@link #tryAttach}, or a {@link DmaFailure}. */
    @CanIgnoreReturnValue
    public Attachment attach(DmaDevice device, DmaIommuMapping mapping) {
        return tryAttach(device, mapping).orElseThrow(DmaFailure::new);
    }

    /**
     * Takes {@code device} out of its mapping ({@code arm_iommu_detach_device}): it is not translated any more.
     *
     * @return EINVAL if it is in none, EBUSY while buffers or mappings of it are alive
     */
    public Outcome<IommuDevice> tryDetach(DmaDevice device) {
        return devices.detach(Objects.requireNonNull(device, DEVICE));
    }

    /** {@link #tryDetach}, or a {@link DmaFailure}. */
    @CanIgnoreReturnValue
    public IommuDevice detach(DmaDevice device) {
        return tryDetach(device).orElseThrow(DmaFailure::new);
    }

    /** How a coherent buffer gets its uncached address here. */
    public CoherentMapping coherentMapping() {
        return origin.coherentMapping();
    }

    /** The CPU that drivers and processes run on where nothing else is said. */
    public Cpu cpu() {
        return hardware.cpus().get(0);
    }

    /** CPU number {@code index}. */
    public Cpu cpu(int index) {
        return hardware.cpu(index);
    }

    /** All CPUs. */
    public List<Cpu> cpus() {
        return hardware.cpus();
    }

    /** What the kernel does to the caches: by address range to PoC or PoU, and by set and way. */
    public CacheMaintenance maintenance() {
        return hardware.maintenance();
    }

    /** The caches. */
    public CacheHierarchy caches() {
        return hardware.caches();
    }

    /** The kernel's virtual addresses. */
    public KernelAddressSpace kernel() {
        return booted.kernel();
    }

    /** The page allocator. */
    public PageAllocator pages() {
        return booted.memory().pages();
    }

    /** Who uses the movable pages, and who holds them in place. */
    public PageFrames frames() {
        return booted.memory().frames();
    }

    /** A new user of movable pages: a page cache, a process's memory. */
    public MovablePages movable(String name) {
        return new MovablePages(
                Objects.requireNonNull(name, "name"), booted.memory().frames());
    }

    /** The default CMA area. */
    public CmaArea cma() {
        return booted.memory()
                .defaultArea()
                .orElseThrow(() -> new IllegalArgumentException("board " + board().name()
                        + " has no CMA area: build it with Soc.exynos4412().toBuilder().cma(mib(64)).build() or so"));
    }

    /** What the page frames of the default CMA area hold now. */
    public PageMap cmaMap() {
        return cma().map(clock().toString(), source());
    }

    /** All CMA areas: the default one, and those of {@code reserved-memory}. */
    public List<CmaArea> cmaAreas() {
        return booted.memory().areas();
    }

    /** The contents of RAM. */
    public PhysicalMemory ram() {
        return hardware.ram();
    }

    /** What RAM would hold if there were no caches and no write buffers, and who stored last. */
    public ShadowMemory truth() {
        return hardware.truth();
    }

    /** A new process with nothing mapped. */
    public UserAddressSpace newProcess() {
        return newProcess("process");
    }

    /** A new process with nothing mapped that runs the command {@code name}. */
    public UserAddressSpace newProcess(String name) {
        Objects.requireNonNull(name, "name");
        if (board().memory().architecture() != Architecture.ARM32) {
            throw new IllegalArgumentException("processes are modelled with 32-bit addresses: board " + board().name()
                    + " is " + board().memory().architecture().text());
        }
        UserAddressSpace process =
                new UserAddressSpace(processes.size() + 1, name, Optional.of(booted.processMemory()), hardware.trace());
        processes.add(process);
        return process;
    }

    /** All addresses that lead to {@code buffer} and all copies of it: which are true, which lie. */
    public AliasAudit audit(DmaBuffer buffer) {
        return new Auditor(machine).audit(Objects.requireNonNull(buffer, "buffer"));
    }

    /** All addresses that lead to the page of {@code page}, and all copies of it. */
    public AliasAudit audit(PhysAddr page) {
        long inPage = Objects.requireNonNull(page, "page").value() & (PageSize.PAGE_BYTES - 1);
        return audit(page.plus(-inPage), PageSize.PAGE_BYTES);
    }

    /** All addresses that lead to {@code bytes} of RAM from {@code start}, and all copies of them. */
    public AliasAudit audit(PhysAddr start, long bytes) {
        return new Auditor(machine).audit(Objects.requireNonNull(start, "start"), bytes);
    }

    /** Follows {@code bytes}, 1..16 of them in one cache line, through caches, RAM and {@code readers}. */
    public Watch watch(String title, PhysAddr start, int bytes, DmaDevice... readers) {
        return new Watch(
                machine,
                Objects.requireNonNull(title, "title"),
                Objects.requireNonNull(start, "start"),
                bytes,
                all("readers", readers));
    }

    /** Where the page of {@code phys} is for the kernel, in RAM, and for each of {@code devices}. */
    public AddressMap addressMap(String title, PhysAddr phys, DmaDevice... devices) {
        return new AddressMaps(machine)
                .of(
                        Objects.requireNonNull(title, "title"),
                        Objects.requireNonNull(phys, "phys"),
                        all("devices", devices));
    }

    private static List<DmaDevice> all(String name, DmaDevice... devices) {
        for (DmaDevice device : Objects.requireNonNull(devices, name)) {
            Objects.requireNonNull(device, name);
        }
        return List.of(devices);
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
        booted.speculate(hardware, Objects.requireNonNull(start, "start"), bytes, rate, seed);
    }

    /** Ends {@link #speculate}. */
    public void noSpeculation() {
        hardware.caches().speculate(Optional.empty());
    }

    /** Other data pushes the lines of {@code [start, start + bytes)} out of the caches; dirty ones are written back. */
    public void evict(PhysAddr start, long bytes) {
        hardware.caches().evict(new AddrRange<>(Objects.requireNonNull(start, "start"), bytes));
    }

    /** One page of lowmem for a driver's own use ({@code __get_free_page}); the kernel sees it at its linear address. */
    public PhysAddr allocPage() {
        return booted.memory().allocPage();
    }

    /**
     * Gives a page of {@link #allocPage} back ({@code free_page}).
     *
     * @throws IllegalArgumentException if it is none that {@link #allocPage} gave, or was given back
     */
    public void free(PhysAddr page) {
        booted.memory().free(Objects.requireNonNull(page, "page"));
    }

    /** The files of {@code /proc} that tell of memory. */
    public Proc proc() {
        return new Proc(era(), pages(), kernel());
    }

    /** Simulated time. */
    public SimClock clock() {
        return hardware.clock().clock();
    }

    /** What simulated time went to since boot. */
    public Ledger ledger() {
        return hardware.clock().ledger();
    }

    /** A hash of everything that happened since boot. */
    public String fingerprint() {
        return String.format(Locale.ROOT, "%016x", hardware.fingerprint().value());
    }

    /** Lets {@code sink} hear everything from now on. */
    public void listen(TraceSink sink) {
        hardware.trace().add(Objects.requireNonNull(sink, "sink"));
    }

    /** Keeps the next {@code limit} events. */
    public TraceRecorder record(int limit) {
        if (limit <= 0) {
            throw new IllegalArgumentException("limit must be positive: " + limit);
        }
        TraceRecorder recorder = new TraceRecorder(clock()::nanos, limit);
        hardware.trace().add(recorder);
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
     * somebody unknown. What is in use here, buffers and movable pages, stays where it is. Read the file with
     * {@code ProcBuddyinfo.read(path)}.
     *
     * @throws IllegalArgumentException if no zone is given, a zone does not exist, or it has too few pages beside what is in
     *     use; nothing has changed then
     */
    public void restore(FragmentationSnapshot snapshot) {
        booted.memory()
                .frames()
                .restore(
                        Objects.requireNonNull(snapshot, "snapshot"),
                        booted.memory().areas());
    }

    /**
     * {@link #restore(FragmentationSnapshot)} with migrate types; read the file with {@code ProcPagetypeinfo.read(path)}.
     *
     * @throws IllegalArgumentException also if CMA areas have more pageblocks than are CMA there
     */
    public void restore(PageTypeInfo types) {
        booted.memory()
                .frames()
                .restore(Objects.requireNonNull(types, "types"), booted.memory().areas());
    }

    /**
     * Places the areas of another machine's vmalloc area beside those that are here; read the file with
     * {@code ProcVmallocinfo.areas(ProcVmallocinfo.read(path))}.
     *
     * @return the areas that lie outside the vmalloc window here, as modules do; nothing is made of them
     * @throws IllegalArgumentException if there are none, or areas overlap, lie where one is here, or cross the window's edge;
     *     nothing has changed then
     */
    public List<VmallocArea> restoreVmalloc(List<VmallocArea> areas) {
        if (Objects.requireNonNull(areas, "areas").isEmpty()) {
            throw new IllegalArgumentException("nothing to restore, no area is given [expected lines="
                    + "0xf0804000-0xf0809000   20480 imx_src_init+0x30/0x8c phys=0x020d8000 ioremap]");
        }
        return kernel().restore(areas);
    }

    /** Model, board, era and prices in one line: printed under every picture. */
    public String source() {
        return "model, " + board().name() + ", " + era() + ", " + attributePolicy() + " attributes, prices: "
                + board().prices();
    }

    /** How many buffers and mappings are alive on all devices. */
    public int liveMappings() {
        return devices.live().size();
    }

    /** {@code exynos4412, Linux 3.14: 1 GiB RAM, 15 devices, at 41.3 µs}. */
    @Override
    public String toString() {
        return board().name() + ", " + era() + ": "
                + Bytes.text(board().memory().bytes()) + " RAM, "
                + devices.all().size() + " devices, at " + clock();
    }
}
