package org.dmalab.engine.replay;

import static org.dmalab.engine.replay.FtraceHead.blanks;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an event, the part after its name, as {@code include/trace/events/dma.h} and {@code iommu.h} print them:
 * {@code device key=value key=value ...}. Sizes are decimal, addresses hex, {@code size=0x...} is the form of Linux 3.14.
 */
final class FtraceFields {
    static final String NO_DEVICE = "no device name before the fields";

    private static final String UNEQUAL_LISTS = "dma_addrs and sizes have different numbers of entries";

    /** A device's name in sysfs has at most this many bytes. */
    private static final int MAX_DEVICE = 255;

    private static final int MAX_ATTRS = 1024;

    /** The entries of a scatter list that a tracepoint records ({@code DMA_TRACE_MAX_ENTRIES}). */
    private static final int TRACED = 128;

    private static final int DMA_ADDR = 1;
    private static final int SIZE = 1 << 1;
    private static final int PHYS = 1 << 2;
    private static final int IOVA = 1 << 3;
    private static final int UNMAPPED = 1 << 4;
    private static final int DMA_ADDRS = 1 << 5;
    private static final int SIZES = 1 << 6;
    private static final int PHYS_ADDRS = 1 << 7;
    private static final int DEVICE = 1 << 8;
    private static final int FLAGS = 1 << 9;

    private static final byte[] FIELD_DIR = Tally.ascii("dir=");
    private static final byte[] FIELD_DMA = Tally.ascii("dma_addr");
    private static final byte[] FIELD_IOVA = Tally.ascii("iova=");

    private static final long K_DIR = key("dir");
    private static final long K_DMA_ADDR = key("dma_addr");
    private static final long K_SIZE = key("size");
    private static final long K_PHYS_ADDR = key("phys_addr");
    private static final long K_PADDR = key("paddr");
    private static final long K_ATTRS = key("attrs");
    private static final long K_VIRT_ADDR = key("virt_addr");
    private static final long K_FLAGS = key("flags");
    private static final long K_IOVA = key("iova");
    private static final long K_UNMAPPED_SIZE = key("unmapped_size");
    private static final long K_DMA_ADDRS = key("dma_addrs");
    private static final long K_SIZES = key("sizes");
    private static final long K_PHYS_ADDRS = key("phys_addrs");
    private static final long K_DEVICE = key("device");
    private static final long K_DEV = key("dev");
    private static final long K_ENTS = key("ents");

    private final Names devices;
    private final Names attrs;
    private final FtraceEvent event;

    private byte[] line = new byte[0];
    private int to;
    private int at;
    private int seen;
    private long unmapped;
    private long end;
    private boolean endSeen;
    private boolean virtNull;
    private int addresses;
    private int lengths;
    private @Nullable String problem;

    FtraceFields(FtraceEvent event, Names devices, Names attrs) {
        this.event = event;
        this.devices = devices;
        this.attrs = attrs;
    }

    /**
     * Reads the fields in {@code [from, to)} into the event.
     *
     * @return what is wrong with them, {@code null} if nothing is
     */
    @Nullable
    String read(FtraceKind kind, byte[] bytes, int from, int end) {
        line = bytes;
        to = end;
        at = from;
        seen = 0;
        endSeen = false;
        virtNull = false;
        problem = null;
        event.clear(kind);
        switch (kind.role()) {
            case IOMMU_MAP, IOMMU_UNMAP, DEVICE -> at = Math.min(to, from + "IOMMU:".length());
            case FAULT -> faultNames(from);
            default -> deviceName(from);
        }
        while (problem == null && at < to) {
            field();
        }
        if (problem == null) {
            check(kind);
        }
        return problem;
    }

    /** Whether the text is an {@code iommu} event's: other systems have events called {@code map} too. */
    static boolean isIommu(byte[] line, int from, int to) {
        return to - from >= 6
                && line[from] == 'I'
                && line[from + 1] == 'O'
                && line[from + 2] == 'M'
                && line[from + 3] == 'M'
                && line[from + 4] == 'U'
                && line[from + 5] == ':';
    }

