package dev.reuseport.bind.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Loopback;
import dev.reuseport.SockDiagOfHost;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.bind.PrivateNetwork;
import dev.reuseport.bind.RandomCases;
import dev.reuseport.bind.Terrain;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.run.NativeCaseSockets;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.bind.step.Step;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.print.ExplainAnswer;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each remedy is carried out, and is enough: {@code -Dremedy.scenes=100000 -Dremedy.seed=7} to ask for others. */
class RemedyTest {
    private static final int SCENES = Integer.getInteger("remedy.scenes", 2_000);
    private static final long SEED = Long.getLong("remedy.seed", 20_261_126L);

    /** How many share a namespace, before what they left in TIME_WAIT is thrown away with it. */
    private static final int SCENES_IN_ONE_NETWORK = 250;

    private static final List<String> IPV4 = List.of("0.0.0.0", "127.0.0.1", "127.0.0.2", "10.9.0.1");
    private static final List<String> IPV6 = List.of("[::]", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[2001:db8::7]");

    /** Of nobody here, and of everybody. */
    private static final List<String> FOR_NEWCOMERS =
            List.of("0.0.0.0", "127.0.0.1", "127.0.0.2", "::", "::1", "::ffff:127.0.0.1", "192.0.2.1", "2001:db8::1");

    private static final SystemRules RULES = Ruleset.of(
                    Platform.LINUX, Proc.ofHost().release())
            .orElse(Ruleset.LINUX)
            .rules();

    /** The calls that only this test needs. */
    public interface LibC {
        int dup2(int from, int to);

        int setfsuid(int uid);
    }

    private static LibC libc;

    private final Syscalls syscalls = new JnrSyscalls();

    /** As where sock_diag is not: its list of what is bound and no more takes the kernel a millisecond or two. */
    private final Syscalls silent = Watched.of(
            syscalls,
            (call, arguments) ->
                    call.equals("socket") && arguments[0].equals(syscalls.abi().number(Const.AF_NETLINK))
                            ? OptionalInt.of(-syscalls.abi().number(Const.EPERM))
                            : OptionalInt.empty());

    private int explained;
    private int failing;
    private final Map<String, Integer> carriedOut = new TreeMap<>();

    @BeforeAll
    static void needsANetworkOfItsOwn() {
        PrivateNetwork.assumePossible();
        Loopback.assumeSockets(Const.AF_INET6);
        SockDiagOfHost.assumePresent();
        libc = LibraryLoader.create(LibC.class).load("c");
    }

    @Test
    void whatIsCalledEnoughIsEnough() throws IOException {
        try (ProcOfThread own = new ProcOfThread()) {
            PrivateNetwork.bare(() -> {
                makeTablesSmall();
                carryOutAll(own.proc());
                return null;
            });
        }
    }

    /**
     * Has the networks that are made within this one begin with small tables (Linux 6.1 and 6.2): a read of /proc/net/tcp
     * goes through all of it.
     */
    private static void makeTablesSmall() throws IOException {
        for (String table : List.of("tcp_child_ehash_entries", "udp_child_hash_entries")) {
            Path sysctl = Path.of("/proc/sys/net/ipv4", table);
            if (Files.exists(sysctl)) {
                Files.writeString(sysctl, "256\n");
            }
        }
    }

    private void carryOutAll(Proc proc) {
        for (long network = 0; explained < SCENES; network++) {
            long seed = SEED + network;
            Optional<String> wrong = network % 2 == 0
                    ? PrivateNetwork.within(host -> firstWrong(proc, host, seed))
                    : PrivateNetwork.furnished(seed, host -> firstWrong(proc, host, seed));
            assertEquals("", wrong.orElse(""));
        }
        assertTrue(failing > SCENES / 4, failing + " of " + SCENES + " fail");
        for (Class<?> kind : List.of(
                Change.Sets.class,
                Change.BindsAs.class,
                Change.BindsTo.class,
                Change.OwnersSet.class,
                Change.OwnersEnd.class,
                Change.Sysctl.class)) {
            assertTrue(carriedOut.getOrDefault(kind.getSimpleName(), 0) > 0, () -> kind + " in " + carriedOut);
        }
    }

    private Optional<String> firstWrong(Proc proc, Host host, long seed) throws IOException {
        PortRange range = host.sysctls().localPorts();
        boolean few = range.upper() - range.lower() < SCENES_IN_ONE_NETWORK;
        RandomCases cases = new RandomCases(seed, new Terrain(host.devices(), IPV4, IPV6, few, false));
        Random random = new Random(seed);
        Set<Integer> used = new HashSet<>();
        Runner runner = new Runner(
                syscalls,
                new NativeCaseSockets(syscalls),
                uid -> PrivateNetwork.ofUser(new NativeCaseSockets(syscalls), uid));
        for (int i = 0; i < SCENES_IN_ONE_NETWORK && explained < SCENES; i++) {
            Case drawn = cases.next();
            if (drawn.steps().stream().anyMatch(RemedyTest::outOfReach)) {
                continue;
            }
            Scene scene = new Scene(proc, random.nextLong(), used);
            do {
                scene.begin();
                runner.run(drawn, (step, ran) -> scene.after(step, ran.port(), drawn.steps()));
                if (!scene.wrong.isEmpty()) {
                    return Optional.of("seed " + seed + ", scene " + i + ":\n" + scene.wrong + "\nof " + drawn.steps());
                }
            } while (!scene.left.isEmpty());
            explained += scene.explanation == null ? 0 : 1;
            failing += scene.explanation == null || scene.explanation.verdict().ok() ? 0 : 1;
        }
        return Optional.empty();
    }

    /** Another process has such a socket, or no port is in it. */
    private static boolean outOfReach(Step step) {
        String text = step.toString();
        return text.startsWith("unix") || text.startsWith("fork") || text.startsWith("send");
    }

    /** A case, what is explained at its end, and its remedies: those that end sockets get a run each. */
    private final class Scene {
        private final Proc proc;
        private final Set<Integer> used;
        private final Random random;
        private final List<Step.Open> bound = new ArrayList<>();
        private final List<Integer> ports = new ArrayList<>();
        private final Deque<Explanation.Remedy> left = new ArrayDeque<>();
        private Explain.Request request;
        private Explanation explanation;
        private int socket;
        private int steps;
        private boolean told;
        private String wrong = "";

        Scene(Proc proc, long seed, Set<Integer> used) {
            this.proc = proc;
            this.used = used;
            this.random = new Random(seed);
        }

        void begin() {
            bound.clear();
            ports.clear();
            steps = 0;
        }

        void after(Step step, OptionalInt port, List<Step> all) {
            if (step instanceof Step.Open open && port.orElse(0) != 0) {
                bound.add(open);
                ports.add(port.getAsInt());
            }
            // A listener that was shut down still says its port where it has none: only the kernel's list knows.
            told |= step.toString().startsWith("shutdown");
            steps++;
            if (steps == all.size() && !bound.isEmpty()) {
                try {
                    boolean leftovers = leftovers();
                    if (all.stream().anyMatch(each -> each.toString().startsWith("connect"))) {
                        used.addAll(ports);
                    }
                    if (!leftovers && explanation == null) {
                        explain();
                    } else if (!leftovers && !left.isEmpty()) {
                        carryOutAnew(left.pop());
                    }
                } catch (IOException e) {
                    wrong = e.toString();
                }
            }
        }

        /** Tells whether an earlier case has left something on a port: what flags that has nobody knows. */
        private boolean leftovers() {
            return ports.stream().anyMatch(used::contains);
        }

        private void explain() throws IOException {
            request = request();
            explanation = Explain.run(told ? syscalls : silent, proc, RULES, List.of("/bin/false"), request);
            if (!explanation.agrees()) {
                wrong = "kernel and rules disagree: " + about(request, explanation);
            } else if (!explanation.verdict().ok() && explanation.remedies().isEmpty()) {
                wrong = "no remedy: " + about(request, explanation);
            }
            for (Explanation.Remedy remedy : explanation.remedies()) {
                if (!possible(remedy)) {
                    continue;
                }
                if (remedy.changes().stream()
                        .anyMatch(change -> change instanceof Change.OwnersEnd || change instanceof Change.OwnersSet)) {
                    left.add(remedy);
                } else {
                    carryOut(remedy, List.of());
                }
            }
            if (!left.isEmpty()) {
                carryOut(left.pop(), explained());
            }
        }

        private Explain.Request request() throws IOException {
            socket = random.nextInt(bound.size());
            Sockaddr address = Sockaddr.resolve(
                    FOR_NEWCOMERS.get(random.nextInt(FOR_NEWCOMERS.size() - (random.nextInt(4) == 0 ? 0 : 2))),
                    ports.get(socket));
            List<Setting<?>> settings = new ArrayList<>();
            for (SockOpt<Boolean> option : List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT)) {
                if (random.nextInt(3) == 0) {
                    settings.add(new Setting<>(option, true));
                }
            }
            if (address.family() == Const.AF_INET6 && random.nextInt(4) == 0) {
                settings.add(new Setting<>(SockOpts.IPV6_V6ONLY, random.nextBoolean()));
            }
            return new Explain.Request(bound.get(socket).protocol(), address, settings, OptionalInt.empty(), false);
        }

        /** Carries out what ends sockets on those of a run that explained nothing. */
        private void carryOutAnew(Explanation.Remedy remedy) throws IOException {
            Const protocol = request.protocol() == Protocol.TCP ? Const.IPPROTO_TCP : Const.IPPROTO_UDP;
            List<PortSockets.Found> members = PortSockets.of(
                            told ? syscalls : silent, proc, protocol, ports.get(socket))
                    .sockets();
            List<PortSockets.Found> same = alike(explained(), members);
            if (same.size() == explanation.members().size()) {
                carryOut(remedy, same);
            }
        }

        private List<PortSockets.Found> explained() {
            return explanation.members().stream()
                    .map(Explanation.Member::socket)
                    .toList();
        }

        /**
         * Finds those of another run: the kernel's list has an order of its own each time. Which of two that are alike is
         * which makes no difference. Empty if one is not there.
         */
        private static List<PortSockets.Found> alike(List<PortSockets.Found> former, List<PortSockets.Found> members) {
            List<PortSockets.Found> left = new ArrayList<>(members);
            List<PortSockets.Found> found = new ArrayList<>();
            for (PortSockets.Found member : former) {
                left.stream()
                        .filter(other -> traits(other).equals(traits(member)))
                        .findFirst()
                        .ifPresent(other -> {
                            left.remove(other);
                            found.add(other);
                        });
            }
            return found.size() == former.size() ? found : List.of();
        }

        private static List<Object> traits(PortSockets.Found member) {
            return List.of(
                    member.local().withPort(0),
                    member.state(),
                    member.uid(),
                    member.device(),
                    member.owners().size(),
                    member.read()
                            .map(read -> List.of(
                                    read.value(SockOpts.SO_REUSEADDR),
                                    read.value(SockOpts.SO_REUSEPORT),
                                    read.value(SockOpts.IPV6_V6ONLY))));
        }

        private void carryOut(Explanation.Remedy remedy, List<PortSockets.Found> members) throws IOException {
            if (wrong.isEmpty()) {
                wrong = new Enactment(request, remedy, members, ports.get(socket)).failure(about(request, explanation));
            }
        }

        /** Nobody waits for a minute, and a connection has no bind of its own to do anew. */
        private boolean possible(Explanation.Remedy remedy) {
            return remedy.changes().stream()
                    .noneMatch(change -> change instanceof Change.Passes
                            || change instanceof Change.Other
                            || change instanceof Change.OwnersSet sets
                                    && sets.members().stream()
                                            .map(member -> explanation.members().get(member))
                                            .anyMatch(member -> request.protocol() == Protocol.TCP
                                                    && member.socket().state().hasPeer()));
        }
    }

