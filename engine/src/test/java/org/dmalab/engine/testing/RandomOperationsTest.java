package org.dmalab.engine.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RandomOperationsTest {
    @Test
    void run_failingStep_namesStepSeedAndOperations() {
        int[] count = {0};
        AssertionError error = assertThrows(
                AssertionError.class,
                () -> RandomOperations.run(RandomOperationsTest.class, 7, 10, (random, log) -> {
                    log.accept("operation " + ++count[0]);
                    assertTrue(count[0] < 3, "three is too many");
                }));
        String seed = System.getProperty("dmalab.seed", "7");
        assertTrue(String.valueOf(error.getMessage()).startsWith("step 3 of 10: operation 3: three is too many"));
        assertTrue(String.valueOf(error.getMessage()).contains("-Dtest=RandomOperationsTest -Ddmalab.seed="));
        assertTrue(String.valueOf(error.getMessage()).endsWith("operation 1\noperation 2\noperation 3"), seed);
    }

    @Test
    void run_sameSeed_sameOperations() {
        List<List<Integer>> runs = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            List<Integer> drawn = new ArrayList<>();
            RandomOperations.run(RandomOperationsTest.class, 7, 100, (random, log) -> drawn.add(random.nextInt()));
            runs.add(drawn);
        }
        assertEquals(runs.get(0), runs.get(1));
    }
}
