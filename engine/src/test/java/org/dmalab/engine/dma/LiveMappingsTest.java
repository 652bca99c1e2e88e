package org.dmalab.engine.dma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.testing.RandomOperations;
import org.junit.jupiter.api.Test;

final class LiveMappingsTest {
    private static final BusMaster CAMERA = new BusMaster(0, "camera");
    private static final BusMaster MIXER = new BusMaster(1, "mixer");

    private final AtomicLong nanos = new AtomicLong();
    private final LiveMappings live = new LiveMappings(nanos::get);

    @Test
    void entries_tellOwnerKindAndAge() {
        live.dmaAllocated(CAMERA, 0x20000000L, 4096, 0, DmaAttrs.NONE);
        nanos.set(700);
        live.dmaMapped(MIXER, 0x20000000L, 100, 0, DmaDirection.TO_DEVICE, DmaAttrs.NONE);
        nanos.set(1000);

        IovaMap.Entry camera = live.entries(List.of(CAMERA)).get(0);
        assertEquals(
                "camera alloc 1000",
                camera.owner() + " " + camera.label() + " " + camera.age().amount());
        IovaMap.Entry mixer = live.entries(List.of(MIXER)).get(0);
        assertEquals(
                "mixer map TO_DEVICE 300",
                mixer.owner() + " " + mixer.label() + " " + mixer.age().amount());
        assertEquals(2, live.entries(List.of(CAMERA, MIXER)).size());
    }

    @Test
    void remove_ofWhatIsNotThere_isABrokenInvariant() {
        assertThrows(AssertionError.class, () -> live.dmaFreed(CAMERA, 0x1000, 4096, 0, DmaAttrs.NONE));
    }

    @Test
    void randomMapsAndUnmaps_agreeWithAList() {
        List<long[]> model = new ArrayList<>();
        RandomOperations.run(LiveMappingsTest.class, 5, 20_000, (random, log) -> {
            if (model.isEmpty() || random.nextInt(5) < 3) {
                long[] mapping = {random.nextInt(50) * 4096L, 1 + random.nextInt(3), random.nextInt(2)};
                log.accept("map " + mapping[0] + " " + mapping[1]);
                live.dmaMapped(master(mapping), mapping[0], mapping[1], 0, DmaDirection.TO_DEVICE, DmaAttrs.NONE);
                model.add(mapping);
            } else {
                long[] mapping = model.remove(random.nextInt(model.size()));
                log.accept("unmap " + mapping[0] + " " + mapping[1]);
                live.dmaUnmapped(master(mapping), mapping[0], mapping[1], DmaDirection.TO_DEVICE, DmaAttrs.NONE);
            }
            assertEquals(model.size(), live.size());
        });
        assertEquals(model.size(), live.entries(List.of(CAMERA, MIXER)).size());
        while (!model.isEmpty()) {
            long[] mapping = model.remove(model.size() - 1);
            live.dmaUnmapped(master(mapping), mapping[0], mapping[1], DmaDirection.TO_DEVICE, DmaAttrs.NONE);
        }
        assertEquals(0, live.entries(List.of(CAMERA, MIXER)).size());
    }

    private static BusMaster master(long... mapping) {
        return mapping[2] == 0 ? CAMERA : MIXER;
    }
}