    private static String about(Explain.Request request, Explanation explanation) {
        StringWriter text = new StringWriter();
        new ExplainAnswer(request, explanation).print(new PrintWriter(text));
        return text.toString();
    }

    /** A remedy, carried out on the sockets of this process. */
    private final class Enactment {
        private final Explanation.Remedy remedy;
        private final List<PortSockets.Found> members;
        private final Protocol protocol;
        private final List<Setting<?>> settings;
        private Sockaddr address;
        private int uid;
        private final List<NativeSocket> opened = new ArrayList<>();
        private final Map<Path, String> former = new TreeMap<>();

        Enactment(Explain.Request request, Explanation.Remedy remedy, List<PortSockets.Found> members, int port) {
            this.remedy = remedy;
            this.members = members;
            this.protocol = request.protocol();
            this.settings = new ArrayList<>(request.settings());
            this.address = request.address().withPort(port);
            this.uid = syscalls.geteuid();
        }

        /** Returns what failed; empty if it was enough. */
        String failure(String about) throws IOException {
            String doing = "nothing";
            try {
                Map<Integer, List<SockOpt<Boolean>>> again = new TreeMap<>();
                for (Change change : remedy.changes()) {
                    doing = change.toString();
                    make(change, again);
                    carriedOut.merge(change.getClass().getSimpleName(), 1, Integer::sum);
                }
                doing = "begin anew";
                for (int member : again.keySet()) {
                    end(member);
                }
                for (Map.Entry<Integer, List<SockOpt<Boolean>>> each : again.entrySet()) {
                    reopen(members.get(each.getKey()), each.getValue());
                }
                doing = "bind";
                open(uid, address, settings, protocol == Protocol.TCP);
                return "";
            } catch (ErrnoException e) {
                return "not enough: " + remedy.text() + " (" + doing + "): " + e.getMessage() + "\n" + about;
            } finally {
                for (NativeSocket socket : opened) {
                    socket.close();
                }
                for (Map.Entry<Path, String> setting : former.entrySet()) {
                    Files.writeString(setting.getKey(), setting.getValue());
                }
            }
        }

