package dev.reuseport.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OriginTest {
    private final Syscalls syscalls = new JnrSyscalls();

    @TempDir
    private Path root;

    @BeforeEach
    void begin() throws IOException {
        Files.writeString(root.resolve("stat"), "cpu 1 2 3\nbtime 1700000000\n");
        process(1, "systemd", 0, 1, "0::/init.scope");
    }

    private Path process(int pid, String name, int parent, int session, String cgroup) throws IOException {
        Path folder = Files.createDirectories(root.resolve(Integer.toString(pid)));
        Files.writeString(folder.resolve("comm"), name + "\n");
        Files.writeString(folder.resolve("status"), "Name:\t" + name + "\nUid:\t0\t0\t0\t0\nNSpid:\t" + pid + "\n");
        Files.writeString(
                folder.resolve("stat"),
                pid + " (" + name + ") S " + parent + " " + pid + " " + session
                        + " 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000 20\n");
        Files.writeString(folder.resolve("cgroup"), cgroup + "\n");
        Files.writeString(folder.resolve("cmdline"), "/usr/bin/" + name + "\0-p\0two words\0\0");
        return folder;
    }

    private Origin origin(int pid) {
        Proc proc = new Proc(root);
        return Origin.of(proc, syscalls, proc.process(pid));
    }

    private static List<String> names(Origin origin) {
        return origin.parents().stream().map(RunningProcess::toString).toList();
    }

    @Test
    void aServiceHasItsUnitAndItsParents() throws IOException {
        process(10, "nginx", 1, 10, "0::/system.slice/nginx.service");
        process(11, "nginx", 10, 10, "0::/system.slice/nginx.service");
        Origin origin = origin(11);
        assertEquals(List.of("pid 10 (nginx)", "pid 1 (systemd)"), names(origin));
        assertEquals(Optional.of("nginx.service"), origin.unit());
        assertEquals(Optional.empty(), origin.container());
        assertFalse(origin.orphan());
        assertEquals(Optional.of(Instant.ofEpochSecond(1_700_000_123)), origin.since());
        assertEquals("/usr/bin/nginx -p 'two words'", origin.commandLine());
        assertEquals(Optional.of("root"), origin.user());
    }

    @Test
    void aTitleIsNoListOfArguments() throws IOException {
        Path folder = process(10, "nginx", 1, 10, "0::/");
        Files.writeString(folder.resolve("cmdline"), "nginx: worker process\0\0\0\0  \0");
        assertEquals("nginx: worker process", origin(10).commandLine());
        Files.writeString(folder.resolve("cmdline"), "");
        assertEquals("", origin(10).commandLine(), "a thread of the kernel has none");
        Files.writeString(folder.resolve("cmdline"), "x".repeat(3_000_000));
        assertEquals(4096, origin(10).commandLine().length());
    }

    @Test
    void whoeverIsNotInItsParentsSessionHasGotAnotherParent() throws IOException {
        process(20, "bash", 1, 20, "0::/user.slice/user-0.slice/session-1.scope");
        process(21, "python3", 20, 20, "0::/user.slice/user-0.slice/session-1.scope");
        process(22, "sleep", 1, 20, "0::/");
        process(23, "setsid", 20, 23, "0::/user.slice/user-0.slice/session-1.scope");
        process(24, "setsid", 1, 24, "0::/user.slice/user-0.slice/session-1.scope");
        process(25, "dnsmasq", 1, 20, "0::/system.slice/dnsmasq.service");
        process(26, "exec", 0, 0, "0::/");
        assertFalse(origin(21).orphan(), "its parent is there");
        assertTrue(origin(22).orphan());
        assertFalse(origin(23).orphan(), "it began a session of its own");
        assertTrue(origin(24).orphan(), "systemd starts nothing in a scope");
        assertFalse(origin(25).orphan(), "a service is systemd's, however it was started");
        assertFalse(origin(26).orphan(), "its parent is outside of this pid namespace");
    }

    @Test
    void aProcessOfAnotherNamespaceHasAnotherNumberThere() throws IOException {
        Path folder = process(30, "node", 1, 30, "0::/");
        Files.writeString(folder.resolve("status"), "Name:\tnode\nUid:\t0\t0\t0\t0\nNSpid:\t30\t7\n");
        Files.createDirectories(folder.resolve("ns"));
        Files.createSymbolicLink(folder.resolve("ns/net"), Path.of("net:[4026532281]"));
        Path own = Files.createDirectories(root.resolve("thread-self/ns"));
        Files.createSymbolicLink(own.resolve("net"), Path.of("net:[4026531840]"));
        Origin origin = origin(30);
        assertEquals(Optional.of("net:[4026532281]"), origin.netns());
        assertEquals(OptionalInt.of(7), origin.pidThere());
        assertEquals(Optional.empty(), origin.pidns(), "it is not told");
        assertEquals(Optional.empty(), origin(1).netns());
    }

    @Test
    void ofAProcessThatIsGoneNothingIsKnown() {
        Origin origin = origin(99);
        assertEquals(List.of(), origin.parents());
        assertEquals("", origin.commandLine());
        assertEquals(Optional.empty(), origin.since());
        assertFalse(origin.orphan());
    }

    @Test
    void aCircleOfParentsEnds() throws IOException {
        process(40, "a", 41, 40, "0::/");
        process(41, "b", 40, 40, "0::/");
        assertTrue(origin(40).parents().size() < 100);
    }

    @Test
    void whoRunsThisIsWhoeverTheJdkSaysItIs() {
        assumeTrue(Files.isReadable(Path.of("/proc/self/stat")), "/proc is Linux's");
        ProcessHandle self = ProcessHandle.current();
        Proc proc = Proc.ofHost();
        Origin origin = Origin.of(proc, syscalls, proc.process((int) self.pid()));
        Duration off = Duration.between(
                        self.info().startInstant().orElseThrow(), origin.since().orElseThrow())
                .abs();
        assertTrue(off.toSeconds() <= 1, off::toString);
        assertEquals(self.info().user(), origin.user(), "a number without a name in both");
        assertEquals(
                self.parent().map(ProcessHandle::pid).orElse(0L),
                origin.parents().isEmpty() ? 0 : origin.parents().get(0).pid());
        assertTrue(origin.commandLine().startsWith(self.info().command().orElse("")), origin::commandLine);
        assertEquals(Optional.empty(), origin.netns());
        assertEquals(Optional.empty(), origin.pidns());
    }

    @Test
    void theNumberOfUsersThatANamespaceDoesNotHaveIsNobodys() throws IOException {
        Path kernel = Files.createDirectories(root.resolve("sys/kernel"));
        Path self = Files.createDirectories(root.resolve("self"));
        Files.writeString(kernel.resolve("overflowuid"), "0\n");
        Files.writeString(self.resolve("uid_map"), "         0          0 4294967295\n");
        assertEquals(Optional.of("root"), origin(1).user());
        Files.writeString(self.resolve("uid_map"), "         0       1000          1\n");
        assertEquals(Optional.empty(), origin(1).user());
        assertEquals(Optional.empty(), syscalls.userName(0x7edcba98));
    }

    @Test
    void whateverACommandLineHoldsIsOneLine() throws IOException {
        Path folder = process(50, "x", 1, 50, "0::/");
        Files.write(folder.resolve("cmdline"), "a\nb\0\u001b[31m\0'\0\u202e\0".getBytes(StandardCharsets.UTF_8));
        assertEquals("'a\nb' '\u001b[31m' ''\\''' '\u202e'", origin(50).commandLine());
    }
}
