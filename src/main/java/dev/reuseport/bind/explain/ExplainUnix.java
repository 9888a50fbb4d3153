package dev.reuseport.bind.explain;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.UnixAddress;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.inspect.UnixSockets;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Says why a bind of AF_UNIX fails ({@code unix(7)}). It is tried on this kernel, and the file that it makes is removed at
 * once; listen, which fails for no other reason, is not called, so that nobody's connection is taken.
 *
 * <p>What decides here is a file, and not what other sockets have set. Where no list has a socket that it leads to, connect
 * tells whether anybody is there.
 */
public final class ExplainUnix {
    private static final int TYPE_BITS = 0170000;
    private static final int SOCKET = 0140000;
    private static final int ROOT = 0;

    private final Syscalls syscalls;
    private final Proc proc;
    private final Step.Unix asked;
    private final int uid;
    private final String name;
    private final List<String> remedies = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private ExplainUnix(Syscalls syscalls, Proc proc, Step.Unix asked) {
        this.syscalls = syscalls;
        this.proc = proc;
        this.asked = asked;
        this.uid = asked.uid().orElseGet(syscalls::geteuid);
        this.name = new Printable(asked.name()).toString();
    }

    /**
     * Tries, and looks.
     *
     * @param asUser the command that, with a user's number behind it, starts {@link Runner#serve} as that user
     * @throws NotPossibleException if another user is asked for and this one is not root, or the name is too long
     */
    public static UnixExplanation run(Syscalls syscalls, Proc proc, List<String> asUser, Step.Unix asked)
            throws IOException {
        return new ExplainUnix(syscalls, proc, asked).explained(asUser);
    }

    private UnixExplanation explained(List<String> asUser) throws IOException {
        if (uid != syscalls.geteuid() && syscalls.geteuid() != ROOT) {
            throw new NotPossibleException("binding as another user needs root");
        }
        UnixSockets.Survey survey = UnixSockets.of(syscalls, proc, asked.name());
        List<StepOutcome> ran = new ArrayList<>();
        try (Runner runner = Runner.open(Mode.NATIVE, asUser)) {
            runner.run(new Case(List.of(asked)), (step, outcome) -> ran.add(outcome));
        }
        StepOutcome outcome = ran.get(0);
        if (outcome.lacking()) {
            throw new NotPossibleException(outcome.note().orElseThrow());
        }
        Outcome verdict = outcome.bind().orElseThrow();
        boolean refused = outcome.refused().isPresent();
        String reason = refused
                ? ofOption(outcome)
                : verdict.ok() ? ofSuccess(survey) : asked.isAbstract() ? ofName(survey) : ofPath(verdict, survey);
        if (survey.closedProcesses() > 0
                && survey.sockets().stream().anyMatch(found -> found.owners().isEmpty())) {
            notes.add("who has the socket cannot be seen from here: "
                    + (survey.closedProcesses() == 1
                            ? "one process may not be looked into"
                            : survey.closedProcesses() + " processes may not be looked into")
                    + " (run as the same user, or with CAP_SYS_PTRACE)");
        }
        return new UnixExplanation(
                asked,
                verdict,
                verdict.ok() ? "" : refused ? "setsockopt " + outcome.refused().get() : "bind",
                reason,
                List.copyOf(remedies),
                survey.sockets(),
                List.copyOf(notes));
    }

    private String ofOption(StepOutcome outcome) {
        String option = outcome.refused().orElseThrow().toString();
        remedies.add("leave out " + option);
        return outcome.refused().get() == SockOpts.SO_REUSEPORT
                ? "AF_UNIX has no SO_REUSEPORT: since Linux 6.13, and since January 2025 in its stable branches, it is"
                        + " refused; before, it did nothing"
                : "AF_UNIX has no " + option;
    }

