package dev.reuseport.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.option.Raw;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.SimulatedDarwin;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RawOptionTest {
    private final Syscalls libc = new JnrSyscalls();

    private static Optional<Raw> read(NativeSocket socket, String option) {
        return RawOption.parse(option).readFrom(socket).toOptional();
    }

    @Test
    void namesAndNumbersReadTheBytesOfTheTable() throws IOException {
        Abi abi = libc.abi();
        try (NativeSocket socket = NativeSocket.open(libc, Loopback.family(), Const.SOCK_STREAM)) {
            socket.set(SockOpts.SO_RCVBUF, 50_000);
            Probe.Value<?> table = assertInstanceOf(Probe.Value.class, socket.get(SockOpts.SO_RCVBUF));
            assertEquals(table.raw(), read(socket, "SOL_SOCKET:SO_RCVBUF:4"));
            assertEquals(table.raw(), read(socket, "sol_socket:so_rcvbuf:512"));
            int level = abi.number(Const.SOL_SOCKET);
            int name = abi.number(Const.SO_RCVBUF);
            assertEquals(table.raw(), read(socket, level + ":" + name + ":4"));
            assertEquals(
                    table.raw(),
                    read(socket, "0x" + Integer.toHexString(level) + ":0x" + Integer.toHexString(name) + ":4"));
        }
    }

    @Test
    void aNameIsTheNumberOfTheSocketsOwnSystem() throws IOException {
        Syscalls darwin = new SimulatedDarwin(libc);
        try (NativeSocket socket = NativeSocket.open(darwin, Loopback.family(), Const.SOCK_STREAM)) {
            socket.set(SockOpts.SO_REUSEPORT, true);
            assertEquals(read(socket, "0xffff:0x200:4"), read(socket, "SOL_SOCKET:SO_REUSEPORT:4"));
            assertEquals(
                    new Probe.NotDefined<Raw>("darwin"),
                    RawOption.parse("SOL_SOCKET:SO_MARK:4").readFrom(socket));
        }
    }

    @Test
    void aRefusalIsAnAnswer() throws IOException {
        try (NativeSocket socket = NativeSocket.open(libc, Loopback.family(), Const.SOCK_STREAM)) {
            assertInstanceOf(
                    Probe.Refused.class, RawOption.parse("SOL_SOCKET:9999:4").readFrom(socket));
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "SO_RCVBUF,              'SO_RCVBUF' is not LEVEL:NAME:LEN",
                "SOL_SOCKET:SO_RCVBUF,   'SOL_SOCKET:SO_RCVBUF' is not LEVEL:NAME:LEN",
                "1:2:3:4,                '1:2:3:4' is not LEVEL:NAME:LEN",
                "SOL_SOKET:8:4,          'SOL_SOKET' in 'SOL_SOKET:8:4' is no number and no constant",
                "1:-8:4,                 '-8' in '1:-8:4' is no number and no constant",
                "1::4,                   '' in '1::4' is no number and no constant",
                "1:8:513,                LEN in '1:8:513' is not 0 to 512",
                "1:8:four,               LEN in '1:8:four' is not 0 to 512"
            })
    void whatIsNotOfTheFormIsRefused(String text, String message) {
        String said = assertThrows(IllegalArgumentException.class, () -> RawOption.parse(text))
                .getMessage();
        assertEquals(message, said.substring(0, Math.min(said.length(), message.length())));
    }
}
