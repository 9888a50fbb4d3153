package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.NioOptions;
import dev.reuseport.socket.NioUdpSocket;
import dev.reuseport.sys.JnrSyscalls;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the JDK calls an option, and which one it means. */
final class JdkNamesTest {
    private static String inspect(String options) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = ("inspect --mode jdk " + options).split(" ");
        int status = Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true), "inspect")
                .execute(words);
        assertEquals(0, status, err::toString);
        return out.toString();
    }

    @ParameterizedTest
    @NeedsIpv6
    @CsvSource({
        "IP_TOS,stream,IP_TOS +0 +IP_TOS. which is IPV6_TCLASS on AF_INET6",
        "IP_TOS,dgram,IP_TOS +0 +IP_TOS. which is IPV6_TCLASS on AF_INET6",
        "IP_TOS --set IP_TOS=100,dgram,IP_TOS +100 .*",
        "IP_MULTICAST_TTL --set IP_MULTICAST_TTL=5,dgram,IP_MULTICAST_TTL +5 +IP_MULTICAST_TTL. which is IPV6_MULTICAST_HOPS on AF_INET6",
        "IP_MULTICAST_LOOP,dgram,IP_MULTICAST_LOOP +on .*",
        "IP_MULTICAST_IF,dgram,IP_MULTICAST_IF +0.0.0.0 +IP_MULTICAST_IF. which is IPV6_MULTICAST_IF on AF_INET6",
        "IP_MULTICAST_IF --set IP_MULTICAST_IF=127.0.0.1,dgram,IP_MULTICAST_IF +127.0.0.1 .*",
        "TCP_KEEPINTVL,stream,TCP_KEEPINTVL +75 +TCP_KEEPINTERVAL *",
        "IPV6_TCLASS --set IPV6_TCLASS=8,dgram,IPV6_TCLASS +8 +IP_TOS *"
    })
    void whatTheJdkHasIsNotDenied(String option, String type, String line) {
        String out = inspect("--type " + type + " " + option);
        assertTrue(out.lines().anyMatch(each -> each.trim().matches(line)), out);
    }

    @Test
    void withIpv4TheNameIsTheOption() {
        String out = inspect("--family inet --type dgram IP_TOS IPV6_TCLASS");
        assertTrue(out.lines().anyMatch(each -> each.matches(" +IP_TOS +0 +IP_TOS *")), out);
        assertTrue(out.lines().anyMatch(each -> each.matches(" +IPV6_TCLASS +not defined .*")), out);
    }

    @Test
    @NeedsIpv6
    void itReachesWhatItIsSaidToReach() throws Exception {
        try (NioUdpSocket socket = NioUdpSocket.open(Const.AF_INET6, 1)) {
            NativeSocket descriptor = NativeSocket.borrow(new JnrSyscalls(), socket.descriptor());
            socket.set(SockOpts.IPV6_TCLASS, 64);
            assertEquals(Optional.of(64), descriptor.get(SockOpts.IPV6_TCLASS).toOptional());
            socket.set(SockOpts.IPV6_MULTICAST_HOPS, 7);
            assertEquals(
                    Optional.of(7), descriptor.get(SockOpts.IPV6_MULTICAST_HOPS).toOptional());
            assertEquals(Optional.of(SockOpts.IPV6_TCLASS), NioOptions.reached(Const.AF_INET6, SockOpts.IP_TOS));
            assertEquals(Optional.empty(), NioOptions.reached(Const.AF_INET6, SockOpts.IP_TTL));
        }
    }
}