        private void make(Change change, Map<Integer, List<SockOpt<Boolean>>> again) throws IOException {
            if (change instanceof Change.Sets sets) {
                settings.removeIf(setting -> setting.option() == sets.setting().option());
                settings.add(sets.setting());
            } else if (change instanceof Change.LeavesOut leaves) {
                settings.removeIf(setting -> setting.option() == leaves.option());
            } else if (change instanceof Change.BindsTo binds) {
                address = binds.address().withPort(address.port());
            } else if (change instanceof Change.BindsAs binds) {
                uid = binds.uid();
            } else if (change instanceof Change.Sysctl sysctl) {
                Path path = Path.of("/proc/sys", sysctl.name().replace('.', '/'));
                former.put(path, Files.readString(path));
                Files.writeString(path, sysctl.value() + "\n");
            } else if (change instanceof Change.OwnersEnd end) {
                for (int member : end.members()) {
                    end(member);
                }
            } else if (change instanceof Change.OwnersSet sets) {
                sets.members()
                        .forEach(member -> again.computeIfAbsent(member, key -> new ArrayList<>())
                                .add(sets.option()));
            }
        }

        /** Closes a socket, and leaves its descriptors to whoever opened them. */
        private void end(int member) throws IOException {
            try (NativeSocket blank = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_DGRAM)) {
                for (PortSockets.Owner owner : members.get(member).owners()) {
                    assertEquals(owner.fd(), libc.dup2(blank.fd(), owner.fd()));
                }
            }
        }

        private void reopen(PortSockets.Found found, List<SockOpt<Boolean>> options) throws IOException {
            List<Setting<?>> all = new ArrayList<>();
            for (SockOpt<Boolean> option :
                    List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT, SockOpts.IPV6_V6ONLY)) {
                boolean set = found.read().orElseThrow().value(option).orElse(false);
                if (set || options.contains(option)) {
                    all.add(new Setting<>(option, true));
                }
            }
            found.device().ifPresent(name -> all.add(new Setting<>(SockOpts.SO_BINDTODEVICE, name)));
            all.add(new Setting<>(SockOpts.IP_FREEBIND, true));
            open(found.uid().orElseThrow(), found.local(), all, found.state() == SocketState.LISTEN);
        }

        private void open(int user, Sockaddr where, List<Setting<?>> before, boolean listens) throws IOException {
            libc.setfsuid(user);
            try {
                NativeSocket socket = NativeSocket.open(syscalls, where.family(), protocol.type());
                opened.add(socket);
                for (Setting<?> setting : before) {
                    socket.set(setting);
                }
                socket.bind(where);
                if (listens) {
                    socket.listen(1);
                }
            } finally {
                libc.setfsuid(syscalls.geteuid());
            }
        }
    }
}
