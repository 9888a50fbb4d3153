package dev.reuseport.cli.value;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;

/** What somebody may have meant who typed a name that does not exist. */
public final class Similar {
    private static final int MOST = 5;

    private Similar() {}

    /** Returns {@code "; did you mean A, B or C?"}, the likeliest first, or nothing if no name comes near. */
    public static String hint(String typed, Collection<String> names) {
        String wanted = typed.toLowerCase(Locale.ROOT);
        int near = Math.max(1, wanted.length() / 4);
        ToIntFunction<String> far = name -> {
            String known = name.toLowerCase(Locale.ROOT);
            int longer = Math.abs(wanted.length() - known.length());
            return wanted.length() > 2 && known.contains(wanted) ? 0 : longer > near ? longer : distance(wanted, known);
        };
        List<String> close = names.stream()
                .filter(name -> far.applyAsInt(name) <= near)
                .sorted(Comparator.comparingInt(far))
                .limit(MOST)
                .toList();
        if (close.isEmpty()) {
            return "";
        }
        int last = close.size() - 1;
        String others = String.join(", ", close.subList(0, last));
        return "; did you mean " + others + (others.isEmpty() ? "" : " or ") + close.get(last) + "?";
    }

    /** How many letters to insert, remove, replace, or swap with the next one. */
    private static int distance(String from, String to) {
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                boolean same = from.charAt(i - 1) == to.charAt(j - 1);
                cost[i][j] =
                        Math.min(cost[i - 1][j - 1] + (same ? 0 : 1), Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                boolean swapped = i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
                if (swapped) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[from.length()][to.length()];
    }
}