    private String ofSuccess(UnixSockets.Survey survey) {
        if (asked.isAbstract()) {
            notes.add(
                    "an abstract name has no file and no permissions: whoever is in this network namespace may connect");
            if (survey.sockets().stream().anyMatch(found -> !found.reached().orElse(true))) {
                notes.add(
                        "a socket has this name with NULs behind it, which is another name: a client has to give all of"
                                + " them, as for haproxy's abns@ (its abnsz@ has none)");
            }
            return "no socket of this type has the name in this network namespace";
        }
        notes.add(
                "whoever connects needs write permission for the file, which bind makes with the umask of its process");
        survey.sockets().stream()
                .filter(found -> found.socket().listens())
                .findFirst()
                .ifPresent(
                        found -> notes.add("a socket that was bound to this name listens still, and its file is gone or"
                                + " elsewhere: nobody can connect to it by this path"));
        return "there is no such file, and bind makes it";
    }

    private String ofName(UnixSockets.Survey survey) {
        List<UnixSockets.Found> holders = survey.sockets().stream()
                .filter(found -> found.reached().orElse(true)
                        && found.socket().type().equals(asked.stream() ? "stream" : "dgram"))
                .toList();
        remedies.add(end(holders));
        remedies.add("bind to another name");
        return "a socket has this name, and no option lets two have one";
    }

    private String end(List<UnixSockets.Found> holders) {
        List<PortSockets.Owner> owners =
                holders.stream().flatMap(found -> found.owners().stream()).toList();
        return owners.isEmpty() ? "end the process that has the socket" : Holders.end(owners, proc.mayLookEverywhere());
    }

    private String ofPath(Outcome verdict, UnixSockets.Survey survey) throws IOException {
        Path path = Path.of(asked.name()).toAbsolutePath();
        return switch (verdict.name()) {
            case "EADDRINUSE" -> taken(path, survey);
            case "ENOENT" -> missing(path);
            case "ENOTDIR" -> {
                remedies.add("another path");
                yield first(path, folder -> Files.exists(folder) && !Files.isDirectory(folder))
                        .map(folder -> folder + " is no directory")
                        .orElse("something on the way is no directory");
            }
            case "EACCES", "EPERM" -> forbidden(path);
            case "EROFS" -> {
                remedies.add("a path on a file system that can be written to, as /run");
                yield "the file system is mounted read-only";
            }
            case "ELOOP" -> {
                remedies.add("another path");
                yield "symbolic links on the way lead in a circle";
            }
            case "ENAMETOOLONG" -> {
                remedies.add("a shorter name");
                yield "a name on the way is longer than the file system takes";
            }
            default -> "the file system says so, whatever other sockets do";
        };
    }

    private static Optional<Path> first(Path path, Predicate<Path> is) {
        for (int i = 1; i < path.getNameCount(); i++) {
            Path folder = path.getRoot().resolve(path.subpath(0, i));
            if (is.test(folder)) {
                return Optional.of(folder);
            }
        }
        return Optional.empty();
    }

    private String missing(Path path) {
        Optional<Path> gone = first(path, folder -> !Files.exists(folder));
        gone.ifPresent(folder -> remedies.add("mkdir -p "
                + new Printable(path.getParent().toString()) + ", by systemd for a service: RuntimeDirectory="));
        remedies.add("another path");
        return gone.map(folder -> "there is no directory " + new Printable(folder.toString()))
                .orElse("no file can be made in "
                        + new Printable(path.getParent().toString()));
    }

    private String forbidden(Path path) throws IOException {
        Optional<Path> closed = first(path, folder -> !may(folder, 1));
        Path folder = closed.orElse(path.getParent());
        remedies.add("a path in a directory that uid " + uid + " may write to");
        if (closed.isEmpty() && may(folder, 2)) {
            return "something else than the permissions of " + new Printable(folder.toString())
                    + " forbids it: SELinux or AppArmor, a file that is immutable, or a file system without sockets";
        }
        remedies.add("permission for uid " + uid + " to " + (closed.isPresent() ? "search " : "write to ")
                + new Printable(folder.toString()));
        Map<String, Object> is = Files.readAttributes(folder, "unix:uid,gid,mode");
        return "uid " + uid + " may not " + (closed.isPresent() ? "search " : "make a file in ")
                + new Printable(folder.toString()) + ", which belongs to uid " + is.get("uid") + " and gid "
                + is.get("gid")
                + " and has mode " + Integer.toOctalString((int) is.get("mode") & ~TYPE_BITS);
    }

