package dev.reuseport.proc;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the cgroups of a process are named after ({@code /proc/PID/cgroup}, cgroups(7)).
 *
 * @param unit the unit of systemd, the innermost of several: below {@code user@1000.service} stand those of a user's
 * @param container the container, the innermost of several
 */
record Placement(Optional<String> unit, Optional<Container> container) {
    private static final Pattern UNIT = Pattern.compile("[^/]+\\.(?:service|scope|socket|mount|swap)");

    /** Reads all lines: version 1 has a tree for each controller, and not each has the names. */
    static Placement of(ProcFile file) {
        Optional<String> unit = Optional.empty();
        Optional<Container> container = Optional.empty();
        for (String line : file.text().split("\n")) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3) {
                Optional<Container> named = Container.of(fields[2]);
                unit = unit.or(() -> unit(fields[2], named));
                container = container.or(() -> named);
            }
        }
        return new Placement(unit, container);
    }

    /** A scope that a runtime made for its container is no unit that anybody knows. */
    private static Optional<String> unit(String path, Optional<Container> container) {
        String found = null;
        for (String name : path.split("/")) {
            boolean runtimes = container
                    .filter(each -> name.contains(each.id()) && name.endsWith(".scope"))
                    .isPresent();
            if (UNIT.matcher(name).matches() && !runtimes) {
                found = name;
            }
        }
        return Optional.ofNullable(found);
    }
}
