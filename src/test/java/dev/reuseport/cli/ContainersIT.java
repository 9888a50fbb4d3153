package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Launched;
import dev.reuseport.Nobody;
import dev.reuseport.sys.JnrSyscalls;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where root is less than root, or a user sees less than others do: as in containers and on hardened machines. */
@Timeout(180)
final class ContainersIT {
    private static final String NO_CAPABILITIES = "setpriv --bounding-set=-all --inh-caps=-all";
    private static final String USER_NAMESPACE = "unshare -Ur";
    private static final Map<String, String> ERRNOS = Map.of(NO_CAPABILITIES, "EPERM", USER_NAMESPACE, "EINVAL");
    private static final Map<String, String> CAUSES =
            Map.of(NO_CAPABILITIES, "CAP_SETUID", USER_NAMESPACE, "user namespace has no such user");

    @BeforeEach
    void asRootOfLinux() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "namespaces and capabilities are Linux's");
        assumeTrue(new JnrSyscalls().geteuid() == 0, "making these takes root");
    }

    private static Launched within(String container, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(container.split(" ")));
        assumeTrue(succeeds(command), container + " is not possible here");
        command.add(Launched.launcher().toString());
        command.addAll(List.of(arguments));
        return new Launched(new ProcessBuilder(command));
    }

    private static boolean succeeds(List<String> container) throws InterruptedException {
        List<String> whole = new ArrayList<>(container);
        whole.add("true");
        try {
            Process process =
                    new ProcessBuilder(whole).redirectErrorStream(true).start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static void assertSays(String said, String... words) {
        for (String word : words) {
            assertTrue(said.contains(word), () -> word + " is not in: " + said);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NO_CAPABILITIES, USER_NAMESPACE})
    void rootThatCannotBecomeAnotherUserSaysWhy(String container) throws Exception {
        try (Launched explain = within(container, "explain", "tcp", "127.0.0.1:0", "--uid", "1000")) {
            assertEquals(3, explain.awaitExit(), explain.err()::toString);
            assertEquals(1, explain.err().size(), explain.err()::toString);
            assertSays(explain.err().get(0), "uid 1000", ERRNOS.get(container), CAUSES.get(container));
        }
        try (Launched tried = within(
                container,
                "try",
                "tcp 127.0.0.1:0 SO_REUSEPORT listen",
                "tcp 127.0.0.1:@1 SO_REUSEPORT uid=1000 listen",
                "tcp 127.0.0.1:@1 SO_REUSEPORT uid=1000",
                "connect 1")) {
            assertEquals(3, tried.awaitExit(), tried.err()::toString);
            assertEquals(List.of(), tried.err());
            assertSays(tried.out().get(2), "not run", ERRNOS.get(container), CAUSES.get(container));
            assertSays(tried.out().get(3), "not run", CAUSES.get(container));
            assertSays(tried.out().get(4), "accepted by 1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NO_CAPABILITIES, USER_NAMESPACE})
    void rootWithoutACapabilityOverTheNetworkIsNotCreditedWithIt(String container) throws Exception {
        try (Launched explain = within(container, "explain", "tcp", "127.0.0.1:80")) {
            assertEquals(0, explain.awaitExit(), () -> explain.err() + " " + explain.out());
            assertTrue(explain.out().get(1).startsWith("Why: "), explain.out()::toString);
        }
        try (Launched tried =
                within(container, "try", "tcp 127.0.0.1:81", "udp 192.0.2.1:0 IP_TRANSPARENT", "udp 127.0.0.1:82")) {
            assertEquals(0, tried.awaitExit(), () -> tried.err() + " " + tried.out());
            assertSays(tried.out().get(2), "EPERM", "same");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NO_CAPABILITIES, USER_NAMESPACE})
    void anotherUsersListenerIsExplainedThere(String container) throws Exception {
        try (Launched owner = Nobody.launched("serve", "--listen-addr", "127.0.0.1", "--listen-port", "0")) {
            String where = "0.0.0.0:" + owner.awaitPort();
            try (Launched explain = within(container, "explain", "tcp", where, "SO_REUSEADDR")) {
                assertEquals(0, explain.awaitExit(), () -> explain.err() + " " + explain.out());
                assertEquals(List.of(), explain.err());
                assertSays(explain.out().get(0), "EADDRINUSE from bind");
                assertSays(explain.out().get(1), "Why: one of these, as flags could not be read");
                assertSays(explain.out().get(2), "  - ", "that cannot be seen");
                assertSays(
                        String.join("\n", explain.out()),
                        "Note: one socket belongs to",
                        "run ",
                        "with CAP_SYS_PTRACE (root)");
                assertTrue(
                        explain.out().stream().anyMatch(line -> line.startsWith("  - end ")), explain.out()::toString);
                assertFalse(
                        explain.out().stream().anyMatch(line -> line.contains("bind as uid") && line.contains("tried")),
                        explain.out()::toString);
            }
        }
    }

    /** A pid namespace with a proc of its own: its options are nobody else's. The shell is its pid 1. */
    private static Launched hidden(String options, String script) throws Exception {
        List<String> unshare = List.of("unshare", "--pid", "--fork", "--mount-proc");
        List<String> command = new ArrayList<>(unshare);
        command.addAll(List.of("sh", "-c", "mount -o remount," + options + " /proc && exec true"));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            assumeTrue(
                    process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0,
                    "a pid namespace with " + options + " cannot be made here");
        } catch (IOException e) {
            assumeTrue(false, "unshare is not installed");
        }
        assumeTrue(new File("/usr/bin/setpriv").canExecute(), "setpriv is not installed");
        command = new ArrayList<>(unshare);
        String user = "setpriv --reuid=" + Nobody.UID + " --regid=" + Nobody.UID + " --clear-groups --inh-caps=-all";
        command.addAll(List.of(
                "sh",
                "-c",
                "mount -o remount," + options + " /proc; as_user='" + user + "'; " + script,
                Launched.launcher().toString()));
        return new Launched(new ProcessBuilder(command).directory(new File("/")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"hidepid=1", "hidepid=2", "hidepid=2,gid=77"})
    void aHiddenProcessIsNotSaidToHaveExited(String options) throws Exception {
        for (String which : List.of("", " --fd 0")) {
            try (Launched inspect =
                    hidden(options, "$as_user \"$0\" inspect --pid 1" + which + "; status=$?; exit $status")) {
                assertEquals(3, inspect.awaitExit(), inspect.err()::toString);
                String said = String.join("\n", inspect.err());
                assertSays(said, "pid 1", "hidepid=", "proc(5)", "root", options.contains("gid") ? "group 77" : "gid=");
                assertFalse(said.contains("exited"), said);
            }
        }
        try (Launched inspect = hidden(options, "\"$0\" inspect --pid 1; status=$?; exit $status")) {
            assertEquals(0, inspect.awaitExit(), inspect.err()::toString);
        }
        try (Launched inspect = hidden(options, "$as_user \"$0\" inspect --pid 99999999; status=$?; exit $status")) {
            assertEquals(1, inspect.awaitExit(), inspect.err()::toString);
            assertSays(inspect.err().get(0), "ESRCH");
        }
    }

    @Test
    void hiddenOwnersAreSaidToBeHidden() throws Exception {
        String script = "log=$(mktemp); \"$0\" serve --listen-addr 127.0.0.1 --listen-port 0 2> $log & server=$!;"
                + " until grep -q Listening $log; do kill -0 $server || exit 9; done;"
                + " port=$(sed -n \"s/.*Listening sockname=('127.0.0.1', \\([0-9]*\\)).*/\\1/p\" $log); rm $log;"
                + " $as_user \"$0\" explain tcp 127.0.0.1:$port SO_REUSEADDR; status=$?; kill $server; exit $status";
        try (Launched explain = hidden("hidepid=2", script)) {
            assertEquals(0, explain.awaitExit(), explain.err()::toString);
            String said = String.join("\n", explain.out());
            assertSays(
                    said,
                    "EADDRINUSE from bind",
                    "Note: one socket belongs to a process that cannot be seen from here:");
            assertSays(said, "hidepid=", "proc(5)", "gid=");
        }
        try (Launched explain = hidden("hidepid=2", script.replace("$as_user \"$0\" explain", "\"$0\" explain"))) {
            assertEquals(0, explain.awaitExit(), explain.err()::toString);
            String said = String.join("\n", explain.out());
            assertSays(said, "listens on 127.0.0.1:");
            assertFalse(said.contains("hidepid"), said);
        }
    }

    private static void assertUnseen(Launched spread, String... words) throws Exception {
        assertEquals(3, spread.awaitExit(), spread.err()::toString);
        String said = String.join("\n", spread.out());
        assertSays(said, "20 were accepted by a process that cannot be seen from here");
        assertSays(said, words);
        assertFalse(said.contains("wait in a queue"), said);
    }

    @Test
    void whatAHiddenProcessAcceptsIsNotCalledQueued() throws Exception {
        String script = "python3 -c \"import socket; s = socket.create_server(('127.0.0.1', 0), backlog=100);"
                + " open('$log', 'a').write(str(s.getsockname()[1]) + chr(10)); c = [s.accept() for i in range(99)]\"";
        try (Launched spread = hidden(
                "hidepid=2",
                "log=$(mktemp); export log; " + script + " > /dev/null 2>&1 & server=$!; until grep -q . $log; do"
                        + " kill -0 $server || exit 9; done; port=$(cat $log); rm $log;"
                        + " $as_user \"$0\" spread --on 127.0.0.1:$port --connections 20; status=$?;"
                        + " kill $server; exit $status")) {
            assertUnseen(spread, "hidepid=", "proc(5)");
        }
    }

    /** Accepts and keeps all, while the program runs in a container. */
    private static void spreadOn(String container, int connections, Check check) throws Exception {
        List<Socket> accepted = new ArrayList<>();
        try (ServerSocket server = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"))) {
            Thread acceptor = new Thread(() -> {
                try {
                    while (true) {
                        accepted.add(server.accept());
                    }
                } catch (IOException e) {
                    // closed: the test is over
                }
            });
            acceptor.start();
            String on = "127.0.0.1:" + server.getLocalPort();
            try (Launched spread =
                    within(container, "spread", "--on", on, "--connections", Integer.toString(connections))) {
                check.of(spread);
            }
        } finally {
            for (Socket socket : accepted) {
                socket.close();
            }
        }
    }

    /** What is to be so of the program. */
    private interface Check {
        void of(Launched spread) throws Exception;
    }

    @Test
    void whatIsAcceptedInAnotherPidNamespaceIsNotCalledQueued() throws Exception {
        spreadOn("unshare --pid --fork --mount-proc", 20, spread -> assertUnseen(spread, "PID namespace"));
    }

    @Test
    void whatWasCountedIsPrintedWhereThereAreNoDescriptorsLeft() throws Exception {
        spreadOn("prlimit --nofile=300", 1500, spread -> {
            assertEquals(1, spread.awaitExit(), spread.err()::toString);
            String said = String.join("\n", spread.out());
            assertSays(said, "failures: EMFILE 1", " connections from different source ports", " 100.0 %");
            assertFalse(said.contains("cannot be seen"), said);
            assertSays(String.join("\n", spread.err()), " of 1500 connections: out of descriptors");
        });
    }

    @Test
    void aNetworkWhoseLoopbackIsDownIsExplained() throws Exception {
        for (String protocol : List.of("tcp", "udp")) {
            for (String where : List.of("127.0.0.1:8080", "[::1]:8080", "255.255.255.255:8080")) {
                try (Launched explain = within("unshare -n", "explain", protocol, where)) {
                    assertEquals(0, explain.awaitExit(), explain.err()::toString);
                    assertSays(explain.out().get(0), where.startsWith("[") ? "EADDRNOTAVAIL" : ": ok");
                    assertTrue(explain.out().get(1).startsWith("Why: "), explain.out()::toString);
                }
            }
        }
    }
}
