/**
 * Other machines' records: kernel logs read into typed columns, the map of DMA addresses at any moment of them, and decisions
 * of unmodified kernels compared with the model's.
 *
 * <p>{@link org.dmalab.engine.replay.FtraceReader} reads the text that {@code /sys/kernel/tracing/trace},
 * {@code trace-cmd report} and {@code perf script} print, plain or gzipped. Understood: the {@code dma} events of Linux 6.12
 * to 6.18 ({@code include/trace/events/dma.h}) and the {@code iommu} events of Linux 3.14 to 6.18
 * ({@code include/trace/events/iommu.h}); from 3.14's own {@code map} lines, which give the end of the range and size 0, no
 * map can be drawn. A scatter list of more than 128 entries is printed only in part, and what is missing is counted. Every other event is counted by name. Not read: devices and pipes by path, {@code trace.dat} and
 * {@code perf.data} (binary), bpftrace text, function graphs, the latency format, clocks that do not tick in seconds.
 *
 * <p>{@link org.dmalab.engine.replay.GoldenReplay} replays recordings of the page allocator, of zero-area searches, of
 * the consistent region, of ARM's IOVA bitmap, of {@code map_sg}, of scatter tables and of the Exynos IOMMU driver; those of the
 * formats it names as not modelled yet it refuses.
 *
 * <p>{@link org.dmalab.engine.replay.ProcBuddyinfo}, {@link org.dmalab.engine.replay.ProcPagetypeinfo} and
 * {@link org.dmalab.engine.replay.ProcVmallocinfo} read the files of {@code /proc} they are named after, and
 * {@link org.dmalab.engine.replay.ProcFile} says which lines they could not.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.replay;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
