package dev.reuseport.experiment.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

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
