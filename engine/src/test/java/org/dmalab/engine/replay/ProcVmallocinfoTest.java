package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cpu.VmallocFlag;
import org.dmalab.engine.replay.ProcVmallocinfo.Line;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProcVmallocinfoTest {
    private static ProcFile<List<Line>> sample(String name) {
        return ProcVmallocinfo.read(name, ProcSamples.open(name));
    }

    @ParameterizedTest
    @CsvSource({
        "imx6-vmallocinfo.txt.gz, 'unpurged vm_area'",
        "armhf-vmallocinfo.txt.gz, ''",
        "arm64-vmallocinfo.txt.gz, ''"
    })
    void read_realMachines_everyAreaWithItsRange(String name, String others) {
        ProcFile<List<Line>> file = sample(name);
        assertEquals(0, file.malformed(), file::toString);
        assertEquals(List.of(), file.notes());
        assertEquals(file.lines() - file.blank(), file.content().size());
        assertTrue(file.content().stream().allMatch(line -> line.area().isPresent()));
        assertEquals(
                others,
                file.content().stream()
                        .map(line -> String.join(" ", line.otherWords()))
                        .distinct()
                        .collect(Collectors.joining()));
    }

    @Test
    void read_hashedAddresses_keepsTheSizes() {
        ProcFile<List<Line>> file = sample("x86-hashed-vmallocinfo.txt.gz");
        assertEquals(0, file.malformed(), file::toString);
        assertEquals(List.of("the kernel hid the addresses of " + file.read() + " areas"), file.notes());
        assertEquals(20480, file.content().get(0).bytes());
        assertEquals(Optional.empty(), file.content().get(0).area());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0xf0804000-0xf0809000   20480 imx_src_init+0x30/0x8c phys=0x020d8000 ioremap",
                "0xf086e000-0xf0870000    8192 gen_pool_add_owner+0x34/0xa4 pages=1 vmalloc",
                "0xf08c1000-0xf08c3000    8192 dma_common_contiguous_remap+0x68/0x84 dma-coherent",
                "0xf082d000-0xf086e000  266240 nvme_init+0x90/0xd0 [nvme] pages=64 vmalloc vpages",
            })
    void read_thenPrinted_sameText(String text) {
        assertEquals(
                text,
                ProcVmallocinfo.parse(text)
                        .content()
                        .get(0)
                        .area()
                        .orElseThrow()
                        .text(Era.V6_12));
    }

    @Test
    void read_formsOfOtherKernels_areUnderstood() {
        ProcFile<List<Line>> file = ProcVmallocinfo.parse("""
                0xf0804000-0xf0809000   20480 0xc0123456 phys=20d8000 ioremap user
                f0809000-f080b000    8192 vm_map_ram\r
                0x(____ptrval____)-0x(____ptrval____)    8192 foo+0x1/0x2 pages=1 vmalloc N0=1 N1=0 shiny
                0x00000000-0x00000000    4096
                0xfffffffffffff000-0x0000000000000000    4096 vmap
                """);
        assertEquals(0, file.malformed(), file::toString);
        Line first = file.content().get(0);
        assertEquals("0xc0123456", first.caller());
        assertEquals(Optional.of(new PhysAddr(0x20d8000)), first.phys());
        assertEquals(Set.of(VmallocFlag.IOREMAP, VmallocFlag.USERMAP), first.flags());
        assertEquals(List.of("vm_map_ram"), file.content().get(1).otherWords());
        assertEquals(
                0xf0809000L, file.content().get(1).range().orElseThrow().start().value());
        assertEquals(List.of("the kernel hid the addresses of 2 areas"), file.notes());
        Line hidden = ProcVmallocinfo.parse("(ptrval)-(ptrval) 8192 foo+0x1/0x2 pages=1 vmalloc N0=1 shiny")
                .content()
                .get(0);
        assertEquals(OptionalInt.of(1), hidden.pages());
        assertEquals(List.of("shiny"), hidden.otherWords());
        assertEquals(5, file.content().size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hello world | not START-END SIZE",
                "0xf0804000-0xf0809000 | not START-END SIZE",
                "0xf0804000-0xf0809000 big | not START-END SIZE",
                "0xf0804000-0xf0809000 20481 | size is not whole pages",
                "0xf0804000-0xf0809000 0 | size is not whole pages",
                "0xf080400g-0xf0809000 20480 | no addresses",
                "0xf0804000-0xf080a000 20480 | addresses and size do not fit",
                "0xf0804000-0xf0809000 20480 f+0x0/0x4 pages=6 vmalloc | pages= is no number, or more than the size",
                "0xf0804000-0xf0809000 20480 f+0x0/0x4 pages=x vmalloc | pages= is no number, or more than the size",
                "0xf0804000-0xf0809000 20480 f+0x0/0x4 phys=x ioremap | phys= is no address",
            })
    void read_garbageBetween_isReported(String text, String reason) {
        ProcFile<List<Line>> file = ProcVmallocinfo.parse("0xf0800000-0xf0802000 8192 vmap\n" + text + "\n");
        assertEquals(List.of(new TraceReport.Malformed(2, reason, text)), file.firstMalformed());
        assertEquals(1, file.content().size());
    }

    @Test
    void read_emptyFile_hasNoAreas() {
        ProcFile<List<Line>> empty = ProcVmallocinfo.parse("");
        assertEquals(List.of(), empty.content());
        assertTrue(empty.toString().contains("no line like \"0xf0804000-0xf0809000"), empty.toString());
        assertThrows(IllegalArgumentException.class, () -> ProcVmallocinfo.areas(empty));
    }

    @Test
    void areas_hiddenAddresses_areRefusedAndSayWhy() {
        ProcFile<List<Line>> hidden = ProcVmallocinfo.parse("(ptrval)-(ptrval) 8192 foo+0x1/0x2 pages=1 vmalloc");
        String message =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> ProcVmallocinfo.areas(hidden))
                        .getMessage());
        assertTrue(message.contains("not root"), message);
        assertEquals(
                1,
                ProcVmallocinfo.areas(ProcVmallocinfo.parse("0xf0800000-0xf0802000 8192 vmap\n"))
                        .size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"imx6-vmallocinfo.txt.gz", "x86-hashed-vmallocinfo.txt.gz"})
    void read_damagedFiles_losesNothingSilently(String name) {
        ProcSamples.survivesDamage(name, ProcVmallocinfo::read);
    }
}
