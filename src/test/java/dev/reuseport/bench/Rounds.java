package dev.reuseport.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What was measured in rounds: each contestant once per round, one after the other, so that a machine that gets slower
 * does so for all. A ratio is taken within a round, and the median of these is what is said.
 */
final class Rounds {
    private final Map<String, List<Double>> measured = new LinkedHashMap<>();

    void add(String contestant, double value) {
        measured.computeIfAbsent(contestant, name -> new ArrayList<>()).add(value);
    }

    double median(String contestant) {
        return median(measured.get(contestant).stream().mapToDouble(Double::doubleValue));
    }

    double ratio(String contestant, String floor) {
        List<Double> ours = measured.get(contestant);
        List<Double> theirs = measured.get(floor);
        return median(
                IntStream.range(0, Math.min(ours.size(), theirs.size())).mapToDouble(i -> ours.get(i) / theirs.get(i)));
    }

    /** A table of Markdown: the median, and its ratio to each of {@code floors}. */
    String table(String unit, String... floors) {
        StringBuilder text = new StringBuilder("| | " + unit + " |");
        for (String floor : floors) {
            text.append(" x ").append(floor).append(" |");
        }
        text.append("\n|---|").append("---:|".repeat(floors.length + 1)).append('\n');
        for (String contestant : measured.keySet()) {
            text.append(String.format("| %s | %.1f |", contestant, median(contestant)));
            for (String floor : floors) {
                text.append(String.format(" %.3f |", ratio(contestant, floor)));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static double median(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length == 0
                ? Double.NaN
                : sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
