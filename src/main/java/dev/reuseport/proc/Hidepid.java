package dev.reuseport.proc;

import dev.reuseport.abi.LinuxBits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The option of {@code /proc} that hides other users' processes ({@code proc(5)}).
 *
 * @param level its value: 1, 2 and 4, or since Linux 5.8 noaccess, invisible and ptraceable; empty if it is off
 * @param gid the group that sees them all the same
 */
public record Hidepid(Optional<String> level, Optional<String> gid) {
    private static final String ROOT = "0";

    /** Reads it from a list of what is mounted; the last at a place is the one that is seen. */
    static Hidepid of(ProcFile mounts, String place) {
        List<String> options = List.of();
        for (String line : mounts.text().split("\n")) {
            String[] fields = line.split(" ");
            if (fields.length > 3 && fields[1].equals(place)) {
                options = fields[2].equals("proc") ? List.of(fields[3].split(",")) : List.of();
            }
        }
        return new Hidepid(
                value(options, "hidepid").filter(set -> !set.equals("0") && !set.equals("off")), value(options, "gid"));
    }

    private static Optional<String> value(List<String> options, String name) {
        return options.stream()
                .filter(option -> option.startsWith(name + "="))
                .map(option -> option.substring(name.length() + 1))
                .findFirst();
    }

    /** Says that it hides processes, and what helps; empty if it hides none from anybody. */
    public Optional<String> reason() {
        return level.map(set -> "/proc is mounted with hidepid=" + set + " (proc(5)), which hides other users'"
                + " processes: be root, with CAP_SYS_PTRACE" + orGroup());
    }

    private String orGroup() {
        return traceableOnly()
                ? ""
                : gid.map(group -> ", or in the group " + group + ", which its option gid= names")
                        .orElse(", or in a group that its option gid= names");
    }

    /** As {@link #reason}, but empty if the process whose status this is sees the others all the same. */
    public Optional<String> reasonFor(ProcFile status) {
        boolean mayTrace = (status.capabilities().orElse(0) >>> LinuxBits.CAP_SYS_PTRACE & 1) != 0;
        boolean member = !traceableOnly() && groups(status).contains(gid.orElse(ROOT));
        return mayTrace || member ? Optional.empty() : reason();
    }

    /** The one level for which the group is no exception. */
    private boolean traceableOnly() {
        return level.filter(set -> set.equals("4") || set.equals("ptraceable")).isPresent();
    }

    /** The groups that permissions of files are asked about: fsgid, the last of four, and the supplementary ones. */
    private static List<String> groups(ProcFile status) {
        List<String> groups = new ArrayList<>(status.fields("Groups:"));
        List<String> own = status.fields("Gid:");
        groups.addAll(own.subList(Math.max(0, own.size() - 1), own.size()));
        return groups;
    }
}
