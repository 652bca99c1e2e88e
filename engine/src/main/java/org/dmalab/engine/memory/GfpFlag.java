package org.dmalab.engine.memory;

/** One bit of an allocation's flags, at its place in Linux 3.14 ({@code __GFP_*}, {@code include/linux/gfp.h}). */
public enum GfpFlag {
    /** From the DMA zone. */
    DMA(0x1),
    /** From HighMem if there is any. */
    HIGHMEM(0x2),
    /** From below 4 GiB. */
    DMA32(0x4),
    /** The page can be moved. */
    MOVABLE(0x8),
    /** The caller may sleep. */
    WAIT(0x10),
    /** Half of the minimum watermark may be used. */
    HIGH(0x20),
    /** Reclaim may start I/O. */
    IO(0x40),
    /** Reclaim may call into filesystems. */
    FS(0x80),
    /** A page that is not in the caches is wanted. */
    COLD(0x100),
    /** A failure is not printed. */
    NOWARN(0x200),
    REPEAT(0x400),
    NOFAIL(0x800),
    NORETRY(0x1000),
    /** The watermarks do not count. */
    MEMALLOC(0x2000),
    /** The block is one compound page. */
    COMP(0x4000),
    /** The block is cleared. */
    ZERO(0x8000),
    /** The reserves below the watermarks must not be used. */
    NOMEMALLOC(0x1_0000),
    HARDWALL(0x2_0000),
    THISNODE(0x4_0000),
    /** The page is dropped when memory is short. */
    RECLAIMABLE(0x8_0000),
    KMEMCG(0x10_0000),
    NOTRACK(0x20_0000),
    NO_KSWAPD(0x40_0000),
    OTHER_NODE(0x80_0000),
    WRITE(0x100_0000);

    private final int bit;

    GfpFlag(int bit) {
        this.bit = bit;
    }

    /** Its value. */
    public int bit() {
        return bit;
    }
}
