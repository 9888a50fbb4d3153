package dev.reuseport.experiment;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonSyntaxException;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Child;
import dev.reuseport.experiment.group.Listeners;
import dev.reuseport.experiment.group.Member;
import dev.reuseport.experiment.group.NotListeningException;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.experiment.group.Parent;
import dev.reuseport.experiment.group.Strategy;
import dev.reuseport.experiment.group.Uniformity;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.receiver.Sender;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NativeTcpListener;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Syscalls;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Each statement of the article about SO_REUSEPORT, put to this kernel. No verdict is stored: each comes from what happens. */
public final class Claims {
    /** Where a shell looks that was told nothing. */
    private static final String USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);
    private static final DatagramEvidence DATAGRAMS = new DatagramEvidence(LOOPBACK);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Proc PROC = Proc.ofHost();
    private static final int BACKLOG = 16;

    /** Any user but root will do; this one is nobody's on most systems. */
    private static final int OTHER_USER = 65534;

    private static final int QUEUED = 200;

    /** Runs another's program, which knows of no {@link Parent}, as the same process: a second one reads stdin for it. */
    private static final List<String> ENDING_WITH_STDIN = List.of(
            "sh", "-c", "exec 3<&0; (read -r line <&3; kill -s KILL $$) >/dev/null 2>&1 & exec \"$@\" 3<&-", "sh");

    private final OwnProgram program;
    private final Syscalls syscalls;

    /**
     * Prepares the tests.
     *
     * @param program what starts the processes that some of them take
     */
    public Claims(OwnProgram program) throws IOException {
        this(program, Binding.JNR.load());
    }

    Claims(OwnProgram program, Syscalls syscalls) {
        this.program = program;
        this.syscalls = syscalls;
    }

    /** What came of a claim. */
    public enum Standing {
        /** It is as the article says. */
        HOLDS("holds"),
        /** It is not. */
        FAILS("fails"),
        /** It is, under one setting of the kernel, and is not under another. */
        DEPENDS("depends"),
        /** It could not be put to the test here. */
        NOT_TESTED("notTested");

        private final String id;

        Standing(String id) {
            this.id = id;
        }

        /** Returns the name that text and JSON use. */
        @Override
        public String toString() {
            return id;
        }
    }

    /**
     * A statement of the article and what this kernel says to it.
     *
     * @param id a short name that stays
     * @param claim the statement
     * @param evidence what was seen, or why nothing could be
     */
    public record Claim(String id, String claim, Standing verdict, String evidence) {}

    /**
     * All of them.
     *
     * @param kernel the system's name and release
     */
    public record Report(String kernel, List<Claim> claims) {
        /** Tells whether each could be put to the test. */
        public boolean allJudged() {
            return claims.stream().noneMatch(claim -> claim.verdict() == Standing.NOT_TESTED);
        }
    }

    /** A verdict and what it comes from. */
    record Finding(Standing verdict, String evidence) {
        /** Adds what is seen beside it, and changes no verdict. */
        Finding behind(String more) {
            return new Finding(verdict, evidence + more);
        }
    }

    @FunctionalInterface
    private interface Test {
        Finding run() throws IOException, InterruptedException;
    }

    /** Puts all of them to the test. */
    public Report run() throws InterruptedException {
        List<Claim> claims = new ArrayList<>();
        claims.add(judge(
                "several-listeners",
                "Several processes or threads can listen on one address and port.",
                this::severalListeners));
        claims.add(judge(
                "all-must-set-reuseport",
                "All of them must have set SO_REUSEPORT.",
                () -> mustSet(SockOpts.SO_REUSEPORT, List.of()).behind(DATAGRAMS.sharing())));
        claims.add(judge(
                "all-must-set-reuseaddr",
                "All of them must have set SO_REUSEADDR.",
                () -> mustSet(SockOpts.SO_REUSEADDR, List.of(SockOpts.SO_REUSEPORT))));
        claims.add(judge("same-user", "All of them must run as the same user.", this::sameUser));
        claims.add(
                judge("kernel-picks-idle", "The kernel picks among those that wait in accept.", this::kernelPicksIdle));
        claims.add(judge(
                "spreads-evenly",
                "The kernel spreads connections evenly over them.",
                () -> spreadsEvenly().behind(DATAGRAMS.spreading())));
        claims.add(judge(
                "restart-is-free",
                "As long as one lives, the others may be stopped and restarted without a loss.",
                () -> restartIsFree().behind(DATAGRAMS.leaving())));
        claims.add(judge("socket-activation", "systemd supports it.", this::socketActivation));
        String kernel = System.getProperty("os.name") + " " + System.getProperty("os.version");
        return new Report(kernel, List.copyOf(claims));
    }

    private static Claim judge(String id, String claim, Test test) throws InterruptedException {
        try {
            Finding finding = test.run();
            return new Claim(id, claim, finding.verdict(), finding.evidence());
        } catch (IOException e) {
            return new Claim(id, claim, Standing.NOT_TESTED, e.getMessage());
        }
    }

    private SpreadCount spread(int listeners, int connections, boolean processes, int busy)
            throws IOException, InterruptedException {
        SpreadPlan plan = new SpreadPlan(
                Mode.NATIVE,
                LOOPBACK,
                listeners,
                connections,
                processes,
                busy,
                Optional.empty(),
                false,
                PATIENCE,
                program);
        SpreadCount result = new Spread(plan, made -> {}).run();
        if (result.endedEarly().isPresent()) {
            throw new IOException("after " + result.made() + " of " + connections + " connections "
                    + result.endedEarly().get());
        }
        return result;
    }

    private static String each(SpreadCount result, ToLongFunction<Member> number, String separator) {
        return result.members().stream()
                .map(member -> Long.toString(number.applyAsLong(member)))
                .collect(Collectors.joining(separator));
    }

    /**
     * One listener, and another that was to join it.
     *
     * @param refusal the errno of the second one, if it was refused
     */
    private record Pair(Sockaddr address, Optional<String> refusal) {
        boolean bothListen() {
            return refusal.isEmpty();
        }

        @Override
        public String toString() {
            return refusal.orElse("both listen");
        }
    }

    private Pair pair(List<SockOpt<Boolean>> first, List<SockOpt<Boolean>> second) throws IOException {
        int user = syscalls.geteuid();
        return pair(first, user, second, user);
    }

    private Pair pair(List<SockOpt<Boolean>> first, int firstUser, List<SockOpt<Boolean>> second, int secondUser)
            throws IOException {
        try (NativeTcpListener one = listening(LOOPBACK, first, firstUser)) {
            Sockaddr address = one.localAddress();
            try (NativeTcpListener two = listening(address, second, secondUser)) {
                return new Pair(two.localAddress(), Optional.empty());
            } catch (ErrnoException e) {
                if (e.errno().is(Const.EADDRINUSE) || e.errno().is(Const.EACCES)) {
                    return new Pair(address, Optional.of(e.errno().name()));
                }
                throw e;
            }
        }
    }

    /** Opens one as an effective user. The whole process is that user meanwhile, so nothing else may be going on. */
    private NativeTcpListener listening(Sockaddr address, List<SockOpt<Boolean>> options, int user) throws IOException {
        int before = syscalls.geteuid();
        become(user);
        try {
            NativeTcpListener listener = NativeTcpListener.open(syscalls, address.family());
            try {
                for (SockOpt<Boolean> option : options) {
                    listener.set(option, true);
                }
                listener.listen(address, BACKLOG);
                return listener;
            } catch (IOException e) {
                listener.close();
                throw e;
            }
        } finally {
            become(before);
        }
    }

    private void become(int user) throws IOException {
        if (user != syscalls.geteuid()) {
            ErrnoException.check(syscalls, "seteuid", syscalls.seteuid(user));
        }
    }

    Finding severalListeners() throws IOException, InterruptedException {
        List<SockOpt<Boolean>> options = List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT);
        Pair pair = pair(options, options);
        if (!pair.bothListen()) {
            return new Finding(Standing.FAILS, "a second listener of this process on " + pair.address() + ": " + pair);
        }
        SpreadCount processes;
        try {
            processes = spread(2, QUEUED, true, 0);
        } catch (NotListeningException e) {
            return new Finding(Standing.FAILS, "of two processes on one address " + e.getMessage());
        }
        SpreadCount threads = spread(2, QUEUED, false, 0);
        return new Finding(
                Standing.HOLDS,
                "two processes (pid "
                        + each(processes, member -> member.pid().orElse(0), " and ") + ") listened on "
                        + processes.address() + " and got " + each(processes, Member::connections, " and ") + " of "
                        + QUEUED + " connections; two threads of one process got "
                        + each(threads, Member::connections, " and "));
    }

    /** Two listeners, of which none, the first, the second and both set the option. */
    private Finding mustSet(SockOpt<Boolean> option, List<SockOpt<Boolean>> bothSet) throws IOException {
        List<SockOpt<Boolean>> with =
                Stream.concat(bothSet.stream(), Stream.of(option)).toList();
        Pair none = pair(bothSet, bothSet);
        Pair first = pair(with, bothSet);
        Pair second = pair(bothSet, with);
        Pair both = pair(with, with);
        List<String> seen = List.of(
                "by none: " + none,
                "by the first alone: " + first,
                "by the second alone: " + second,
                "by both: " + both);
        if (!both.bothListen()) {
            throw new IOException("two listeners that set " + option + " cannot listen here: " + seen);
        }
        return new Finding(
                none.bothListen() || first.bothListen() || second.bothListen() ? Standing.FAILS : Standing.HOLDS,
                (bothSet.isEmpty() ? "" : bothSet.get(0) + " set by both, ") + option + " set "
                        + String.join("; ", seen));
    }

    private Finding sameUser() throws IOException {
        int user = syscalls.geteuid();
        if (user != 0) {
            throw new IOException("needs root, to become another user for a moment; this is uid " + user);
        }
        List<SockOpt<Boolean>> options = List.of(SockOpts.SO_REUSEPORT);
        Pair otherJoins = pair(options, 0, options, OTHER_USER);
        Pair rootJoins = pair(options, OTHER_USER, options, 0);
        if (!pair(options, options).bothListen()
                || !pair(options, OTHER_USER, options, OTHER_USER).bothListen()) {
            throw new IOException("two listeners of one user cannot listen here");
        }
        return new Finding(
                otherJoins.bothListen() || rootJoins.bothListen() ? Standing.FAILS : Standing.HOLDS,
                "uid " + OTHER_USER + " joining uid 0: " + otherJoins + "; uid 0 joining uid " + OTHER_USER + ": "
                        + rootJoins + "; either joining its own: both listen");
    }

    private Finding kernelPicksIdle() throws IOException, InterruptedException {
        SpreadCount result = spread(4, 2000, false, 2);
        int busy = result.members().stream()
                .filter(Member::busy)
                .mapToInt(Member::connections)
                .sum();
        long receiving = result.members().stream()
                .filter(member -> member.connections() > 0)
                .count();
        if (receiving == 1) {
            throw new IOException("this kernel sends all connections to one member");
        }
        return new Finding(
                busy == 0 ? Standing.HOLDS : Standing.FAILS,
                String.format(
                        Locale.ROOT,
                        "two members waited in accept and two accepted nothing: those two got %d of %d connections"
                                + " (%.1f %%), which stayed in their queues",
                        busy,
                        result.made(),
                        100.0 * busy / result.made()));
    }

    private Finding spreadsEvenly() throws IOException, InterruptedException {
        SpreadCount result = spread(4, 10_000, false, 0);
        Uniformity test = result.uniformity().orElseThrow();
        return new Finding(
                test.even() ? Standing.HOLDS : Standing.FAILS,
                String.format(
                        Locale.ROOT,
                        "%d connections over 4 listeners: %s; chi-square %.2f, p = %.4f",
                        result.made(),
                        each(result, Member::connections, ", "),
                        test.chiSquare(),
                        test.pValue()));
    }

    private Finding restartIsFree() throws IOException, InterruptedException {
        OptionalInt off = lostInOwnNamespace(0);
        OptionalInt on = lostInOwnNamespace(1);
        String drained = "; " + restart(Strategy.DRAIN).lost() + " of a member that accepts what is queued first";
        String closed = " connections queued on two members, one of which closes: ";
        String with = " lost with " + Listeners.MIGRATE_REQ + "=";
        if (off.isPresent() && on.isPresent()) {
            boolean loses = off.getAsInt() > 0;
            boolean same = loses == on.getAsInt() > 0;
            return new Finding(
                    same ? loses ? Standing.FAILS : Standing.HOLDS : Standing.DEPENDS,
                    "of " + QUEUED + closed + off.getAsInt() + with + "0, " + on.getAsInt() + " with 1" + drained);
        }
        RestartCount here = restart(Strategy.CLOSE);
        OptionalInt setting = here.migrateReq();
        if (setting.isEmpty()
                && syscalls.abi().platform().linux()
                && PROC.sysctl("kernel.ostype").text().isEmpty()) {
            throw new IOException(
                    Listeners.MIGRATE_REQ + " cannot be read: /proc shows no settings (subset=pid, proc(5))");
        }
        return new Finding(
                here.lost() == 0 ? Standing.HOLDS : Standing.FAILS,
                "of " + here.queued() + closed + here.lost()
                        + (setting.isPresent()
                                ? with + setting.getAsInt()
                                        + ", and the other setting could not be tried in a network namespace of its own"
                                : " lost")
                        + drained);
    }

    private static RestartCount restart(Strategy strategy) throws IOException, InterruptedException {
        RestartCount result = new Restart(
                        new RestartPlan(Mode.NATIVE, LOOPBACK, 2, QUEUED, strategy, Optional.empty(), PATIENCE))
                .run();
        if (result.endedEarly().isPresent()) {
            throw new IOException("only " + result.queued() + " of " + QUEUED + " connections could be made: "
                    + result.endedEarly().get());
        }
        return result;
    }

    /**
     * The setting belongs to a network namespace: it is set in one that ends with the child.
     *
     * @return how many connections were lost; empty where no namespace can be made
     */
    private OptionalInt lostInOwnNamespace(int migrateReq) throws IOException, InterruptedException {
        if (!onPath("unshare") || !onPath("ip")) {
            return OptionalInt.empty();
        }
        List<String> unshare = new ArrayList<>(List.of("unshare", "-n"));
        if (syscalls.geteuid() != 0) {
            unshare.add("-r");
        }
        String script = "ip link set lo up && echo " + migrateReq + " > "
                + PROC.sysctl(Listeners.MIGRATE_REQ).path() + " && exec \"$0\" \"$@\"";
        unshare.addAll(List.of("sh", "-c", script));
        unshare.addAll(program.starting(OwnProgram.restart(QUEUED)));
        try (Child child = new Child(unshare, line -> {})) {
            if (child.awaitExit(PATIENCE) != 0) {
                return OptionalInt.empty();
            }
            JsonObject json =
                    JsonParser.parseString(String.join("\n", child.lines())).getAsJsonObject();
            JsonElement set = json.get("migrateReq");
            return !set.isJsonNull() && set.getAsInt() == migrateReq
                    ? OptionalInt.of(json.get("lost").getAsInt())
                    : OptionalInt.empty();
        } catch (JsonSyntaxException | IllegalStateException e) {
            return OptionalInt.empty();
        }
    }

    private Finding socketActivation() throws IOException, InterruptedException {
        String tool = "systemd-socket-activate";
        if (!onPath(tool)) {
            throw new IOException(tool + " is not on the PATH (it comes with systemd)");
        }
        Sockaddr address;
        try (NativeTcpListener free = listening(LOOPBACK, List.of(), syscalls.geteuid())) {
            address = free.localAddress();
        }
        List<String> whole = new ArrayList<>(ENDING_WITH_STDIN);
        whole.addAll(List.of(tool, "-l", address.toString()));
        Map<String, String> environment = System.getenv();
        for (String name : List.of("PATH", "JAVA_HOME")) {
            if (environment.containsKey(name)) {
                whole.addAll(List.of("-E", name));
            }
        }
        whole.addAll(program.starting(OwnProgram.serve()));
        try (Child child = new Child(whole, line -> {})) {
            if (!child.awaitLine(line -> line.startsWith("Listening on"), PATIENCE)) {
                throw new IOException(tool + " does not listen: " + child.lines());
            }
            byte[] reply =
                    new Sender(address.toInetSocketAddress(), PATIENCE).send("x\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(reply, StandardCharsets.UTF_8).trim();
            boolean own = answer.startsWith("Receiver-" + child.pid() + ": ");
            return new Finding(
                    own ? Standing.HOLDS : Standing.FAILS,
                    tool + " opened " + address + " and handed it down as descriptor 3; the receiver that took it over"
                            + " answered " + (own ? "as pid " + child.pid() : "'" + answer + "'"));
        }
    }

    private static boolean onPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", USUAL_PATH).split(File.pathSeparator))
                .filter(directory -> !directory.isEmpty())
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
