package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Launched;
import dev.reuseport.Root;
import dev.reuseport.sys.JnrSyscalls;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Sockets of other users: in processes that the packaged program starts. */
final class TryIT {
    private record Ended(int status, List<String> out) {}

    private static Ended run(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        List<String> out =
                new String(process.getInputStream().readAllBytes()).lines().toList();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return new Ended(process.exitValue(), out);
    }

    @Test
    void aGroupBelongsToOneUser() throws IOException, InterruptedException {
        Root.assume("uid=N", Root.Capability.CAP_SETUID);
        Ended ended = run(new ProcessBuilder(
                Launched.launcher().toString(),
                "try",
                "tcp 127.0.0.1:0 SO_REUSEPORT uid=65534 listen",
                "tcp 127.0.0.1:@1 SO_REUSEPORT listen",
                "tcp 127.0.0.1:@1 SO_REUSEPORT uid=65534 listen",
                "tcp 127.0.0.1:@1 SO_REUSEPORT uid=65533 listen",
                "tcp 127.0.0.1:80 uid=65534",
                "connect 1",
                "server-close 1",
                "set 1 SO_REUSEPORT=0",
                "listen 1",
                "shutdown 3",
                "close 1"));
        assertEquals(0, ended.status(), () -> String.join("\n", ended.out()));
        List<String> out = ended.out();
        assertTrue(out.get(1).contains("ok, listen ok"), out.get(1));
        assertTrue(out.get(2).contains("EADDRINUSE"), out.get(2));
        assertTrue(out.get(3).contains("ok, listen ok"), out.get(3));
        assertTrue(out.get(4).contains("EADDRINUSE"), out.get(4));
        assertTrue(out.get(5).contains("EACCES"), out.get(5));
        assertTrue(out.get(6).contains("ok, accepted by "), out.get(6));
        assertTrue(
                out.subList(1, out.size()).stream().allMatch(line -> line.endsWith("same")),
                () -> String.join("\n", out));
    }

    @Test
    void aCapabilityOpensLowPortsToTheRulesToo() throws IOException, InterruptedException {
        Root.assume("giving another user a capability", Root.Capability.CAP_SETUID, Root.Capability.CAP_SETGID);
        ProcessBuilder builder = new ProcessBuilder(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "--inh-caps=+net_bind_service",
                "--ambient-caps=+net_bind_service",
                Launched.launcher().toString(),
                "try",
                "tcp 127.0.0.77:1 listen",
                "udp 127.0.0.77:0 IP_TRANSPARENT");
        Ended ended = run(builder.directory(new File("/")));
        assertEquals(0, ended.status(), () -> String.join("\n", ended.out()));
        assertTrue(ended.out().get(1).endsWith("same"), ended.out().get(1));
        assertTrue(ended.out().get(2).contains("EPERM"), ended.out().get(2));
    }

    @Test
    void theOtherUsersProcessSaysWhichOptionWasRefused() throws IOException, InterruptedException {
        Root.assume("uid=N", Root.Capability.CAP_SETUID);
        Ended ended = run(new ProcessBuilder(
                Launched.launcher().toString(), "try", "tcp 127.0.0.1:0 SO_MARK=1 uid=65534", "--reasons"));
        assertEquals(0, ended.status(), () -> String.join("\n", ended.out()));
        assertTrue(ended.out().get(1).contains("EPERM"), ended.out().get(1));
        assertTrue(ended.out().get(1).endsWith("not known"), ended.out().get(1));
        assertTrue(
                ended.out().get(2).contains("no bind looks at SO_MARK"),
                ended.out().get(2));
    }

    @Test
    void whoIsNotRootIsRefused() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                "setpriv",
                "--reuid=65534",
                "--clear-groups",
                Launched.launcher().toString(),
                "try",
                "tcp [::1]:0 uid=1");
        assumeTrue(
                new JnrSyscalls().geteuid() == 0
                        && canRun(
                                "setpriv",
                                "--reuid=65534",
                                "--clear-groups",
                                "test",
                                "-r",
                                Launched.launcher().toString()),
                "setpriv(1) cannot start the launcher as nobody");
        Ended ended = run(builder);
        assertEquals(3, ended.status(), () -> String.join("\n", ended.out()));
        assertEquals(List.of("reuseport try: uid=N needs root; --no-run predicts without"), ended.out());
    }

    private static boolean canRun(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
