package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InspectProcessTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final String pid = Long.toString(ProcessHandle.current().pid());
    private NativeSocket listener;

    @BeforeEach
    void listen() throws IOException {
        assumeTrue(Abi.host().platform().linux(), "pidfd_getfd is Linux's");
        listener = NativeSocket.open(new JnrSyscalls(), Loopback.family(), Const.SOCK_STREAM);
        listener.set(SockOpts.SO_REUSEPORT, true);
        listener.bind(Loopback.address());
        listener.listen(12);
    }

    @AfterEach
    void close() throws IOException {
        if (listener != null) {
            listener.close();
        }
    }

    private int run(String... arguments) {
        return Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(arguments);
    }

    @Test
    void textHasAHeadlineForTheSocket() throws IOException {
        int status = run("inspect", "--pid", pid, "--fd", Integer.toString(listener.fd()), "SO_REUSEPORT", "SO_ERROR");
        assertEquals(0, status, err::toString);
        String headline = "fd " + listener.fd() + ": tcp " + listener.localAddress() + ", LISTEN, accept queue 0 of 12";
        assertTrue(out.toString().contains(headline), out::toString);
        assertTrue(out.toString().contains("reading it would clear it for its owner"), out::toString);
    }

    @Test
    void mptcpIsCalledByItsName() throws IOException {
        Syscalls syscalls = new JnrSyscalls();
        Abi abi = syscalls.abi();
        int fd = syscalls.socket(
                abi.number(Const.AF_INET), abi.number(Const.SOCK_STREAM), abi.number(Const.IPPROTO_MPTCP));
        assumeTrue(fd >= 0, "this kernel has no MPTCP");
        try (NativeSocket socket = NativeSocket.own(syscalls, fd)) {
            socket.bind(new Sockaddr.Inet(0x7f000001, 0));
            socket.listen(3);
            String which = Integer.toString(fd);
            assertEquals(0, run("inspect", "--pid", pid, "--fd", which, "SO_PROTOCOL"), err::toString);
            String headline = "fd " + fd + ": mptcp " + socket.localAddress() + ", LISTEN, accept queue 0 of 3";
            assertTrue(out.toString().contains(headline), out::toString);
            assertTrue(out.toString().contains("IPPROTO_MPTCP"), out::toString);
        }
    }

    @Test
    void jsonHasTheSameInCNames() throws IOException {
        int status = run(
                "inspect",
                "--pid",
                pid,
                "--fd",
                Integer.toString(listener.fd()),
                "--format",
                "json",
                "SO_REUSEPORT",
                "SO_ERROR");
        assertEquals(0, status, err::toString);
        JsonObject json = JsonParser.parseString(out.toString()).getAsJsonObject();
        assertEquals(pid, json.get("pid").getAsString());
        JsonObject socket = json.getAsJsonArray("sockets").get(0).getAsJsonObject();
        assertEquals(listener.fd(), socket.get("fd").getAsInt());
        assertEquals(Loopback.family().name(), socket.get("family").getAsString());
        assertEquals("SOCK_STREAM", socket.get("type").getAsString());
        assertEquals("IPPROTO_TCP", socket.get("protocol").getAsString());
        assertEquals(listener.localAddress().toString(), socket.get("local").getAsString());
        assertTrue(socket.get("peer").isJsonNull());
        assertEquals("LISTEN", socket.get("state").getAsString());
        assertEquals(12, socket.get("backlog").getAsInt());
        JsonObject reusePort = socket.getAsJsonArray("options").get(0).getAsJsonObject();
        assertEquals("value", reusePort.get("status").getAsString());
        assertTrue(reusePort.get("value").getAsBoolean());
        JsonObject error = socket.getAsJsonArray("options").get(1).getAsJsonObject();
        assertEquals("notAsked", error.get("status").getAsString());
    }

    @Test
    void whatIsForAFreshSocketDoesNotGoWithPid() {
        for (String[] wrong : new String[][] {
            {"--pid", pid, "--set", "SO_REUSEPORT=1"},
            {"--pid", pid, "--mode", "jdk"},
            {"--pid", pid, "--family", "inet"},
            {"--pid", "0"},
            {"--pid", pid, "--fd", "-1"},
            {"--fd", "3"}
        }) {
            String[] arguments = new String[wrong.length + 1];
            arguments[0] = "inspect";
            System.arraycopy(wrong, 0, arguments, 1, wrong.length);
            assertEquals(2, run(arguments), String.join(" ", wrong));
        }
        assertEquals("", out.toString());
    }

    @Test
    void aPidThatNobodyHasIsEsrch() {
        assertEquals(1, run("inspect", "--pid", Integer.toString(1 << 22 | 1)));
        assertTrue(err.toString().contains("ESRCH"), err::toString);
        assertEquals("", out.toString());
    }

    @Test
    void aProcessWithoutSocketsSaysSo() throws Exception {
        Process sleeper = new ProcessBuilder("sleep", "60").start();
        try {
            assertEquals(0, run("inspect", "--pid", Long.toString(sleeper.pid())), err::toString);
            assertTrue(out.toString().contains("has no TCP or UDP socket"), out::toString);
        } finally {
            sleeper.destroy();
            sleeper.waitFor();
        }
    }
}
