package dev.reuseport.proc;

import dev.reuseport.abi.LinuxBits;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.Syscalls;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Where a process comes from, as far as that is seen from here.
 *
 * @param arguments its command line, which it may have changed; none of a kernel's thread, and of one that is gone
 * @param user the name of its effective user; empty if it has none here
 * @param since when it began
 * @param parents its parent, that one's parent, and so on
 * @param unit the unit of systemd that it runs in, the innermost of several
 * @param container the container that it runs in
 * @param netns its network namespace as {@code net:[4026532281]}, if that is known and another than the caller's
 * @param pidns its pid namespace, likewise
 * @param pidThere its number in its own pid namespace, if that is another than the caller's
 * @param executable the file that it runs, if that may be known
 * @param orphan whether it is nobody's service, and whoever started it is gone
 */
public record Origin(
        List<Printable> arguments,
        Optional<String> user,
        Optional<Instant> since,
        List<RunningProcess> parents,
        Optional<String> unit,
        Optional<Container> container,
        Optional<String> netns,
        Optional<String> pidns,
        OptionalInt pidThere,
        Optional<String> executable,
        boolean orphan) {
    /** The number of the process that everything begins with, and that gets the children of those who are gone. */
    public static final int INIT = 1;

    /** Longer chains are a damaged or hostile list. */
    private static final int MOST_PARENTS = 32;

    /** Reads it, as seen by the calling thread. */
    public static Origin of(Proc proc, Syscalls syscalls, RunningProcess process) {
        int pid = process.pid();
        Optional<ProcessStat> stat = proc.stat(pid);
        Placement placement = Placement.of(proc.of(pid, "cgroup"));
        List<String> numbers = proc.of(pid, "status").fields("NSpid:");
        return new Origin(
                arguments(proc.of(pid, "cmdline")),
                process.uid().isPresent()
                        ? proc.owner(pid, process.uid().getAsInt())
                                .or(() -> proc.userName(syscalls, process.uid().getAsInt()))
                        : Optional.empty(),
                stat.flatMap(known -> since(proc, known.began())),
                parents(proc, stat),
                placement.unit(),
                placement.container(),
                proc.otherNamespace(pid, "net"),
                proc.otherNamespace(pid, "pid"),
                numbers.size() > 1 ? number(numbers.get(numbers.size() - 1)) : OptionalInt.empty(),
                proc.link(pid, "exe"),
                stat.filter(known -> orphan(proc, pid, known, placement.unit().orElse("")))
                        .isPresent());
    }

    /** A process that wrote over its arguments, as nginx does, leaves blanks or zeros behind its title. */
    private static List<Printable> arguments(ProcFile file) {
        String text = file.beginning();
        int end = text.length();
        while (end > 0 && (text.charAt(end - 1) == '\0' || text.charAt(end - 1) == ' ')) {
            end--;
        }
        return end == 0
                ? List.of()
                : Stream.of(text.substring(0, end).split("\0"))
                        .map(each -> Printable.of(each.getBytes(StandardCharsets.ISO_8859_1)))
                        .toList();
    }

    private static Optional<Instant> since(Proc proc, long began) {
        OptionalLong boot = proc.boot();
        return boot.isPresent()
                ? Optional.of(Instant.ofEpochSecond(boot.getAsLong() + began / LinuxBits.USER_HZ))
                : Optional.empty();
    }

    private static List<RunningProcess> parents(Proc proc, Optional<ProcessStat> child) {
        List<RunningProcess> parents = new ArrayList<>();
        Optional<ProcessStat> stat = child;
        while (stat.isPresent() && stat.get().parent() > 0 && parents.size() < MOST_PARENTS) {
            int parent = stat.get().parent();
            parents.add(proc.process(parent));
            stat = proc.stat(parent);
        }
        return List.copyOf(parents);
    }

    /**
     * Tells whether it got another parent than the one that started it: a child is in its parent's session, unless it began
     * one of its own. And systemd starts nothing in a scope, but takes there what others have started.
     */
    private static boolean orphan(Proc proc, int pid, ProcessStat stat, String unit) {
        if (unit.endsWith(".service")) {
            return false;
        }
        boolean inherits = stat.session() != 0 && stat.session() != pid;
        return inherits
                        && proc.stat(stat.parent())
                                .filter(parent -> parent.session() != stat.session())
                                .isPresent()
                || stat.parent() == INIT && unit.endsWith(".scope");
    }

    private static OptionalInt number(String text) {
        try {
            return OptionalInt.of(Integer.parseInt(text));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    /** Returns the command line as a shell would take it, or the title that the process gave itself; empty if it has none. */
    public String commandLine() {
        if (arguments.size() == 1) {
            return arguments.get(0).text();
        }
        StringBuilder line = new StringBuilder();
        for (Printable argument : arguments) {
            line.append(line.isEmpty() ? "" : " ").append(quoted(argument.text()));
        }
        return line.toString();
    }

    private static String quoted(String argument) {
        return argument.matches("[\\w@%+=:,./\\[\\]-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }
}
