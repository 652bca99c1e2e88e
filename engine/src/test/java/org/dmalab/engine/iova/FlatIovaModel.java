package org.dmalab.engine.iova;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code iova.c} as its rules are written down: a map of ranges, walked one by one. */
final class FlatIovaModel {
    static final long NONE = -1;
    private static final long ANCHOR = Long.MAX_VALUE;

    /** First page to last page. */
    final TreeMap<Long, Long> nodes = new TreeMap<>();

    long steps;
    private final IovaWalk walk;
    private final long start;
    private final long d;
    private long cached32;
    private long cached = ANCHOR;
    private long max32;

    FlatIovaModel(IovaWalk walk, long start) {
        this.walk = walk;
        this.start = start;
        d = walk == IovaWalk.V3_14 ? 0xfffff : 0x100000;
        cached32 = walk == IovaWalk.V3_14 ? NONE : ANCHOR;
        max32 = d;
    }

    private static long ceilPowerOfTwo(long size) {
        long power = 1;
        while (power < size) {
            power *= 2;
        }
        return power;
    }

    long alloc(long size, long limit, boolean aligned) {
        return walk == IovaWalk.V3_14 ? alloc314(size, limit, aligned) : alloc61(size, limit, aligned);
    }

    private long alloc314(long asked, long asLimit, boolean aligned) {
        long size = aligned ? ceilPowerOfTwo(asked) : asked;
        long limit = asLimit;
        Map.@Nullable Entry<Long, Long> cur;
        if (limit == d && cached32 != NONE) {
            limit = cached32 - 1;
            cur = nodes.lowerEntry(cached32);
            steps++;
        } else {
            cur = nodes.lastEntry();
        }
        while (cur != null) {
            if (limit >= cur.getKey()) {
                if (limit >= cur.getValue() && cur.getValue() + size + pad(limit, size, aligned) <= limit) {
                    break;
                }
                limit = cur.getKey() - 1;
            }
            cur = nodes.lowerEntry(cur.getKey());
            steps++;
        }
        long pad = pad(limit, size, aligned);
        if (cur == null && start + size + pad > limit) {
            return NONE;
        }
        long lo = limit - size - pad + 1;
        nodes.put(lo, lo + size - 1);
        if (asLimit == d) {
            cached32 = lo;
        }
        return lo;
    }

    private static long pad(long limit, long size, boolean aligned) {
        return aligned ? (limit + 1) % Long.highestOneBit(size) : 0;
    }

    private long alloc61(long size, long limit, boolean aligned) {
        long bound = limit + 1;
        long alignment = aligned ? ceilPowerOfTwo(size) : 1;
        if (bound <= d && size >= max32) {
            return NONE;
        }
        long cur = bound <= d ? cached32 : cached;
        long retry = cur == ANCHOR ? ANCHOR : last(cur);
        long high = bound;
        long low = start;
        while (true) {
            long made;
            Map.@Nullable Entry<Long, Long> below;
            do {
                high = Math.min(high, cur);
                made = Math.floorDiv(high - size, alignment) * alignment;
                below = nodes.lowerEntry(cur);
                steps++;
                if (below != null) {
                    cur = below.getKey();
                }
            } while (below != null && made <= below.getValue() && made >= low);
            if (high >= size && made >= low) {
                nodes.put(made, made + size - 1);
                if (made + size - 1 < d) {
                    cached32 = made;
                } else {
                    cached = made;
                }
                return made;
            }
            if (walk != IovaWalk.V6_1 || low != start || retry >= bound) {
                max32 = size;
                return NONE;
            }
            high = bound;
            low = retry + 1;
            Long top = bound > d ? null : nodes.ceilingKey(bound);
            cur = top == null ? ANCHOR : top;
        }
    }

    private long last(long lo) {
        Long hi = nodes.get(lo);
        if (hi == null) {
            throw new AssertionError("no range begins at " + lo);
        }
        return hi;
    }

    /** Where the range that contains {@code pfn} begins, or {@link #NONE}. */
    long find(long pfn) {
        Map.Entry<Long, Long> below = nodes.floorEntry(pfn);
        return below == null || below.getValue() < pfn ? NONE : below.getKey();
    }

    void free(long pfn) {
        long lo = find(pfn);
        if (lo == NONE) {
            return;
        }
        long hi = last(lo);
        nodes.remove(lo);
        Long next = nodes.higherKey(lo);
        if (walk == IovaWalk.V3_14) {
            if (cached32 != NONE && lo >= cached32) {
                cached32 = next != null && next < d ? next : NONE;
            }
            return;
        }
        long above = next == null ? ANCHOR : next;
        if (lo == cached32 || (hi < d && lo >= cached32)) {
            cached32 = above;
        }
        if (lo < d) {
            max32 = d;
        }
        if (lo >= cached) {
            cached = above;
        }
    }

    /** Returns the first page of the range that reserves the last page. */
    long reserve(long from, long to) {
        long lo = from;
        long at = find(from) != NONE ? find(from) : from;
        boolean overlapped = false;
        for (Long key : nodes.tailMap(at).keySet().toArray(new Long[0])) {
            if (key > to) {
                break;
            }
            long hi = last(key);
            overlapped = true;
            if (lo < key) {
                nodes.remove(key);
                nodes.put(lo, hi);
                cached32 = cached32 == key ? lo : cached32;
                cached = cached == key ? lo : cached;
            }
            if (to <= hi) {
                return Math.min(lo, key);
            }
            lo = hi + 1;
        }
        if (overlapped && nodes.containsKey(lo)) {
            throw new AssertionError("the rest is in use");
        }
        nodes.put(lo, to);
        return lo;
    }
}
