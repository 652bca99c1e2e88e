package org.dmalab.engine.dma;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.iommu.BusPort;
import org.dmalab.engine.iommu.IommuDevice;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iommu.IommuGroup;
import org.dmalab.engine.memory.CoherentPool;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.trace.TraceSink;

/**
 * A device as its driver sees it ({@code struct device} with the calls of {@code linux/dma-mapping.h}), and as a bus
 * master: {@link #read} and {@link #write} are what the hardware does. Each call that can fail has a long form that
 * returns an outcome ({@code tryAlloc}) and a short one that throws {@link DmaFailure} ({@code alloc}).
 */
public final class DmaDevice {
    private static final String BUFFER = "buffer";

    private final BusMaster master;
    private final BusPort port;
    private final BusAccess bus;
    private final AddressUse use;
    private final LiveMappings live;
    private final Cpu cpu;
    private final TraceSink trace;
    private DmaMapOps ops;
    private DeviceBuffers buffers;
    private StreamingMappings streaming;
    private long maxSegSize;

    /** Who uses the same DMA addresses, and the words to put under a picture. */
    public interface AddressUse {
        /** What is mapped in the window of {@code device} now. */
        IovaMap map(DmaDevice device);
    }

    /**
     * A device that asks {@code ops} for addresses and reaches memory through {@code port}.
     *
     * @param maxSegSize the longest DMA segment it takes ({@code dma_set_max_seg_size})
     * @param live what is mapped, of all devices
     * @param cpu the CPU its driver and its users run on
     */
    public DmaDevice(
            BusMaster master,
            DmaMapOps ops,
            BusPort port,
            long maxSegSize,
            AddressUse use,
            LiveMappings live,
            Cpu cpu,
            TraceSink trace) {
        this.master = master;
        this.ops = ops;
        this.port = port;
        this.bus = new BusAccess(master, port, this::iovaMap);
        this.maxSegSize = maxSegSize;
        this.use = use;
        this.live = live;
        this.cpu = cpu;
        this.trace = trace;
        this.buffers = new DeviceBuffers(master, ops, trace);
        this.streaming = new StreamingMappings(master, ops, live, trace);
    }

    /** Its name in the device tree. */
    public String name() {
        return master.name();
    }

    /** Who it is on the bus. */
    public BusMaster master() {
        return master;
    }

    /** The backend that serves it ({@code get_dma_ops}). */
    public DmaMapOps ops() {
        return ops;
    }

    /**
     * Lets {@code other} serve it from now on ({@code set_dma_ops}). Linux does not look; buffers that are alive would be given
     * back to a backend that did not make them.
     *
     * @throws IllegalArgumentException if buffers or mappings of it are alive
     */
    public void setOps(DmaMapOps other) {
        Objects.requireNonNull(other, "other");
        requireIdle();
        ops = other;
        buffers = new DeviceBuffers(master, ops, trace);
        streaming = new StreamingMappings(master, ops, live, trace);
    }

    private void requireIdle() {
        int alive = alive();
        if (alive > 0) {
            throw new IllegalArgumentException(
                    name() + " has " + alive + (alive == 1 ? " buffer or mapping" : " buffers or mappings")
                            + " that would outlive the backend it came from: free and unmap first");
        }
    }

    /** How many buffers and mappings of it are alive. */
    public int alive() {
        return live.entries(List.of(master)).size();
    }

    /** The device as the IOMMU-API sees it: its interfaces, its domain. */
    public IommuDevice iommu() {
        return port.device();
    }

    /** The domain that translates for it now ({@code iommu_get_domain_for_dev}); empty while its addresses pass as they are. */
    public Optional<IommuDomain> iommuDomain() {
        return iommu().domain();
    }

    /** The devices that its IOMMU cannot tell from it; none for the drivers of Linux 3.14, which make no groups. */
    public Optional<IommuGroup> iommuGroup() {
        return iommu().group();
    }

