package dev.reuseport.abi;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A release of Linux. Its third number counts what came into a stable branch later, fixes and faults alike.
 *
 * @param patch the third number; {@link #ANY} where nobody said it, or a distribution's number stands in its place
 */
public record LinuxRelease(int major, int minor, int patch) implements Comparable<LinuxRelease> {
    /** The patch that is not known. */
    public static final int ANY = -1;

    /** As {@code uname -r} begins; a distribution counts its own builds behind a dash, and leaves the patch at 0. */
    private static final Pattern TEXT = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})(?:\\.(\\d{1,6})(-\\d+)?)?(?!\\d).*");

    private static final Comparator<LinuxRelease> ORDER = Comparator.comparingInt(LinuxRelease::major)
            .thenComparingInt(LinuxRelease::minor)
            .thenComparingInt(LinuxRelease::patch);

    /** Reads {@code 6.1}, {@code 6.1.170}, or what {@code uname -r} prints; empty if it is none of them. */
    public static Optional<LinuxRelease> parse(String text) {
        Matcher numbers = TEXT.matcher(text);
        if (!numbers.matches()) {
            return Optional.empty();
        }
        int patch = numbers.group(3) == null ? ANY : Integer.parseInt(numbers.group(3));
        boolean builds = patch == 0 && numbers.group(4) != null;
        return Optional.of(new LinuxRelease(
                Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)), builds ? ANY : patch));
    }

    /** Tells whether two are of one branch: {@code 6.1.5} and {@code 6.1.170}. */
    public boolean sameBranch(LinuxRelease other) {
        return major == other.major && minor == other.minor;
    }

    /** Tells whether it is this one or a later one; of one branch, a patch that is not known is taken for the latest. */
    public boolean atLeast(LinuxRelease other) {
        return sameBranch(other) && patch == ANY || compareTo(other) >= 0;
    }

    @Override
    public int compareTo(LinuxRelease other) {
        return ORDER.compare(this, other);
    }

    /** {@code 6.1.170}, or {@code 6.1}. */
    @Override
    public String toString() {
        return major + "." + minor + (patch == ANY ? "" : "." + patch);
    }
}
