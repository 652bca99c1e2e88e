package org.dmalab.engine.memory;

/** Who uses page frames, as far as a restore asks. */
interface FrameUse {
    /** Nothing is known but what the zones know. */
    FrameUse NONE = new FrameUse() {
        @Override
        public boolean keeps(long pfn) {
            return false;
        }

        @Override
        public String user(long pfn) {
            return "somebody";
        }
    };

    /** Whether a page that came into use by a restore must stay so. */
    boolean keeps(long pfn);

    /** Who has the page, in words. */
    String user(long pfn);
}
