package org.dmalab.engine.arm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmalab.engine.Soc;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapping;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What each kernel makes of {@code dma-coherent}. */
final class CoherentDeviceTest {
    private static final byte[] OLD = {1, 1, 1, 1};
    private static final byte[] NEW = {2, 2, 2, 2};

    @ParameterizedTest
    @EnumSource(
            value = Era.class,
            names = {"V3_6", "V3_14"})
    void dmaCoherent_before3_7_isTreatedLikeAnyOtherDevice(Era era) {
        Soc soc = Soc.zynq7000().toBuilder()
                .era(era)
                .dmaCoherent("axidma-hp", true)
                .build();
        DmaDevice liar = soc.device("axidma-hp");
        boolean has = era == Era.V3_14;
        assertEquals(
                has
                        ? "arm_coherent_dma_ops"
                        : "arm_dma_ops, dma-coherent is ignored: Linux 3.6 has no arm_coherent_dma_ops, which came with 3.7",
                liar.ops().toString());

        DmaBuffer buffer = liar.alloc(4096);
        assertEquals(has, soc.kernel().isLinear(buffer.cpuAddr()), "cached, at its linear address");
        PhysAddr page = soc.allocPage();
        VirtAddr address = soc.kernel().linear(page);
        assertFalse(soc.cpu().write(soc.kernel(), address, OLD).isFailed());
        DmaMapping mapping = liar.map(page, 4096, DmaDirection.FROM_DEVICE);
        liar.write(mapping.dmaAddr(), NEW);
        liar.unmap(mapping);
        assertArrayEquals(
                has ? OLD : NEW, soc.cpu().read(soc.kernel(), address, 4).orElseThrow(DmaFailure::new));
    }

    @Test
    void mmap_ofACoherentDevicesBuffer_isUncachedBesideTheKernelsCachedAddress() {
        Soc soc = Soc.zynq7000();
        DmaBuffer buffer = soc.device("axidma-acp").alloc(4096);
        assertEquals(
                MemoryType.WRITE_BACK,
                soc.kernel()
                        .resolve(buffer.cpuAddr())
                        .orElseThrow(DmaFailure::new)
                        .type());
        assertEquals(
                MemoryType.NORMAL_NONCACHEABLE,
                soc.device("axidma-acp").mmap(buffer, soc.newProcess()).type());
        assertTrue(soc.audit(buffer).hazards().stream().anyMatch(text -> text.contains("mismatched memory types")));
    }
}
