package org.dmalab.engine;

import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.dmalab.engine.arm.AttributePolicy;
import org.dmalab.engine.arm.CoherentMapping;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.cpu.AddressSpace;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.cpu.VmallocArea;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.memory.CoherentPool;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.MovablePages;
import org.dmalab.engine.memory.PageTypeInfo;
import org.dmalab.engine.memory.ReservedMemory;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cell of a notebook may pass null anywhere: what people call first says which argument it was, and does nothing. */
final class NullArgumentsTest {
    private final Soc soc =
            Soc.exynos4412().toBuilder().ram(mib(64)).cma(mib(16)).build();

    /** The values that a call needs beside the null. */
    private Map<Class<?>, Object> values(DmaDevice device) {
        PhysAddr page = soc.allocPage();
        DmaBuffer buffer = device.alloc(4096);
        DmaMapping mapping = device.map(page, 4096, DmaDirection.TO_DEVICE);
        SgTable table = device.getSgtable(buffer);
        SgMapping segments = device.map(table, DmaDirection.TO_DEVICE);
        UserAddressSpace process = soc.newProcess();
        AddrRange<PhysAddr> range = new AddrRange<>(page, 4096);
        return Map.ofEntries(
                Map.entry(PhysAddr.class, page),
                Map.entry(DmaAddr.class, buffer.dmaAddr()),
                Map.entry(VirtAddr.class, soc.kernel().linear(page)),
                Map.entry(AddrRange.class, range),
                Map.entry(DmaBuffer.class, buffer),
                Map.entry(DmaMapping.class, mapping),
                Map.entry(SgTable.class, table),
                Map.entry(SgMapping.class, segments),
                Map.entry(UserAddressSpace.class, process),
                Map.entry(AddressSpace.class, soc.kernel()),
                Map.entry(DmaDirection.class, DmaDirection.TO_DEVICE),
                Map.entry(DmaAttribute.class, DmaAttribute.WRITE_COMBINE),
                Map.entry(DmaDevice.class, device),
                Map.entry(Gfp.class, Gfp.KERNEL),
                Map.entry(CoherentPool.Flag.class, CoherentPool.Flag.values()[0]),
                Map.entry(String.class, device.name()),
                Map.entry(Era.class, Era.V3_14),
                Map.entry(AttributePolicy.class, AttributePolicy.MAINLINE),
                Map.entry(CoherentMapping.class, CoherentMapping.VMALLOC),
                Map.entry(CacheTopology.class, soc.board().cores().caches()),
                Map.entry(CostModel.class, CostModel.ZERO),
                Map.entry(Board.class, soc.board()),
                Map.entry(ReservedMemory.class, new ReservedMemory("x", range, ReservedMemory.Kind.KERNEL)),
                Map.entry(FragmentationSnapshot.class, soc.fragmentation()),
                Map.entry(PageTypeInfo.class, soc.pageTypes()),
                Map.entry(TraceSink.class, new TraceSink() {}),
                Map.entry(
                        List.class,
                        List.of(new VmallocArea(
                                new AddrRange<>(new VirtAddr(0xF4000000L), 8192),
                                "test",
                                Set.of(),
                                OptionalInt.empty(),
                                Optional.empty()))));
    }

    private static List<Method> methods(Class<?> type) {
        return Stream.of(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers())
                        && !method.isSynthetic()
                        && !method.getName().equals("equals"))
                .sorted(Comparator.comparing(Method::toString))
                .toList();
    }

    private static @Nullable Object argument(Class<?> type, Map<Class<?>, Object> values) {
        if (type == int.class) {
            return 4;
        }
        if (type == long.class) {
            return 4096L;
        }
        if (type == double.class) {
            return 0.5;
        }
        if (type == boolean.class) {
            return true;
        }
        if (type == byte[].class) {
            return new byte[4];
        }
        return type.isArray() ? Array.newInstance(type.getComponentType(), 0) : values.get(type);
    }

    private void check(Object receiver, Map<Class<?>, Object> values, List<String> wrong) {
        for (Method method : methods(receiver.getClass())) {
            Class<?>[] types = method.getParameterTypes();
            for (int i = 0; i < types.length; i++) {
                if (!types[i].isPrimitive()) {
                    @Nullable Object[] arguments = new Object[types.length];
                    for (int k = 0; k < types.length; k++) {
                        arguments[k] = k == i ? null : argument(types[k], values);
                    }
                    String found = call(method, receiver, arguments);
                    if (!found.isEmpty()) {
                        wrong.add(method.toGenericString() + ", argument " + i + ": " + found);
                    }
                }
            }
        }
    }

    /** What is wrong with how {@code method} takes a null; empty if it names it. */
    private static String call(Method method, Object receiver, @Nullable Object[] arguments) {
        try {
            method.invoke(receiver, arguments);
            return "taken";
        } catch (InvocationTargetException refused) {
            Throwable cause = Objects.requireNonNull(refused.getCause(), "what was thrown");
            String message = String.valueOf(cause.getMessage());
            boolean names = cause instanceof NullPointerException
                    ? message.matches("[a-zA-Z]+")
                    : cause instanceof IllegalArgumentException && message.contains("null");
            return names && !message.equals("null") ? "" : cause.toString();
        } catch (IllegalAccessException hidden) {
            throw new AssertionError("a public method: " + method, hidden);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fimc0", "sdhci2"})
    void device_everyNull_isNamed(String name) {
        DmaDevice device = soc.device(name);
        List<String> wrong = new ArrayList<>();
        int before = soc.liveMappings();
        Map<Class<?>, Object> values = values(device);
        int live = soc.liveMappings();
        check(device, values, wrong);
        assertTrue(wrong.isEmpty(), String.join("\n", wrong));
        assertTrue(live > before, "buffers and mappings are alive");
        assertEquals(live, soc.liveMappings(), "nothing was mapped or freed");
    }

    @Test
    void soc_everyNull_isNamed() {
        List<String> wrong = new ArrayList<>();
        check(soc, values(soc.device("sdhci2")), wrong);
        assertTrue(wrong.isEmpty(), String.join("\n", wrong));
    }

    @Test
    void memoryAndCpu_everyNull_isNamed() {
        Map<Class<?>, Object> values = values(soc.device("sdhci2"));
        List<String> wrong = new ArrayList<>();
        MovablePages cache = soc.movable("page cache");
        assertEquals(16, cache.alloc(16));
        check(cache, values, wrong);
        check(soc.cpu(), values, wrong);
        check(soc.cma(), values, wrong);
        check(soc.pages(), values, wrong);
        assertTrue(wrong.isEmpty(), String.join("\n", wrong));
    }

    @Test
    void builder_everyNull_isNamed() {
        SocBuilder<Soc> builder = soc.toBuilder();
        Map<Class<?>, Object> values = values(soc.device("sdhci2"));
        List<String> wrong = new ArrayList<>();
        for (Method method : methods(SocBuilder.class)) {
            Class<?>[] types = method.getParameterTypes();
            if (types.length > 0 && !types[0].isPrimitive()) {
                @Nullable Object[] arguments = new Object[types.length];
                for (int k = 1; k < types.length; k++) {
                    arguments[k] = argument(types[k], values);
                }
                String found = call(method, builder, arguments);
                if (!found.isEmpty()) {
                    wrong.add(method.getName() + ": " + found);
                }
            }
        }
        assertTrue(wrong.isEmpty(), String.join("\n", wrong));
    }
}
