package dev.reuseport.experiment.report;

import java.util.Optional;

/**
 * What one report says otherwise than another.
 *
 * @param part of the reports
 * @param what an option, a step, a setting
 * @param left what the first says
 * @param right what the second says
 * @param reason why, if the tables or rules know it
 */
public record Difference(String part, Group group, String what, String left, String right, Optional<String> reason) {
    /** What a difference is about, in the order in which people read. */
    public enum Group {
        NUMBERS("numbers"),
        SIZES("sizes of answers"),
        DEFAULTS("defaults"),
        REFUSALS("refusals"),
        BINDS("bind outcomes"),
        DISTRIBUTION("distribution"),
        SETTINGS("settings");

        private final String title;

        Group(String title) {
            this.title = title;
        }

        /** As text and JSON have it. */
        @Override
        public String toString() {
            return title;
        }
    }
}
