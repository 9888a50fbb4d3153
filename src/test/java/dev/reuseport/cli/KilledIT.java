package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.Nobody;
import dev.reuseport.Root;
import dev.reuseport.abi.Abi;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of the packaged program's processes when SIGKILL ends the one that started them. */
@Timeout(300)
final class KilledIT {
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(120);
    private static final int MOMENTS = 10;
    private static final String[] SPREAD = {
        "spread", "--processes", "--listeners", "3", "--busy", "2", "--connections", "1000000"
    };

    /** Without a cache the launcher does not rehearse, which is to go on when the command has ended. */
    private static Launched launch(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(Launched.launcher().toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeAll(Set.of("HOME", "XDG_CACHE_HOME"));
        return new Launched(builder);
    }

    /** Returns its command line. */
    private static List<String> words(ProcessHandle process) {
        ProcessHandle.Info info = process.info();
        return Stream.concat(info.command().stream(), info.arguments().stream().flatMap(Stream::of))
                .toList();
    }

    /** Waits until so many of its processes were started with {@code word}; fewer if it ends before. */
    private static List<ProcessHandle> await(Launched killed, String word, int count) {
        long deadline = System.nanoTime() + PATIENCE;
        List<ProcessHandle> found;
        do {
            found = killed.process()
                    .children()
                    .filter(each -> words(each).stream().anyMatch(said -> said.endsWith(word)))
                    .toList();
        } while (found.size() < count && killed.process().isAlive() && System.nanoTime() < deadline);
        return found;
    }

    /** What ps says of it: empty if it has ended, and Z if only its parent does not know yet. */
    private static String state(ProcessHandle process) throws IOException, InterruptedException {
        Path stat = Path.of("/proc", Long.toString(process.pid()), "stat");
        if (!Abi.host().platform().linux()) {
            Process ps = new ProcessBuilder("ps", "-o", "stat=", "-p", Long.toString(process.pid())).start();
            String state = new String(ps.getInputStream().readAllBytes()).trim();
            ps.waitFor();
            return state;
        }
        try {
            String line = Files.readString(stat);
            return line.substring(line.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return "";
        }
    }

    /** Ends it by SIGKILL and returns what it had started: all, as it is stopped before they are counted. */
    private static List<ProcessHandle> kill(Launched killed) throws IOException, InterruptedException {
        new ProcessBuilder("sh", "-c", "kill -s STOP " + killed.pid()).start().waitFor();
        while (killed.process().isAlive() && !state(killed.process().toHandle()).startsWith("T")) {
            Thread.onSpinWait();
        }
        List<ProcessHandle> started = killed.process().descendants().toList();
        killed.process().destroyForcibly();
        return started;
    }

    private static void assertAllEnd(List<ProcessHandle> started) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE;
        List<ProcessHandle> left = new ArrayList<>(started);
        while (true) {
            for (ProcessHandle each : List.copyOf(left)) {
                String state = state(each);
                if (!each.isAlive() || state.isEmpty() || state.startsWith("Z")) {
                    left.remove(each);
                }
            }
            if (left.isEmpty()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                String which = left.stream()
                        .map(each -> each.pid() + " " + words(each))
                        .collect(Collectors.joining("; "));
                left.forEach(ProcessHandle::destroyForcibly);
                fail("still there: " + which);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Test
    void theDemosPortIsFree() throws Exception {
        for (int listening = 1; listening <= 2; listening++) {
            int port = Loopback.freePort();
            int lines = listening;
            List<String> command = new ArrayList<>(List.of("demo", "--port", Integer.toString(port)));
            command.addAll(List.of(Loopback.listenAddr()));
            try (Launched demo = launch(command.toArray(String[]::new))) {
                while (demo.out().stream()
                                .filter(line -> line.contains("Listening"))
                                .count()
                        < lines) {
                    assertTrue(demo.process().isAlive());
                    TimeUnit.MILLISECONDS.sleep(5);
                }
                List<ProcessHandle> started = kill(demo);
                assertFalse(started.isEmpty());
                assertAllEnd(started);
                new ServerSocket(port, 1, Loopback.inet()).close();
            }
        }
    }

    @Test
    void membersEndBusyOrNot() throws Exception {
        try (Launched spread = launch(SPREAD)) {
            List<ProcessHandle> members = await(spread, "serve", 3);
            assertEquals(3, members.size());
            List<String> last = members.stream()
                    .map(KilledIT::words)
                    .filter(words ->
                            !words.get(words.indexOf("--listen-port") + 1).equals("0"))
                    .findFirst()
                    .orElseThrow();
            int port = Integer.parseInt(last.get(last.indexOf("--listen-port") + 1));
            List<ProcessHandle> started = kill(spread);
            assertTrue(started.containsAll(members));
            assertAllEnd(started);
            new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1")).close();
        }
    }

    @Test
    void noMomentLeavesOne() throws Exception {
        Random random = new Random(60001);
        int started = 0;
        for (int i = 0; i < MOMENTS; i++) {
            try (Launched spread = launch(SPREAD)) {
                await(spread, "serve", random.nextInt(4));
                spread.process().waitFor(random.nextInt(500), TimeUnit.MILLISECONDS);
                List<ProcessHandle> left = kill(spread);
                started += left.size();
                assertAllEnd(left);
            }
        }
        assertTrue(started > 0, "it started nothing");
    }

    /** Else one would live for as long as those that were started after it. */
    @Test
    void noMemberHoldsAnothersPipe() throws Exception {
        assumeTrue(Abi.host().platform().linux(), "/proc/PID/fd");
        try (Launched spread = launch(SPREAD)) {
            List<ProcessHandle> members = await(spread, "serve", 3);
            assertEquals(3, members.size());
            List<Path> pipes = new ArrayList<>();
            for (ProcessHandle member : members) {
                Path folder = Path.of("/proc", Long.toString(member.pid()), "fd");
                Path stdin = Files.readSymbolicLink(folder.resolve("0"));
                assertTrue(stdin.toString().startsWith("pipe:"), stdin::toString);
                pipes.add(stdin);
            }
            for (ProcessHandle member : members) {
                Path folder = Path.of("/proc", Long.toString(member.pid()), "fd");
                try (Stream<Path> all = Files.list(folder)) {
                    Path own = Files.readSymbolicLink(folder.resolve("0"));
                    for (Path each : all.toList()) {
                        Path open = Files.isSymbolicLink(each) ? Files.readSymbolicLink(each) : each;
                        assertTrue(open.equals(own) || !pipes.contains(open), each + " is " + open);
                    }
                }
            }
            assertAllEnd(kill(spread));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unshare", "restart", "systemd-socket-activate", "serve"})
    void whateverClaimsStartsEnds(String word) throws Exception {
        try (Launched claims = launch("claims")) {
            assumeTrue(!await(claims, word, 1).isEmpty(), "claims starts no " + word + " here");
            assertAllEnd(kill(claims));
        }
    }

    @Test
    void theProcessOfAnotherUserEnds() throws Exception {
        Root.assume("uid=N", Root.Capability.CAP_SETUID);
        try (Launched tried = launch("try", "tcp 127.0.0.1:0 uid=65534 listen", "tcp 127.0.0.1:@1 uid=65533")) {
            assertFalse(await(tried, BindAsCommand.NAME, 1).isEmpty());
            assertAllEnd(kill(tried));
        }
    }

    @Test
    void theProcessOfARemedyEnds() throws Exception {
        try (Launched holder = Nobody.launched("serve", "--listen-addr", "127.0.0.1", "--listen-port", "0");
                Launched explain = launch("explain", "tcp", "127.0.0.1:" + holder.awaitPort(), "SO_REUSEPORT")) {
            assertFalse(await(explain, BindAsCommand.NAME, 1).isEmpty());
            assertAllEnd(kill(explain));
        }
    }
}
