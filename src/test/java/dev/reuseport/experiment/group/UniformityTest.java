package dev.reuseport.experiment.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UniformityTest {
    /** Sixty throws of a die, with the value that textbooks give: 13.4 at 5 degrees of freedom, p about 0.02. */
    @Test
    void aLoadedDieIsSeen() {
        Uniformity test = Uniformity.of(5, 8, 9, 8, 10, 20).orElseThrow();
        assertEquals(13.4, test.chiSquare(), 1e-9);
        assertEquals(5, test.degreesOfFreedom());
        assertEquals(0.0199, test.pValue(), 1e-4);
        assertTrue(test.even(), "one in fifty is not beyond doubt");
    }

    /** The critical values that tables print. */
    @ParameterizedTest
    @CsvSource({"1, 3.841, 0.05", "2, 9.210, 0.01", "7, 24.322, 0.001", "31, 44.985, 0.05", "100, 149.449, 0.001"})
    void whatTablesSay(int degreesOfFreedom, double chiSquare, double pValue) {
        int members = degreesOfFreedom + 1;
        // One member differs by d, another by -d: a statistic of 2 d^2 / expected.
        long expected = 1_000_000;
        long difference = Math.round(Math.sqrt(chiSquare * expected / 2));
        long[] counts = new long[members];
        Arrays.fill(counts, expected);
        counts[0] += difference;
        counts[1] -= difference;
        Uniformity test = Uniformity.of(counts).orElseThrow();
        assertEquals(chiSquare, test.chiSquare(), 0.02);
        assertEquals(pValue, test.pValue(), pValue / 50);
    }

    @Test
    void allToOneIsNotEven() {
        assertFalse(Uniformity.of(1000, 0, 0, 0).orElseThrow().even());
    }

    @Test
    void nothingToCompareIsNoTest() {
        assertEquals(Optional.empty(), Uniformity.of(17));
        assertEquals(Optional.empty(), Uniformity.of(0, 0));
    }
}