    /** The name ends before the first field, which depends on the kernel; it may hold blanks ({@code Fixed MDIO bus.0}). */
    private void deviceName(int from) {
        int blank = from;
        while (blank < to && !(line[blank] == ' ' && isFirstField(blank + 1))) {
            blank++;
        }
        if (blank == to || blank == from || isFirstField(from)) {
            problem = NO_DEVICE;
            return;
        }
        event.device = name(from, blank);
        at = blank + 1;
    }

    private boolean isFirstField(int field) {
        return switch (field < to ? line[field] : 0) {
            case 'd' -> is(FIELD_DIR, field) || is(FIELD_DMA, field);
            case 'i' -> is(FIELD_IOVA, field);
            default -> false;
        };
    }

    private boolean is(byte[] text, int from) {
        return to - from >= text.length && Arrays.equals(text, 0, text.length, line, from, from + text.length);
    }

    private int name(int from, int end) {
        if (end - from > MAX_DEVICE) {
            problem = "the device name is longer than " + MAX_DEVICE + " bytes";
            return -1;
        }
        int id = devices.id(line, from, end);
        if (id < 0) {
            problem = "more than " + Names.MAX + " device names";
        }
        return id;
    }

    /** {@code IOMMU:driver device iova=...}. */
    private void faultNames(int from) {
        int driver = Math.min(to, from + "IOMMU:".length());
        int blank = driver;
        while (blank < to && line[blank] != ' ') {
            blank++;
        }
        if (blank == to) {
            problem = NO_DEVICE;
            return;
        }
        event.driver = name(driver, blank);
        if (problem == null) {
            deviceName(blank + 1);
        }
    }

    private void field() {
        at = blanks(line, at, to);
        long key = 0;
        int from = at;
        while (at < to && line[at] != '=' && line[at] != ' ') {
            key = (key << 8) | (line[at++] & 0xff);
        }
        if (at >= to || line[at] == ' ') {
            if (at - from == 11 && line[from] == '[' && line[from + 1] == 'T') {
                event.flags |= FtraceEvent.TRUNCATED;
            }
            return;
        }
        at++;
        value(key);
    }

    private void value(long key) {
        if (key == K_DIR) {
            event.direction = direction();
        } else if (key == K_DMA_ADDR) {
            event.address = hex();
            seen |= DMA_ADDR;
        } else if (key == K_SIZE) {
            event.bytes = size();
            seen |= SIZE;
        } else if (key == K_PHYS_ADDR || key == K_PADDR) {
            event.physical = hex();
            seen |= PHYS;
        } else if (key == K_ATTRS) {
            attributes();
        } else if (key == K_VIRT_ADDR) {
            virtNull = zeros();
        } else if (key == K_IOVA) {
            event.address = hex();
            seen |= IOVA;
            rangeEnd();
        } else if (key == K_UNMAPPED_SIZE) {
            unmapped = size();
            seen |= UNMAPPED;
        } else if (key == K_DMA_ADDRS) {
            addresses = array(true);
            seen |= DMA_ADDRS;
        } else if (key == K_SIZES) {
            lengths = array(false);
            seen |= SIZES;
        } else if (key == K_PHYS_ADDRS) {
            physicals();
            seen |= PHYS_ADDRS;
        } else if (key == K_DEVICE) {
            event.device = name(at, to);
            at = to;
            seen |= DEVICE;
        } else if (key == K_DEV) {
            int from = at;
            skip();
            event.device = name(from, at);
        } else if (key == K_FLAGS && event.kind == FtraceKind.IO_PAGE_FAULT) {
            event.bytes = hex();
            seen |= FLAGS;
        } else if (key == K_ENTS) {
            entries();
        } else {
            skip();
        }
    }

