package org.dmalab.engine.cache;

import static org.dmalab.engine.base.DmaDirection.BIDIRECTIONAL;
import static org.dmalab.engine.base.DmaDirection.FROM_DEVICE;
import static org.dmalab.engine.base.DmaDirection.TO_DEVICE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The three directions times map, sync for the CPU, sync for the device, and the edges of ranges, core by core. */
final class MaintenanceStyleTest {
    private static final PhysAddr BASE = new PhysAddr(0x40000000L);
    private static final int OLD = 0;
    private static final int CPU = 0x11;
    private static final int DEVICE = 0x22;

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(BASE, Bytes.mib(1))));
    private final List<String> inner = new ArrayList<>();
    private final List<String> outer = new ArrayList<>();
    private final CacheHierarchy caches = new CacheHierarchy(
            CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.kib(256), 8, 32), ram, new TraceSink() {
                @Override
                public void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {
                    String name = List.of("clean", "inv", "clean+inv").get(operation);
                    (level == 1 ? inner : outer).add(name + " " + (phys - BASE.value()) / 32 + "+" + lines);
                }
            });

    private CacheMaintenance by(MaintenanceStyle style) {
        return new CacheMaintenance(caches, style, new VirtAddr(0), new PhysAddr(0));
    }

    /** What RAM holds, and what the CPU would load, after the CPU stored and the bytes went to the device. */
    @ParameterizedTest
    @CsvSource({
        "V7_2014, TO_DEVICE, 0x11, 0x11, CLEAN", "V7_2014, FROM_DEVICE, 0, 0, ABSENT",
        "V7_2014, BIDIRECTIONAL, 0x11, 0x11, CLEAN", "V7, TO_DEVICE, 0x11, 0x11, CLEAN",
        "V7, FROM_DEVICE, 0, 0, ABSENT", "V7, BIDIRECTIONAL, 0x11, 0x11, CLEAN",
        "V6, TO_DEVICE, 0x11, 0x11, CLEAN", "V6, FROM_DEVICE, 0, 0, ABSENT",
        "V6, BIDIRECTIONAL, 0x11, 0x11, CLEAN", "V6_RWFO, TO_DEVICE, 0x11, 0x11, CLEAN",
        "V6_RWFO, FROM_DEVICE, 0, 0, ABSENT", "V6_RWFO, BIDIRECTIONAL, 0x11, 0x11, CLEAN",
        "V4WB, TO_DEVICE, 0x11, 0x11, CLEAN", "V4WB, FROM_DEVICE, 0, 0, ABSENT",
        "V4WB, BIDIRECTIONAL, 0x11, 0x11, CLEAN"
    })
    void toDevice_cleansWhatItReadsAndDropsWhatItWrites(
            MaintenanceStyle style, DmaDirection direction, String inRam, String loaded, String state) {
        store(BASE, CPU);

        by(style).toDevice(BASE, 32, direction);

        assertEquals(Integer.decode(inRam), ramByte(BASE));
        assertEquals(state, caches.state(BASE).name());
        assertEquals(Integer.decode(loaded), load(BASE));
    }

    @ParameterizedTest
    @EnumSource(MaintenanceStyle.class)
    void toDevice_ofBothWays_dropsTheInnerLineOnlyWhereNothingFollowsOnUnmap(MaintenanceStyle style) {
        by(style).toDevice(BASE, 64, BIDIRECTIONAL);

        assertEquals(List.of((style.invalidatesOnUnmap() ? "clean" : "clean+inv") + " 0+2"), inner);
        assertEquals(List.of("clean 0+2"), outer);
    }

    /** What the CPU loads after its core fetched the line in the middle of a transfer, and then got the bytes back. */
    @ParameterizedTest
    @CsvSource({
        "V7_2014, TO_DEVICE, 0", "V7_2014, FROM_DEVICE, 0x22", "V7_2014, BIDIRECTIONAL, 0x22",
        "V7, TO_DEVICE, 0", "V7, FROM_DEVICE, 0x22", "V7, BIDIRECTIONAL, 0x22",
        "V6, TO_DEVICE, 0", "V6, FROM_DEVICE, 0x22", "V6, BIDIRECTIONAL, 0x22",
        "V6_RWFO, TO_DEVICE, 0", "V6_RWFO, FROM_DEVICE, 0", "V6_RWFO, BIDIRECTIONAL, 0",
        "V4WB, TO_DEVICE, 0", "V4WB, FROM_DEVICE, 0", "V4WB, BIDIRECTIONAL, 0"
    })
    void toCpu_dropsLinesFetchedMeanwhile_onlyIfTheDeviceWrote(
            MaintenanceStyle style, DmaDirection direction, String loaded) {
        by(style).toDevice(BASE, 32, direction);
        assertEquals(OLD, load(BASE));
        ram.write(BASE, new byte[] {DEVICE}, 0, 1);

        by(style).toCpu(BASE, 32, direction);

        assertEquals(Integer.decode(loaded), load(BASE));
    }

    @Test
    void toCpu_goesOuterFirst_andToDeviceInnerFirst() {
        List<String> order = new ArrayList<>();
        CacheHierarchy heard = new CacheHierarchy(
                CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.kib(256), 8, 32), ram, new TraceSink() {
                    @Override
                    public void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {
                        order.add(level + ":" + operation);
                    }
                });
        CacheMaintenance maintenance = new CacheMaintenance(heard);
        maintenance.toDevice(BASE, 32, FROM_DEVICE);
        maintenance.toCpu(BASE, 32, FROM_DEVICE);
        maintenance.toCpu(BASE, 32, TO_DEVICE);
        assertEquals(List.of("1:1", "2:1", "2:1", "1:1"), order);
    }

    @ParameterizedTest
    @CsvSource({
        "V7_2014, 8, 16, 'clean+inv 0+1; clean+inv 0+1; inv 0+1'",
        "V7, 8, 16, 'clean+inv 0+1; clean+inv 0+1'",
        "V6, 8, 16, 'clean 0+1; clean+inv 0+1'",
        "V4WB, 8, 16, 'clean 0+1; clean 0+1; inv 0+1'",
        "V7_2014, 8, 96, 'clean+inv 0+1; clean+inv 3+1; inv 0+3'",
        "V7, 8, 96, 'clean+inv 0+1; clean+inv 3+1; inv 1+2'",
        "V6, 8, 96, 'clean 0+1; clean+inv 3+1; inv 0+3'",
        "V6_RWFO, 8, 96, 'clean 0+1; clean+inv 3+1; inv 0+3'",
        "V4WB, 8, 96, 'clean 0+1; clean 3+1; inv 0+4'",
        "V7_2014, 32, 64, 'inv 1+2'",
        "V7, 32, 64, 'inv 1+2'",
        "V7_2014, 32, 0, 'inv 1+1'",
        "V7, 32, 0, ''",
        "V4WB, 32, 0, ''",
    })
    void invalidate_treatsEdgesAsTheCoreDoes(MaintenanceStyle style, int offset, int bytes, String operations) {
        by(style).toDevice(BASE.plus(offset), bytes, FROM_DEVICE);

        assertEquals(operations, String.join("; ", inner));
    }

    @Test
    void outerInvalidate_cleansItsEdges() {
        by(MaintenanceStyle.V4WB).toDevice(BASE.plus(8), 96, FROM_DEVICE);
        assertEquals(List.of("clean+inv 0+1", "clean+inv 3+1", "inv 1+2"), outer);
    }

    @Test
    void emptyRange_of2014_losesTheNeighbour_laterOnesDoNot() {
        store(BASE, CPU);
        by(MaintenanceStyle.V7).toDevice(BASE, 0, FROM_DEVICE);
        assertEquals(CPU, load(BASE));

        by(MaintenanceStyle.V7_2014).toDevice(BASE, 0, FROM_DEVICE);
        assertEquals(OLD, load(BASE));
    }

    private void store(PhysAddr address, int value) {
        caches.write(address, new byte[] {(byte) value}, 0, 1, MemoryType.WRITE_BACK);
    }

    private int load(PhysAddr address) {
        byte[] one = new byte[1];
        caches.read(address, one, 0, 1, MemoryType.WRITE_BACK);
        return one[0];
    }

    private int ramByte(PhysAddr address) {
        byte[] one = new byte[1];
        ram.read(address, one, 0, 1);
        return one[0];
    }
}
