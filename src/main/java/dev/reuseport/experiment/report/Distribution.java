package dev.reuseport.experiment.report;

/** What {@code spread} and {@code restart} counted, without what chance decides. */
final class Distribution {
    /** So unlikely that among the spreads of a thousand reports none is called uneven by chance. */
    private static final double DOUBT = 0.000_001;

    private Distribution() {}

    /** Tells whether the members of a spread were served alike. */
    static boolean even(Fields spread) {
        return spread.number("pValue").map(Number::doubleValue).orElse(1.0) > DOUBT;
    }

    /** Tells whether a restart lost connections; how many is chance. */
    static boolean loses(Fields restart) {
        return restart.number("lost").map(Number::doubleValue).orElse(0.0) > 0;
    }
}
