package org.dmalab.engine;

/** The files of a running machine's {@code /proc} that tell of memory, as its version of Linux prints them. */
public final class Proc {
    private final Soc soc;

    Proc(Soc soc) {
        this.soc = soc;
    }

    /** {@code /proc/buddyinfo}: free blocks by zone and order; {@link Soc#fragmentation} as a value. */
    public String buddyinfo() {
        return soc.fragmentation().buddyinfo();
    }

    /** {@code /proc/pagetypeinfo}: free blocks by zone, migrate type and order; {@link Soc#pageTypes} as a value. */
    public String pagetypeinfo() {
        return soc.pageTypes().text(soc.era());
    }

    /** {@code /proc/vmallocinfo}: the areas of the vmalloc window, with their guard pages; {@link Soc#vmallocMap} as a value. */
    public String vmallocinfo() {
        return soc.kernel().vmallocinfo();
    }

    /** {@code /proc: buddyinfo, pagetypeinfo, vmallocinfo}. */
    @Override
    public String toString() {
        return "/proc: buddyinfo, pagetypeinfo, vmallocinfo";
    }
}