    private void check(FtraceKind kind) {
        switch (kind.role()) {
            case MAP -> checkMap();
            case UNMAP -> require(DMA_ADDR | SIZE);
            case MAP_SG -> checkScatterList();
            case UNMAP_SG -> require(PHYS_ADDRS);
            case SYNC -> checkSync();
            case FAILURE -> event.flags |= FtraceEvent.FAILED;
            case IOMMU_MAP, IOMMU_UNMAP -> checkIommu(kind);
            case FAULT -> require(IOVA);
            case DEVICE -> require(DEVICE);
        }
    }

    /** {@code DMA_MAPPING_ERROR} is all ones, in the width of the kernel's {@code dma_addr_t}. */
    private void checkMap() {
        require(DMA_ADDR | SIZE);
        if (event.address == -1 || event.address == 0xffff_ffffL || (virtNull && event.address == 0)) {
            event.flags |= FtraceEvent.FAILED;
        } else {
            checkRange(event.address, event.bytes);
        }
    }

    private void checkScatterList() {
        require(DMA_ADDRS | SIZES | PHYS_ADDRS);
        if (problem == null && addresses != lengths) {
            problem = UNEQUAL_LISTS;
        }
        sumSegments();
    }

    private void checkSync() {
        if ((seen & DMA_ADDRS) == 0) {
            require(DMA_ADDR | SIZE);
            return;
        }
        require(SIZES);
        if (problem == null && addresses != lengths) {
            problem = UNEQUAL_LISTS;
        }
        sumSegments();
    }

    private void sumSegments() {
        for (int i = 0; problem == null && i < addresses; i++) {
            checkRange(event.segmentAddresses[i], event.segmentBytes[i]);
            event.bytes += event.segmentBytes[i];
            if (event.bytes < 0) {
                problem = "the sizes of the scatter list add up to more than 2^63 bytes";
            }
        }
        event.segments = problem == null ? addresses : 0;
        event.address = event.segments > 0 ? event.segmentAddresses[0] : 0;
    }

    private void checkIommu(FtraceKind kind) {
        require(IOVA | SIZE);
        if (problem == null && endSeen && end != event.address + event.bytes) {
            problem = "the end of the range is not iova + size";
        }
        if (problem == null) {
            checkRange(event.address, event.bytes);
        }
        if (kind == FtraceKind.IOMMU_MAP && event.bytes == 0 && !endSeen) {
            event.flags |= FtraceEvent.ONLY_END;
        }
        if (kind == FtraceKind.IOMMU_UNMAP && (seen & UNMAPPED) != 0 && problem == null) {
            if (unmapped == 0) {
                event.flags |= FtraceEvent.FAILED;
            } else {
                event.bytes = unmapped;
                checkRange(event.address, unmapped);
            }
        }
    }

    private void checkRange(long address, long bytes) {
        if (bytes < 0) {
            problem = "a size does not fit into 63 bits";
        } else if (bytes > 0 && Long.compareUnsigned(address + (bytes - 1), address) < 0) {
            problem = "the range leaves the 64-bit space";
        }
    }

    private void require(int fields) {
        if (problem == null && (seen & fields) != fields) {
            int missing = fields & ~seen;
            String[] names = {
                "dma_addr", "size", "phys_addr", "iova", "unmapped_size", "dma_addrs", "sizes", "phys_addrs", "device"
            };
            problem = "no field " + names[Integer.numberOfTrailingZeros(missing)] + "=";
        }
    }

    private int direction() {
        int from = at;
        skip();
        int length = at - from;
        if (length == 0) {
            return FtraceEvent.NO_DIRECTION;
        }
        return switch (line[from]) {
            case 'B' -> 0;
            case 'T' -> 1;
            case 'F' -> 2;
            case 'N' -> 3;
            default -> FtraceEvent.NO_DIRECTION;
        };
    }

    private void attributes() {
        int from = at;
        skip();
        if (at > from) {
            event.attrs = attrs.id(line, from, Math.min(at, from + MAX_ATTRS));
        }
    }

