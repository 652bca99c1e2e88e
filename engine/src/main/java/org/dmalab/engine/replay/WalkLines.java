package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;

/**
 * The lines that recordings of table walks share: {@code REG key=value ...}, {@code W addr word}, and {@code Q input op =
 * answer}. The recorded machine's RAM holds what {@code W} lines wrote, and zeros.
 */
abstract class WalkLines implements RecordedFormat {
    private static final long RAM_BYTES = 1L << 32;

    /** One machine: its RAM, and its walker as the last {@code REG} line set it up. */
    abstract static class Machine {
        final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(new PhysAddr(0), RAM_BYTES)));

        /** A comment, which may say which processor it was. */
        void comment(String text) {}

        /** Reads the registers of the current line. */
        abstract void registers(ReplayRun run);

        /** Puts a word of the format's width into RAM. */
        abstract void write(ReplayRun run, PhysAddr address, String word);

        /** The answer to a query, as recordings print it. */
        abstract String query(ReplayRun run, long input, int op);
    }

    abstract Machine newMachine();

    @Override
    public final void replay(ReplayRun run) throws IOException {
        Machine machine = newMachine();
        boolean ready = false;
        while (run.next()) {
            String[] words = run.words();
            switch (words[0]) {
                case "REG" -> {
                    registers(run, machine);
                    ready = true;
                }
                case "W" -> {
                    run.require(words, 3);
                    machine.write(run, ramAddress(run, machine, words[1]), words[2]);
                }
                case "Q" -> {
                    if (!ready) {
                        throw run.garbled("no registers yet, expected REG key=value ...");
                    }
                    if (words.length < 5 || !words[3].equals("=")) {
                        throw run.garbled("expected an input, an operation, = and an answer");
                    }
                    run.operation();
                    int op = run.decimal(words[2], 3);
                    long input = run.hex(words[1]);
                    String found = ReplayRun.answer(() -> machine.query(run, input, op));
                    run.compare(String.join(" ", List.of(words).subList(4, words.length)), found);
                }
                default -> {
                    if (!words[0].startsWith("#")) {
                        throw run.unknown();
                    }
                    machine.comment(run.text());
                }
            }
        }
    }

    private static void registers(ReplayRun run, Machine machine) {
        try {
            machine.registers(run);
        } catch (RecordingException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw run.garbled(e);
        }
    }

    private static PhysAddr ramAddress(ReplayRun run, Machine machine, String word) {
        PhysAddr address = new PhysAddr(run.hex(word));
        if ((address.value() & 7) != 0 && (address.value() & 3) != 0) {
            throw run.garbled("address must be that of a word: " + word);
        }
        if (!machine.ram.contains(address, 4)) {
            throw run.garbled("no RAM at " + address);
        }
        return address;
    }
}
