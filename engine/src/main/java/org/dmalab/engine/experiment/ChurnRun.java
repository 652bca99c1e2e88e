package org.dmalab.engine.experiment;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.experiment.FragmentationHistory.Sample;
import org.dmalab.engine.iova.IovaDomain;
import org.jspecify.annotations.Nullable;

/** The calls of a {@link Churn} made to one allocator. */
final class ChurnRun {
    private final IovaDomain domain;
    private final List<Churn.Call> calls;
    private final int between;
    private final @Nullable DmaAddr[] given;
    private final long[] bytes;
    private final List<Sample> samples = new ArrayList<>();
    private int ranges;
    private long usedBytes;
    private int requests;
    private int refused;

    /** @param between how many calls are made from one sample to the next */
    ChurnRun(IovaDomain domain, List<Churn.Call> calls, int between) {
        this.domain = domain;
        this.calls = calls;
        this.between = between;
        given = new DmaAddr[calls.size()];
        bytes = new long[calls.size()];
    }

    FragmentationHistory.Run run(String policy, long seed) {
        for (int done = 0; done < calls.size(); done++) {
            if (done % between == 0) {
                sample(done);
            }
            Churn.Call call = calls.get(done);
            if (call.bytes() > 0) {
                alloc(call);
            } else {
                free(call.slot());
            }
        }
        sample(calls.size());
        return new FragmentationHistory.Run(policy, seed, samples);
    }

    private void alloc(Churn.Call call) {
        Outcome<DmaAddr> outcome = domain.alloc(call.bytes());
        requests++;
        if (outcome instanceof Outcome.Done<DmaAddr> done) {
            given[call.slot()] = done.value();
            bytes[call.slot()] = call.bytes();
            usedBytes += call.bytes();
            ranges++;
        } else {
            refused++;
        }
    }

    private void free(int slot) {
        DmaAddr iova = given[slot];
        if (iova != null) {
            long granule = domain.granuleBytes();
            domain.free(iova, (bytes[slot] + granule - 1) / granule * granule);
            usedBytes -= bytes[slot];
            ranges--;
        }
    }

    private void sample(int operation) {
        double searched = domain.searched().isPresent() ? domain.searched().getAsLong() : Double.NaN;
        samples.add(new Sample(
                operation,
                ranges,
                usedBytes,
                domain.window().bytes(),
                domain.freeBytes(),
                domain.largestHole(),
                requests,
                refused,
                requests == 0 ? 0 : searched / requests));
    }
}
