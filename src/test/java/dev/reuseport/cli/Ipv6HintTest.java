package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NotPossibleException;
import java.io.IOException;
import java.net.BindException;
import java.net.UnknownHostException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Ipv6HintTest {
    private static ErrnoException failed(String call, Const errno) {
        return new ErrnoException(call, Errno.of(new JnrSyscalls(), -Abi.host().number(errno)));
    }

    @ParameterizedTest
    @CsvSource({
        "::1, 127.0.0.1",
        "::, 0.0.0.0",
        "127.0.0.1,",
        "0.0.0.0,",
        "2001:db8::1,",
        "2001:db8::,",
        "fe80::1,",
        "::2,",
        "::8000:0:0:0,"
    })
    void loopbackAndWildcardHaveTheirLikeInIpv4(String host, String four) throws UnknownHostException {
        assertEquals(Optional.ofNullable(four), Ipv6Hint.ipv4For(Sockaddr.resolve(host, 1)));
    }

    @Test
    void onlyWhatNoIpv6ExplainsIsHintedAt() {
        assertTrue(Ipv6Hint.concerns(failed("bind", Const.EADDRNOTAVAIL)));
        assertTrue(Ipv6Hint.concerns(failed("socket", Const.EAFNOSUPPORT)));
        assertTrue(Ipv6Hint.concerns(new BindException("Cannot assign requested address")));
        assertTrue(Ipv6Hint.concerns(
                new NotPossibleException("the JDK finds no IPv6 on this system", new UnsupportedOperationException())));
        assertFalse(Ipv6Hint.concerns(failed("bind", Const.EADDRINUSE)));
        assertFalse(Ipv6Hint.concerns(failed("socket", Const.EMFILE)));
        assertFalse(Ipv6Hint.concerns(new NotPossibleException("the JDK has no such option")));
        assertFalse(Ipv6Hint.concerns(new IOException("descriptor 3 is not a listening TCP socket")));
    }

    /** A command that is told this to type instead. */
    private static Command command(Optional<String> instead) {
        return new Command("some", "A command.") {
            @Override
            public Integer call() {
                return 0;
            }

            @Override
            Optional<String> withoutIpv6() {
                return instead;
            }
        };
    }

    @Test
    void whatThisMachineHasIsNotMissed() {
        ErrnoException failure = failed("bind", Const.EADDRNOTAVAIL);
        Optional<String> hint = Ipv6Hint.of(failure, command(Optional.of("--listen-addr 127.0.0.1")));
        assertEquals(Loopback.hasIpv6(), hint.isEmpty());
        hint.ifPresent(said -> assertTrue(said.endsWith("; without it: --listen-addr 127.0.0.1"), said));
        assertEquals(Optional.empty(), Ipv6Hint.of(failure, command(Optional.empty())));
    }
}
