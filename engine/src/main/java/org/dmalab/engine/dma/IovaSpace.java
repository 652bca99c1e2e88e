package org.dmalab.engine.dma;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.iova.IovaDomain;
import org.dmalab.engine.iova.IovaPolicy;

/**
 * A window of DMA addresses without a board: an allocator, and a record of who asked for what, who holds what and since
 * when. Time is counted in calls. The calls can be made again under another policy.
 */
public final class IovaSpace {
    /** A call: an allocation, or the free of what the allocation number {@code slot} got. */
    private record Call(int slot, boolean frees, String owner, long bytes, DmaAttrs attrs) {}

    private record Held(int slot, String owner, long bytes, DmaAttrs attrs, int since) {}

    /** Requests that the title of a map names; the others are a number. */
    private static final int REFUSALS_NAMED = 3;

    private final IovaPolicy policy;
    private final IovaDomain domain;
    private final List<Call> calls = new ArrayList<>();
    private final TreeMap<DmaAddr, Held> held = new TreeMap<>();
    private int slots;
    /** What was asked for in vain, in bytes, by call. */
    private final List<Long> refused = new ArrayList<>();

    /** Nothing handed out of {@code window}. */
    public IovaSpace(AddrRange<DmaAddr> window, IovaPolicy policy) {
        Objects.requireNonNull(window, "window");
        this.policy = Objects.requireNonNull(policy, "policy");
        domain = policy.open(window);
    }

    /** How addresses are handed out. */
    public IovaPolicy policy() {
        return policy;
    }

    /** What hands them out; ranges got from it directly are on no map. */
    public IovaDomain domain() {
        return domain;
    }

    /** {@link #tryAlloc(String, long, DmaAttribute...)} for one owner of everything. */
    public Outcome<DmaAddr> tryAlloc(long bytes) {
        return tryAlloc("driver", bytes);
    }

    /**
     * A range for {@code bytes}, at least 1; a failure is that of the allocator.
     *
     * @param owner who will hold it
     * @param attributes for the map only
     * @throws IllegalArgumentException also if the policy gives addresses that somebody holds; the record stays as it was
     */
    public Outcome<DmaAddr> tryAlloc(String owner, long bytes, DmaAttribute... attributes) {
        Objects.requireNonNull(owner, "owner");
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be positive: " + bytes);
        }
        return call(new Call(slots, false, owner, bytes, DmaAttrs.of(attributes)));
    }

    /** Like {@link #tryAlloc(long)}, but a failure is thrown as a {@link DmaFailure}. */
    @CanIgnoreReturnValue
    public DmaAddr alloc(long bytes) {
        return tryAlloc(bytes).orElseThrow(DmaFailure::new);
    }

    /** Like {@link #tryAlloc(String, long, DmaAttribute...)}, but a failure is thrown as a {@link DmaFailure}. */
    @CanIgnoreReturnValue
    public DmaAddr alloc(String owner, long bytes, DmaAttribute... attributes) {
        return tryAlloc(owner, bytes, attributes).orElseThrow(DmaFailure::new);
    }

    /**
     * Gives back what begins at {@code iova}.
     *
     * @throws IllegalArgumentException if no range in use begins there
     */
    public void free(DmaAddr iova) {
        Held range = held.get(Objects.requireNonNull(iova, "iova"));
        if (range == null) {
            throw new IllegalArgumentException("no range in use begins at the address [iova=" + iova
                    + "]: it was freed before, or is not what alloc returned");
        }
        domain.free(iova, rounded(range.bytes()));
        held.remove(iova);
        calls.add(new Call(range.slot(), true, range.owner(), range.bytes(), range.attrs()));
    }

    @CanIgnoreReturnValue
    private Outcome<DmaAddr> call(Call call) {
        Outcome<DmaAddr> outcome = domain.alloc(call.bytes());
        if (outcome instanceof Outcome.Done<DmaAddr> done) {
            refuseHeld(new AddrRange<>(done.value(), rounded(call.bytes())));
            held.put(done.value(), new Held(call.slot(), call.owner(), call.bytes(), call.attrs(), calls.size() + 1));
        } else {
            refused.add(call.bytes());
        }
        calls.add(call);
        slots++;
        return outcome;
    }

    private void refuseHeld(AddrRange<DmaAddr> given) {
        Map.Entry<DmaAddr, Held> below = held.floorEntry(new DmaAddr(given.last()));
        if (below != null
                && new AddrRange<>(below.getKey(), rounded(below.getValue().bytes())).overlaps(given)) {
            throw new IllegalArgumentException(
                    "policy gave addresses that " + below.getValue().owner() + " holds [policy=" + policy + "] [given="
                            + given + "] [held from=" + below.getKey() + "]");
        }
    }

    private long rounded(long bytes) {
        long granule = domain.granuleBytes();
        return (bytes + granule - 1) / granule * granule;
    }

    /**
     * The same window under {@code other} after the same calls: what failed here may succeed there, and the other way round.
     * The free of what failed there is a call that does nothing there.
     */
    public IovaSpace replay(IovaPolicy other) {
        IovaSpace space = new IovaSpace(domain.window(), Objects.requireNonNull(other, "other"));
        calls.forEach(space::repeat);
        return space;
    }

    private void repeat(Call call) {
        if (call.frees()) {
            held.entrySet().stream()
                    .filter(range -> range.getValue().slot() == call.slot())
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .ifPresentOrElse(this::free, () -> calls.add(call));
        } else {
            call(call);
        }
    }

    /** How many entries the allocator's searches have looked at; empty if it does not count them. */
    public OptionalLong searched() {
        return domain.searched();
    }

    /**
     * Who holds what now, titled by the policy and by what was asked for in vain so far. What an allocator takes beyond what
     * was asked for, or keeps for the next request, is no entry: the source line says how much it counts as free, and how much
     * of that in one piece, if that differs.
     */
    public IovaMap map() {
        List<IovaMap.Entry> entries = new ArrayList<>();
        held.forEach((iova, range) -> entries.add(new IovaMap.Entry(
                IovaMap.Kind.MAPPED,
                new AddrRange<>(iova, rounded(range.bytes())),
                range.owner(),
                "alloc",
                range.attrs().toString(),
                new IovaMap.Age(calls.size() - range.since(), IovaMap.AgeUnit.OPERATIONS))));
        IovaMap map = new IovaMap(
                policy.name() + (refused.isEmpty() ? "" : ": " + refusals() + " refused"),
                domain.window(),
                entries,
                "operation " + calls.size(),
                "model",
                OptionalLong.empty());
        long free = domain.freeBytes();
        long longest = domain.largestHole();
        if (free == map.freeBytes() && longest == map.largestHole()) {
            return map;
        }
        return new IovaMap(
                map.title(),
                map.window(),
                map.entries(),
                map.moment(),
                "model, whose allocator counts " + Bytes.text(free) + " as free, " + Bytes.text(longest)
                        + " in one piece",
                map.mark());
    }

    /** {@code 13 MiB, 2 MiB and 4 more}. */
    private String refusals() {
        String first = refused.stream().limit(REFUSALS_NAMED).map(Bytes::text).collect(Collectors.joining(", "));
        int more = refused.size() - REFUSALS_NAMED;
        return more > 0 ? first + " and " + more + " more" : first;
    }

    /** {@code with retry, 6.1 at operation 5: 3 mapped, 1012 MiB of 1 GiB, largest hole 12 MiB}. */
    @Override
    public String toString() {
        return map().toString();
    }
}
