package org.dmalab.engine.experiment;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.iova.IovaPolicy;

/**
 * Buffers that come and go: DMA addresses are asked for and given back at random, so that as many bytes as wished stay in
 * use. What is asked for depends on the seed alone, never on the answers, so that every policy sees the same calls.
 *
 * @param window the addresses to be had
 * @param sizes what is asked for
 * @param fill the share of the window's bytes that is in use, if nothing is refused, once the first buffers go; 0..1
 * @param lifetimes who goes next
 * @param operations how many calls
 */
public record Churn(AddrRange<DmaAddr> window, List<Size> sizes, double fill, Lifetimes lifetimes, int operations) {
    /**
     * A buffer.
     *
     * @param bytes at least 1
     * @param weight how often it is asked for, compared with the others
     */
    public record Size(long bytes, int weight) {
        public Size {
            if (bytes <= 0 || weight <= 0) {
                throw new IllegalArgumentException(
                        "bytes and weight must be positive [bytes=" + bytes + "] [weight=" + weight + "]");
            }
        }
    }

    /** Which buffer is given back when room is wanted. */
    public enum Lifetimes {
        /** Any. */
        RANDOM,
        /** The oldest, as a ring of descriptors does. */
        FIFO
    }

    /** A call: {@code bytes} are asked for as the slot's buffer, or, if 0, that buffer is given back. */
    record Call(int slot, long bytes) {}

    /** Packets, a page-cache read-ahead, an odd sound buffer, a JPEG, a 1080p frame of 12 bits per pixel. */
    private static final List<Size> DRIVERS = List.of(
            new Size(Bytes.kib(4), 40),
            new Size(Bytes.kib(64), 30),
            new Size(Bytes.kib(300), 18),
            new Size(Bytes.kib(1100), 8),
            new Size(1920 * 1080 * 3 / 2, 4));

    private static final int SAMPLES = 40;

    public Churn {
        Objects.requireNonNull(window, "window");
        Objects.requireNonNull(lifetimes, "lifetimes");
        sizes = List.copyOf(sizes);
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException("sizes must have at least one");
        }
        if (!(fill > 0 && fill <= 1)) {
            throw new IllegalArgumentException("fill must be more than 0, at most 1: " + fill);
        }
        if (operations < SAMPLES) {
            throw new IllegalArgumentException("operations must be at least " + SAMPLES + ": " + operations);
        }
        long weights = sizes.stream().mapToLong(Size::weight).sum();
        if (weights > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "the weights of all sizes must be at most " + Integer.MAX_VALUE + " together: " + weights);
        }
        for (Size size : sizes) {
            if (size.bytes() > fill * window.bytes()) {
                throw new IllegalArgumentException("a buffer must fit into the part in use [bytes=" + size.bytes()
                        + "] [part=" + (long) (fill * window.bytes()) + " bytes]");
            }
        }
    }

    /** 20,000 calls as of drivers that move packets, files and frames, in a window that is kept 70 % full. */
    public static Churn of(AddrRange<DmaAddr> window) {
        return new Churn(window, DRIVERS, 0.7, Lifetimes.RANDOM, 20_000);
    }

    /** The same with other buffers. */
    public Churn sizes(Size... others) {
        return new Churn(window, List.of(others), fill, lifetimes, operations);
    }

    /** The same with that share of the window in use. */
    public Churn fill(double share) {
        return new Churn(window, sizes, share, lifetimes, operations);
    }

    /** The same with other lifetimes. */
    public Churn lifetimes(Lifetimes others) {
        return new Churn(window, sizes, fill, others, operations);
    }

    /** The same for {@code count} calls. */
    public Churn operations(int count) {
        return new Churn(window, sizes, fill, lifetimes, count);
    }

    /** What is asked for with {@code seed}. */
    List<Call> calls(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int weights = sizes.stream().mapToInt(Size::weight).sum();
        long[] bytes = new long[operations];
        int[] live = new int[operations];
        int oldest = 0;
        int next = 0;
        long used = 0;
        long wanted = size(random.nextInt(weights));
        List<Call> calls = new ArrayList<>(operations);
        while (calls.size() < operations) {
            if (used + wanted <= fill * window.bytes()) {
                calls.add(new Call(next, wanted));
                bytes[next] = wanted;
                live[next] = next;
                used += wanted;
                next++;
                wanted = size(random.nextInt(weights));
                continue;
            }
            int at = lifetimes == Lifetimes.FIFO ? oldest : random.nextInt(oldest, next);
            int slot = live[at];
            live[at] = live[oldest];
            oldest++;
            used -= bytes[slot];
            calls.add(new Call(slot, 0));
        }
        return calls;
    }

    private long size(int ticket) {
        int at = 0;
        int rest = ticket;
        while (rest >= sizes.get(at).weight()) {
            rest -= sizes.get(at).weight();
            at++;
        }
        return sizes.get(at).bytes();
    }

    /**
     * Makes the calls of the seeds 1 to {@code seeds} with each of {@code policies}.
     *
     * @param policies of different names
     */
    public FragmentationHistory over(int seeds, List<IovaPolicy> policies) {
        if (seeds < 1 || policies.isEmpty()) {
            throw new IllegalArgumentException(
                    "at least one seed and one policy must be given [seeds=" + seeds + "] [policies=" + policies + "]");
        }
        Set<String> names = new HashSet<>();
        for (IovaPolicy policy : policies) {
            if (!names.add(policy.name())) {
                throw new IllegalArgumentException("policies must have different names: " + policy);
            }
        }
        List<FragmentationHistory.Run> runs = new ArrayList<>();
        for (long seed : LongStream.rangeClosed(1, seeds).toArray()) {
            List<Call> calls = calls(seed);
            for (IovaPolicy policy : policies) {
                runs.add(new ChurnRun(policy.open(window), calls, operations / SAMPLES).run(policy.name(), seed));
            }
        }
        return new FragmentationHistory(toString(), runs, FragmentationHistory.Measure.FRAGMENTATION);
    }

    /** {@link #over(int, List)}. */
    public FragmentationHistory over(int seeds, IovaPolicy... policies) {
        return over(seeds, List.of(policies));
    }

    /** {@code 20000 calls, buffers of 4 KiB to 3.0 MiB, 70 % of 256 MiB asked for, any goes next}. */
    @Override
    public String toString() {
        long least = sizes.stream().mapToLong(Size::bytes).min().orElseThrow();
        long most = sizes.stream().mapToLong(Size::bytes).max().orElseThrow();
        return operations + " calls, buffers of "
                + (least == most ? Bytes.text(least) : Bytes.text(least) + " to " + Bytes.text(most)) + ", "
                + Math.round(fill * 100) + " % of " + Bytes.text(window.bytes()) + " asked for, "
                + (lifetimes == Lifetimes.FIFO ? "the oldest goes first" : "any goes next");
    }
}
