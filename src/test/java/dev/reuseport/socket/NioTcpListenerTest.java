package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NotPossibleException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NioTcpListenerTest extends TcpListenerContract {
    @Override
    NioTcpListener open(Const family) throws IOException {
        return NioTcpListener.open(family);
    }

    @Test
    @NeedsIpv6
    void theFamilyIsTheOneThatWasAskedFor() throws IOException {
        for (Const family : new Const[] {Const.AF_INET, Const.AF_INET6}) {
            try (NioTcpListener listener = open(family)) {
                NativeSocket descriptor = NativeSocket.borrow(new JnrSyscalls(), listener.descriptor());
                listener.listen(family == Const.AF_INET ? LOOPBACK4 : LOOPBACK6, 1);
                assertEquals(listener.localAddress(), descriptor.localAddress());
                assertEquals(family, descriptor.localAddress().family());
            }
        }
    }

    @Test
    void theJdksOptionIsTheKernels() throws IOException {
        try (NioTcpListener listener = open(Loopback.family())) {
            NativeSocket descriptor = NativeSocket.borrow(new JnrSyscalls(), listener.descriptor());
            assertEquals(
                    Optional.of(false), descriptor.get(SockOpts.SO_REUSEPORT).toOptional());
            listener.set(SockOpts.SO_REUSEPORT, true);
            assertEquals(
                    Optional.of(true), descriptor.get(SockOpts.SO_REUSEPORT).toOptional());
            // Borrowed: closing it here must not close the JDK's.
            descriptor.close();
            assertTrue(listener.get(SockOpts.SO_REUSEPORT).toOptional().orElseThrow());
        }
    }

    @Test
    void aRefusedBindIsTheJdksOwnException() throws IOException {
        try (NioTcpListener first = open(Loopback.family());
                NioTcpListener second = open(Loopback.family())) {
            first.listen(LOOPBACK, 1);
            BindException refused = assertThrows(BindException.class, () -> second.listen(first.localAddress(), 1));
            assertEquals("Address already in use", refused.getMessage());
        }
    }

    @Test
    void aJdkWithoutIpv6SaysThatItHasNone() {
        NotPossibleException refused = assertThrows(
                NotPossibleException.class,
                () -> NioTcpListener.opened(
                        family -> {
                            throw new UnsupportedOperationException("IPv6 not available");
                        },
                        Const.AF_INET6));
        assertTrue(refused.getMessage().contains("no IPv6"), refused::getMessage);
    }

    @Test
    void aUnixListenerIsRefusedByItsName(@TempDir Path folder) throws IOException {
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(folder.resolve("listener")));
            IOException refused = assertThrows(IOException.class, () -> NioTcpListener.adopt(channel));
            assertEquals(
                    "descriptor 0 is not a listening TCP socket: not of IPv4 or IPv6 but of AF_UNIX",
                    refused.getMessage());
        }
    }

    /** A channel that a selector knows of goes on listening after its close, until that selector is closed. */
    @Test
    void whoLeavesListensNoLongerThanUntilClose() throws Exception {
        NioTcpListener listener = open(Loopback.family());
        listener.listen(LOOPBACK, 1);
        assertEquals(Optional.empty(), listener.accept(Duration.ofMillis(1)));
        assertTrue(registered(listener));
        listener.stop(Duration.ofSeconds(1));
        assertEquals(Optional.empty(), listener.accept());
        assertFalse(registered(listener));
        listener.close();
    }

    @Test
    void whoOnlyLooksKeepsNoSelector() throws Exception {
        try (NioTcpListener listener = open(Loopback.family())) {
            listener.listen(LOOPBACK, 1);
            assertEquals(Optional.empty(), listener.accept(Duration.ofMillis(1)));
            assertEquals(Optional.empty(), listener.accept(Duration.ZERO));
            assertFalse(registered(listener));
        }
    }

    private static boolean registered(NioTcpListener listener) throws Exception {
        Field channel = NioTcpListener.class.getDeclaredField("channel");
        channel.setAccessible(true);
        return ((ServerSocketChannel) channel.get(listener)).isRegistered();
    }

    @Test
    void whatNioHasNoNameForNamesTheClass() throws IOException {
        try (NioTcpListener listener = open(Loopback.family())) {
            assertEquals(new Probe.NotDefined<Boolean>("ServerSocketChannel"), listener.get(SockOpts.SO_KEEPALIVE));
        }
    }
}
