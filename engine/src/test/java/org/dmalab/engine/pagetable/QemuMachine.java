package org.dmalab.engine.pagetable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;

/** A machine of QEMU's whose translation hardware the guest in {@code src/test/qemu} asks; addresses as its {@code guest.h} has them. */
enum QemuMachine {
    /** Short descriptors, in the secure world. */
    CORTEX_A9(
            "qemu-system-arm",
            "arm-linux-gnueabi-gcc",
            0x60000000L,
            "-M vexpress-a9 -m 512M",
            "-march=armv7-a -marm -mfloat-abi=soft armv7.S armv7.c"),
    /** Short and long descriptors, in the non-secure world. */
    CORTEX_A15(
            "qemu-system-arm",
            "arm-linux-gnueabi-gcc",
            0x40000000L,
            "-M virt,virtualization=on -cpu cortex-a15 -m 1G",
            "-march=armv7-a -marm -mfloat-abi=soft -DLPAE armv7.S armv7.c"),
    /** VMSAv8-64 with all three granules, 48 bits of address. */
    NEOVERSE_N1(
            "qemu-system-aarch64",
            "aarch64-linux-gnu-gcc",
            0x40000000L,
            "-M virt,virtualization=on -cpu neoverse-n1 -m 1G",
            "-mstrict-align -mgeneral-regs-only aarch64.S aarch64.c"),
    /** An SMMUv3 before a device; each instruction takes 1 us of its time, so that nobody waits 100 ms for a transfer. */
    SMMUV3(
            "qemu-system-aarch64",
            "aarch64-linux-gnu-gcc",
            0x40000000L,
            "-M virt,virtualization=on,iommu=smmuv3 -cpu cortex-a57 -m 1G -icount shift=10 -device edu,addr=1,dma_mask=0xffffffffffffffff",
            "-mstrict-align -mgeneral-regs-only aarch64.S smmuv3.c");

    private static final String FREESTANDING =
            "-O2 -std=gnu11 -Wall -Wextra -Werror -ffreestanding -nostdlib -static -fno-pie -no-pie";

    /** Where none of the machines has anything. */
    static final long HOLE = 0xF0000000L;

    private final String program;
    private final String compiler;
    private final long ramStart;
    private final String board;
    private final String build;

    QemuMachine(String program, String compiler, long ramStart, String board, String build) {
        this.program = program;
        this.compiler = compiler;
        this.ramStart = ramStart;
        this.board = board;
        this.build = build;
    }

    String program() {
        return program;
    }

    String compiler() {
        return compiler;
    }

    /** The MiB in which the guest lies. */
    PhysAddr guest() {
        return new PhysAddr(ramStart + Bytes.mib(2));
    }

    PhysAddr questions() {
        return new PhysAddr(ramStart + Bytes.mib(32));
    }

    /** Room for words that nobody's driver wrote. */
    AddrRange<PhysAddr> pool() {
        return new AddrRange<>(new PhysAddr(ramStart + Bytes.mib(128)), Bytes.mib(4));
    }

    /** Room for tables that the engine writes. */
    AddrRange<PhysAddr> tables() {
        return new AddrRange<>(new PhysAddr(ramStart + Bytes.mib(160)), Bytes.mib(32));
    }

    /** What a device may reach: each doubleword holds its own address. */
    AddrRange<PhysAddr> data() {
        return new AddrRange<>(new PhysAddr(ramStart + Bytes.mib(256)), Bytes.mib(64));
    }

    private static List<String> words(String line) {
        return List.of(line.split(" "));
    }

    /** Compiles the guest. */
    List<String> compilation(String output) {
        List<String> words = new ArrayList<>();
        words.add(compiler);
        words.addAll(words(FREESTANDING));
        words.add("-DRAM_START=0x" + Long.toHexString(ramStart) + "ull");
        words.add("-Wl,--build-id=none,-Ttext=0x" + Long.toHexString(guest().value()));
        words.addAll(words(build));
        words.addAll(List.of("guest.c", "-o", output));
        return words;
    }

    /** Starts the machine, with nothing that was not asked for. */
    List<String> command(String guest) {
        List<String> words = new ArrayList<>();
        words.add(program);
        words.addAll(words(board));
        words.addAll(words("-nodefaults -display none -no-reboot -semihosting-config enable=on,target=native"));
        words.addAll(List.of("-kernel", guest));
        return words;
    }

    /** As the processor's maker writes it: {@code cortex-a9}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
