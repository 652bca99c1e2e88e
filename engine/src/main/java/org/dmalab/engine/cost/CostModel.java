package org.dmalab.engine.cost;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * The price table of a board.
 *
 * @param name what it rests on: printed under every picture that shows a time
 * @param entries a price and its source for each {@link Price}
 */
public record CostModel(String name, Map<Price, Entry> entries) {
    /**
     * One price.
     *
     * @param nanos what it costs
     * @param source where the figure is from, or the assumption it rests on
     */
    public record Entry(double nanos, String source) {}

    /** How the source of a price begins for which no published figure was found. */
    static final String ASSUMED = "assumed, no published figure found: ";

    /** Everything is free and no time passes. */
    public static final CostModel ZERO = zero();

    public CostModel {
        for (Price price : Price.values()) {
            if (!entries.containsKey(price)) {
                throw new IllegalArgumentException("price table " + name + " lacks " + price);
            }
        }
        entries = Collections.unmodifiableMap(new EnumMap<>(entries));
    }

    /** The price and where it is from. */
    public Entry of(Price price) {
        Entry entry = entries.get(price);
        if (entry == null) {
            throw new AssertionError("checked in the constructor: " + price);
        }
        return entry;
    }

    /** The price in picoseconds. */
    long picos(Price price) {
        return Math.round(of(price).nanos() * 1000);
    }

    /** These prices for {@code core}, of which no figures were found: each is marked as assumed. */
    public CostModel standingFor(String core) {
        Map<Price, Entry> assumed = new EnumMap<>(Price.class);
        entries.forEach((price, entry) ->
                assumed.put(price, new Entry(entry.nanos(), ASSUMED + "by " + name + ": " + entry.source())));
        return new CostModel(core + " by " + name, assumed);
    }

    private static CostModel zero() {
        Map<Price, Entry> entries = new EnumMap<>(Price.class);
        for (Price price : Price.values()) {
            entries.put(price, new Entry(0, "free by definition"));
        }
        return new CostModel("no prices", entries);
    }

    /** How many prices rest on an assumption instead of a published figure. */
    public long assumed() {
        return entries.values().stream()
                .filter(entry -> entry.source().contains(ASSUMED))
                .count();
    }

    /** {@code Cortex-A9 1400 MHz, 11 of 23 prices assumed}. */
    @Override
    public String toString() {
        return assumed() == 0 ? name : name + ", " + assumed() + " of " + entries.size() + " assumed";
    }
}