    /** Tells whether the user may search (1) or write to (2) a directory, by its mode; groups beside the owner count for all. */
    private boolean may(Path folder, int bit) {
        try {
            Map<String, Object> is = Files.readAttributes(folder, "unix:uid,mode");
            int mode = (int) is.get("mode");
            return uid == syscalls.geteuid()
                    ? bit == 1 ? Files.isExecutable(folder) : Files.isWritable(folder)
                    : (mode >> (uid == (int) is.get("uid") ? 6 : 0) & bit) != 0;
        } catch (IOException e) {
            return false;
        }
    }

    private String taken(Path path, UnixSockets.Survey survey) throws IOException {
        int mode;
        try {
            mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            remedies.add("another path");
            return "there is such a file, which cannot be seen from here";
        }
        if ((mode & TYPE_BITS) != SOCKET) {
            remedies.add("another path");
            remedies.add("move what is at " + name + " away, if it is not needed there");
            return "there is " + kind(path) + " at that path, and bind replaces nothing";
        }
        String unlink = "unlink(\"" + name + "\") before it binds";
        List<UnixSockets.Found> there = survey.sockets().stream()
                .filter(found -> found.reached().orElse(true))
                .toList();
        if (!there.isEmpty()) {
            String end = end(there);
            boolean systemd = end.startsWith("systemctl");
            remedies.add(end + (systemd ? "" : ", and unlink the file if that one leaves it"));
            if (!systemd) {
                remedies.add(unlink + ": the old socket keeps the clients that it has, and gets no new ones");
            }
            remedies.add("another path");
            if (there.size() < survey.sockets().size()) {
                notes.add("this path leads to what is in the way alone: the file that was made for the other "
                        + (survey.sockets().size() - there.size() == 1 ? "socket" : "sockets")
                        + " is gone or elsewhere, and nobody can connect to it by this path");
            } else if (there.size() > 1) {
                notes.add(there.size() + " sockets were bound to this name one after another: only one of them"
                        + " can be reached by the file");
            }
            return there.stream().anyMatch(found -> found.socket().listens())
                    ? "a socket is bound there and listens, and no option lets two have one path"
                    : "a socket is bound there, and no option lets two have one path";
        }
        String knock = connect();
        if (knock.equals("ECONNREFUSED")) {
            remedies.add(unlink + ", as servers do at their start");
            notes.add("a server that unlinks the file when it ends leaves none, unless it is killed");
            return "there is the file of a socket that is gone: nobody is there (connect says ECONNREFUSED), and closing a"
                    + " socket does not remove its file";
        }
        remedies.add("another path");
        return "a socket is bound there that is in no list of this network namespace: it is another's, in a container"
                + " perhaps (connect says " + knock + ")";
    }

    private static String kind(Path path) {
        return Files.isSymbolicLink(path)
                ? "a symbolic link"
                : Files.isDirectory(path) ? "a directory" : Files.isRegularFile(path) ? "a regular file" : "a file";
    }

    /** Knocks at a path at which no list has a socket; whoever is there sees a connection that ends at once. */
    private String connect() throws IOException {
        for (Const type : List.of(Const.SOCK_DGRAM, Const.SOCK_STREAM)) {
            try (NativeSocket client = NativeSocket.open(syscalls, Const.AF_UNIX, type)) {
                client.blocking(false);
                client.connect(new UnixAddress(asked.name()));
                return "ok";
            } catch (ErrnoException e) {
                if (!e.errno().is(Const.EPROTOTYPE)) {
                    return e.errno().name();
                }
            }
        }
        return "EPROTOTYPE";
    }
}