    /**
     * Its way to memory through its interface {@code name} ({@code left}), where {@link #read} and {@link #write} take the first.
     *
     * @throws IllegalArgumentException if it has none of that name
     */
    public DeviceInterface via(String name) {
        BusPort other = port.via(Objects.requireNonNull(name, "name"));
        return new DeviceInterface(other, new BusAccess(master, other, this::iovaMap), cpu);
    }

    /** Its way to memory. */
    public BusPort port() {
        return port;
    }

    /** The longest DMA segment it takes ({@code dma_get_max_seg_size}). */
    public long maxSegSize() {
        return maxSegSize;
    }

    /** Sets {@link #maxSegSize()} ({@code dma_set_max_seg_size}). */
    public void maxSegSize(long bytes) {
        maxSegSize = Bytes.requirePositive("maxSegSize", bytes);
    }

    /** {@code dma_alloc_attrs} with GFP_KERNEL: a cleared buffer of {@code bytes}, rounded up to pages. */
    public Outcome<DmaBuffer> tryAlloc(long bytes, DmaAttribute... attributes) {
        return tryAlloc(bytes, Gfp.KERNEL, attributes);
    }

    /**
     * {@code dma_alloc_attrs}: a buffer of {@code bytes}, rounded up to pages. With GFP_ATOMIC it comes from the atomic pool,
     * which is not cleared between its users.
     *
     * @param gfp how its pages may be got, and whether the caller may sleep; zone and mobility are the backend's to choose
     */
    public Outcome<DmaBuffer> tryAlloc(long bytes, Gfp gfp, DmaAttribute... attributes) {
        return buffers.alloc(bytes, gfp, DmaAttrs.of(attributes));
    }

    /** {@link #tryAlloc}, or a {@link DmaFailure}. */
    public DmaBuffer alloc(long bytes, DmaAttribute... attributes) {
        return tryAlloc(bytes, attributes).orElseThrow(DmaFailure::new);
    }

    /**
     * {@code dma_declare_coherent_memory}: gives the device memory of its own, reserved at boot as DMA_POOL or NO_MAP, from
     * which it allocates first. An exhausted region leaves it to ordinary memory unless it is EXCLUSIVE.
     *
     * @param deviceBase where the device sees the region: at {@code base}, for no bus of the boards has an offset
     * @return the region, or {@link CoherentPool.NotDeclared}
     */
    public Outcome<CoherentPool> declareCoherentMemory(
            PhysAddr base, DmaAddr deviceBase, long bytes, CoherentPool.Flag... flags) {
        return ops.declareCoherentMemory(
                master,
                Objects.requireNonNull(base, "base"),
                Objects.requireNonNull(deviceBase, "deviceBase"),
                bytes,
                Set.of(Objects.requireNonNull(flags, "flags")));
    }

    /** {@code dma_free_attrs}: give the attributes of alloc again. A failure leaves the buffer as it is. */
    public Outcome<DmaBuffer> tryFree(DmaBuffer buffer, DmaAttribute... attributes) {
        return buffers.free(buffer, DmaAttrs.of(attributes));
    }

    /** {@link #tryFree}, or a {@link DmaFailure}. */
    public void free(DmaBuffer buffer, DmaAttribute... attributes) {
        DmaBuffer unused = tryFree(buffer, attributes).orElseThrow(DmaFailure::new);
        assert unused.equals(buffer);
    }

    /** {@code dma_mmap_attrs}: shows the whole buffer to {@code process}; give the attributes of alloc again. */
    public Outcome<UserMapping> tryMmap(DmaBuffer buffer, UserAddressSpace process, DmaAttribute... attributes) {
        return tryMmap(
                buffer, process, 0, Objects.requireNonNull(buffer, BUFFER).bytes(), attributes);
    }

    /**
     * {@code dma_mmap_attrs} of a part.
     *
     * @param firstPage the first page to show
     * @param bytes how much, rounded up to pages
     */
    public Outcome<UserMapping> tryMmap(
            DmaBuffer buffer, UserAddressSpace process, long firstPage, long bytes, DmaAttribute... attributes) {
        return buffers.mmap(buffer, process, cpu, firstPage, bytes, DmaAttrs.of(attributes));
    }