    /** {@code iova=0x... - 0x...}: the address after the last. */
    private void rangeEnd() {
        if (problem == null && at + 5 < to && line[at + 1] == '-' && line[at + 3] == '0' && line[at + 4] == 'x') {
            at += 3;
            end = hex();
            endSeen = true;
        }
    }

    /** {@code ents=traced/full}. */
    private void entries() {
        long traced = decimal();
        if (problem == null && at < to && line[at] == '/') {
            at++;
            long full = decimal();
            if (full > traced) {
                event.flags |= FtraceEvent.TRUNCATED;
                event.unprinted = Math.min(full - traced, Integer.MAX_VALUE);
            }
        }
    }

    private boolean zeros() {
        int from = at;
        skip();
        for (int i = from; i < at; i++) {
            if (line[i] != '0') {
                return false;
            }
        }
        return at > from;
    }

    private int array(boolean ofAddresses) {
        int count = 0;
        if (at >= to || line[at] != '{') {
            problem = "a list does not begin with {";
            return 0;
        }
        at++;
        while (problem == null && at < to && line[at] != '}') {
            long value = hex();
            if (count == event.segmentAddresses.length) {
                event.segmentAddresses = Arrays.copyOf(event.segmentAddresses, count * 2);
                event.segmentBytes = Arrays.copyOf(event.segmentBytes, count * 2);
            }
            (ofAddresses ? event.segmentAddresses : event.segmentBytes)[count++] = value;
            if (problem == null && at < to && line[at] == ',') {
                at++;
            }
        }
        closeList();
        return count;
    }

    /** Only the first address is kept, and a number that stands for the list: enough to pair unmap with map. */
    private void physicals() {
        if (at >= to || line[at] != '{') {
            problem = "a list does not begin with {";
            return;
        }
        at++;
        long mix = 0;
        for (int count = 0; problem == null && at < to && line[at] != '}'; count++) {
            long value = hex();
            if (count == 0) {
                event.physical = value;
            }
            if (count < TRACED) {
                mix = (mix ^ value) * 0x9e3779b97f4a7c15L;
                mix ^= mix >>> 29;
            }
            if (problem == null && at < to && line[at] == ',') {
                at++;
            }
        }
        event.physicalKey = mix;
        closeList();
    }

    private void closeList() {
        if (problem == null && at >= to) {
            problem = "a list does not end: the line is cut";
        }
        at++;
    }

    private void skip() {
        while (at < to && line[at] != ' ') {
            at++;
        }
    }

    private long hex() {
        if (at + 1 < to && line[at] == '0' && line[at + 1] == 'x') {
            at += 2;
        }
        int from = at;
        long value = 0;
        int limit = Math.min(to, at + 17);
        while (at < limit) {
            int digit = digit(line[at]);
            if (digit < 0) {
                break;
            }
            value = (value << 4) | digit;
            at++;
        }
        if (at == from) {
            problem = at < to ? "an address is not a hex number" : "a value is missing: the line is cut";
        } else if (at - from > 16) {
            problem = "an address has more than 16 digits";
        }
        return value;
    }

    private long size() {
        if (at + 1 < to && line[at] == '0' && line[at + 1] == 'x') {
            long value = hex();
            if (value < 0) {
                problem = "a size does not fit into 63 bits";
            }
            return value;
        }
        return decimal();
    }

    private long decimal() {
        int from = at;
        long value = 0;
        while (at < to && FtraceHead.isDigit(line[at])) {
            if (value > (Long.MAX_VALUE - 9) / 10) {
                problem = "a size does not fit into 63 bits";
                return 0;
            }
            value = value * 10 + line[at++] - '0';
        }
        if (at == from) {
            problem = at < to ? "a size is not a number" : "a value is missing: the line is cut";
        }
        return value;
    }

    private static int digit(byte c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /** The last eight bytes of a key's name; no two keys share them. */
    private static long key(String name) {
        long key = 0;
        for (int i = 0; i < name.length(); i++) {
            key = (key << 8) | name.charAt(i);
        }
        return key;
    }
}
