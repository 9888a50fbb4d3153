package dev.reuseport.experiment.group;

import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.commons.numbers.gamma.RegularizedGamma;

/**
 * Pearson's chi-square test of counts against an even spread.
 *
 * @param chiSquare the statistic
 * @param degreesOfFreedom one less than there are counts
 * @param pValue how likely an even spread is to give a statistic of this size or larger
 */
public record Uniformity(double chiSquare, int degreesOfFreedom, double pValue) {
    /** Below this an even spread is not to be believed: it comes about once in ten thousand runs. */
    public static final double DOUBT = 0.0001;

    /** Tests the counts; empty if there are fewer than two, or nothing was counted. */
    public static Optional<Uniformity> of(long... counts) {
        if (counts.length < 2 || LongStream.of(counts).sum() == 0) {
            return Optional.empty();
        }
        double expected = (double) LongStream.of(counts).sum() / counts.length;
        double chiSquare = LongStream.of(counts)
                .mapToDouble(count -> (count - expected) * (count - expected) / expected)
                .sum();
        int degreesOfFreedom = counts.length - 1;
        double pValue = RegularizedGamma.Q.value(degreesOfFreedom / 2.0, chiSquare / 2);
        return Optional.of(new Uniformity(chiSquare, degreesOfFreedom, pValue));
    }

    /** Tells whether the counts look like an even spread. */
    public boolean even() {
        return pValue > DOUBT;
    }
}