    /** {@link #tryMmap(DmaBuffer, UserAddressSpace, DmaAttribute...)}, or a {@link DmaFailure}. */
    public UserMapping mmap(DmaBuffer buffer, UserAddressSpace process, DmaAttribute... attributes) {
        return tryMmap(buffer, process, attributes).orElseThrow(DmaFailure::new);
    }

    /** {@code dma_get_sgtable}: the buffer's memory, to be mapped for another device; give the attributes of alloc again. */
    public Outcome<SgTable> tryGetSgtable(DmaBuffer buffer, DmaAttribute... attributes) {
        return buffers.getSgtable(buffer, DmaAttrs.of(attributes));
    }

    /** {@link #tryGetSgtable}, or a {@link DmaFailure}. */
    public SgTable getSgtable(DmaBuffer buffer, DmaAttribute... attributes) {
        return tryGetSgtable(buffer, attributes).orElseThrow(DmaFailure::new);
    }

    /** {@code dma_map_page}: lets the device have {@code bytes} of contiguous memory from {@code phys} on. */
    public Outcome<DmaMapping> tryMap(PhysAddr phys, long bytes, DmaDirection direction, DmaAttribute... attributes) {
        return streaming.map(phys, bytes, direction, DmaAttrs.of(attributes));
    }

    /** {@link #tryMap(PhysAddr, long, DmaDirection, DmaAttribute...)}, or a {@link DmaFailure}. */
    public DmaMapping map(PhysAddr phys, long bytes, DmaDirection direction, DmaAttribute... attributes) {
        return tryMap(phys, bytes, direction, attributes).orElseThrow(DmaFailure::new);
    }

    /** {@code dma_unmap_page}: the CPU owns the memory again. */
    public void unmap(DmaMapping mapping, DmaAttribute... attributes) {
        streaming.unmap(mapping, DmaAttrs.of(attributes));
    }

    /** {@code dma_map_sg}: lets the device have the memory of {@code table}. */
    public Outcome<SgMapping> tryMap(SgTable table, DmaDirection direction, DmaAttribute... attributes) {
        return streaming.map(table, maxSegSize, direction, DmaAttrs.of(attributes));
    }

    /** {@link #tryMap(SgTable, DmaDirection, DmaAttribute...)}, or a {@link DmaFailure}. */
    public SgMapping map(SgTable table, DmaDirection direction, DmaAttribute... attributes) {
        return tryMap(table, direction, attributes).orElseThrow(DmaFailure::new);
    }

    /** {@code dma_unmap_sg} of all entries: the CPU owns the memory again. */
    public void unmap(SgMapping mapping, DmaAttribute... attributes) {
        unmap(mapping, Objects.requireNonNull(mapping, "mapping").table().origNents(), attributes);
    }

    /**
     * {@code dma_unmap_sg} of the first {@code nents} entries, of which only those that carry a segment end one. The kernel wants
     * the number of entries that were mapped ({@code orig_nents}), not the number of segments that map returned ({@code nents}):
     * with fewer, segments stay mapped, and memory of the other entries is not synced for the CPU.
     *
     * @throws IllegalArgumentException if {@code nents} is not 1 to the number of entries
     */
    public void unmap(SgMapping mapping, int nents, DmaAttribute... attributes) {
        streaming.unmap(mapping, nents, DmaAttrs.of(attributes));
    }

    /** {@code dma_sync_single_for_cpu}: the CPU may look at the memory now. */
    public void syncForCpu(DmaMapping mapping) {
        streaming.syncForCpu(mapping);
    }

    /** {@code dma_sync_single_for_device}: the device may have the memory again. */
    public void syncForDevice(DmaMapping mapping) {
        streaming.syncForDevice(mapping);
    }

    /** {@code dma_sync_single_range_for_cpu}: the CPU may look at {@code bytes} from {@code offset} on now. */
    public void syncForCpu(DmaMapping mapping, long offset, long bytes) {
        streaming.syncForCpu(mapping, offset, bytes);
    }

