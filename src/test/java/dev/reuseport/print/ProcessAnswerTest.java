package dev.reuseport.print;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.inspect.AcceptQueue;
import dev.reuseport.inspect.ForeignSocket;
import dev.reuseport.inspect.ProcessSockets;
import dev.reuseport.inspect.Reading;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProcessAnswerTest {
    private static final List<Reading> READINGS = List.of(
            new Reading(SockOpts.SO_REUSEADDR, new Probe.Unknown<>("sock_diag(7)")),
            new Reading(SockOpts.SO_REUSEPORT, new Probe.Unknown<>("sock_diag(7)")),
            new Reading(SockOpts.SO_RCVBUF, new Probe.Value<>(131_072, Optional.empty())));

    private static ProcessAnswer told(boolean named, String cgroup) {
        ForeignSocket listener = new ForeignSocket(
                3,
                4711,
                33,
                Const.AF_INET,
                Const.SOCK_STREAM,
                Const.IPPROTO_TCP,
                new Sockaddr.Inet(0x7f000001, 80),
                Optional.empty(),
                SocketState.LISTEN,
                Optional.of(new AcceptQueue(3, 511)),
                READINGS,
                Optional.of(new ForeignSocket.Unread(
                        "fd 3: EPERM", OptionalLong.of(12), Optional.of("SHUT_RD"), Optional.of(cgroup))));
        return new ProcessAnswer(
                new RunningProcess(7, new Printable("nginx"), OptionalInt.of(33)),
                new ProcessSockets.Inventory(List.of(listener), List.of(), 2, List.of()),
                named);
    }

    private static List<String> lines(Answer answer) {
        StringWriter out = new StringWriter();
        answer.print(new PrintWriter(out, true));
        return out.toString().lines().toList();
    }

    @Test
    void whatIsToldAndNotReadIsSaidToBe() {
        List<String> lines = lines(told(true, "/system.slice/nginx.service"));
        assertEquals("fd 3: tcp 127.0.0.1:80, LISTEN, accept queue 3 of 511, uid 33", lines.get(2));
        assertEquals(
                "not read; told by the kernel: 12 dropped, shutdown SHUT_RD, cgroup /system.slice/nginx.service",
                lines.get(3));
        assertTrue(lines.contains("  SO_REUSEPORT  unknown (sock_diag(7) does not tell it)"), lines::toString);
        assertTrue(lines.contains("  SO_RCVBUF     131072"), lines::toString);
    }

    @Test
    void whatIsUnknownIsGatheredUnlessItWasAskedFor() {
        List<String> lines = lines(told(false, "/"));
        assertEquals("not read; told by the kernel: 12 dropped, shutdown SHUT_RD", lines.get(3));
        assertTrue(
                lines.contains("  unknown (sock_diag(7) does not tell it): SO_REUSEADDR SO_REUSEPORT"),
                lines::toString);
        assertFalse(lines.stream().anyMatch(line -> line.startsWith("  SO_REUSEPORT")), lines::toString);
    }

    @Test
    void jsonHasTheReasonAndWhatWasTold() {
        StringWriter out = new StringWriter();
        told(true, "/").json().print(new PrintWriter(out, true));
        JsonObject json = JsonParser.parseString(out.toString()).getAsJsonObject();
        assertEquals(2, json.get("untold").getAsInt());
        JsonObject socket = json.getAsJsonArray("sockets").get(0).getAsJsonObject();
        assertEquals("fd 3: EPERM", socket.get("unread").getAsString());
        assertEquals(12, socket.get("drops").getAsInt());
        assertEquals("SHUT_RD", socket.get("shutdown").getAsString());
        assertEquals("/", socket.get("cgroup").getAsString());
        JsonObject reusePort = socket.getAsJsonArray("options").get(1).getAsJsonObject();
        assertEquals("unknown", reusePort.get("status").getAsString());
        assertFalse(reusePort.has("value"));
    }
}