    /** {@code dma_sync_single_range_for_device}: the device may have {@code bytes} from {@code offset} on again. */
    public void syncForDevice(DmaMapping mapping, long offset, long bytes) {
        streaming.syncForDevice(mapping, offset, bytes);
    }

    /** {@code dma_sync_sg_for_cpu}: the CPU may look at the memory of all entries now. */
    public void syncForCpu(SgMapping mapping) {
        streaming.syncForCpu(mapping);
    }

    /** {@code dma_sync_sg_for_device}: the device may have the memory of all entries again. */
    public void syncForDevice(SgMapping mapping) {
        streaming.syncForDevice(mapping);
    }

    /** The explicit sync that a NON_CONSISTENT buffer needs before the CPU looks ({@code dma_cache_sync}). */
    public void syncForCpu(DmaBuffer buffer, DmaDirection direction) {
        buffers.requireAlive(buffer);
        StreamingMappings.requireDirection(direction);
        streaming.sync(buffer.dmaAddr(), buffer.bytes(), direction, false);
    }

    /** The explicit sync that a NON_CONSISTENT buffer needs before the device looks ({@code dma_cache_sync}). */
    public void syncForDevice(DmaBuffer buffer, DmaDirection direction) {
        buffers.requireAlive(buffer);
        StreamingMappings.requireDirection(direction);
        streaming.sync(buffer.dmaAddr(), buffer.bytes(), direction, true);
    }

    /**
     * The driver starts the hardware ({@code writel}, whose barrier lets the CPU's write buffer run empty), which reads
     * {@code bytes} from {@code dma}; a failure is an IOMMU fault or a bus error.
     */
    public Outcome<byte[]> tryRead(DmaAddr dma, int bytes) {
        int length = (int) Bytes.requirePositive("bytes", bytes);
        cpu.doorbell();
        return bus.read(dma, length);
    }

    /**
     * The hardware reads {@code bytes} from {@code dma} on its own account, nobody having rung its doorbell ({@code
     * writel_relaxed}, or a device that polls): what still waits in a CPU's write buffer it does not see.
     */
    public Outcome<byte[]> tryPoll(DmaAddr dma, int bytes) {
        return bus.read(dma, (int) Bytes.requirePositive("bytes", bytes));
    }

    /** {@link #tryPoll}, or a {@link DmaFailure}. */
    public byte[] poll(DmaAddr dma, int bytes) {
        return tryPoll(dma, bytes).orElseThrow(DmaFailure::new);
    }

    /** {@link #tryRead}, or a {@link DmaFailure}. */
    public byte[] read(DmaAddr dma, int bytes) {
        return tryRead(dma, bytes).orElseThrow(DmaFailure::new);
    }

    /** The hardware writes {@code bytes} at {@code dma}; a failure is an IOMMU fault or a bus error, and writes nothing. */
    public Outcome<Integer> tryWrite(DmaAddr dma, byte... bytes) {
        return bus.write(dma, bytes);
    }

    /** {@link #tryWrite}, or a {@link DmaFailure}. */
    public void write(DmaAddr dma, byte... bytes) {
        int written = tryWrite(dma, bytes).orElseThrow(DmaFailure::new);
        assert written == bytes.length;
    }

    /** The addresses that its mappings get. */
    public AddrRange<DmaAddr> window() {
        return ops.window();
    }

    /** What is mapped in its window now, by it and by those who share the window. */
    public IovaMap iovaMap() {
        return use.map(this);
    }

    /** {@code fimc0 behind 11800000.sysmmu, window [0x20000000-0x27ffffff]}; {@code (bypass)} while nothing is translated. */
    @Override
    public String toString() {
        return name()
                + (port.iommus().isEmpty()
                        ? ", no IOMMU"
                        : " behind " + port.iommus().get(0).name()
                                + (iommuDomain().isEmpty() ? " (bypass)" : ""))
                + ", window " + window();
    }
}
