package dev.reuseport.portability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.option.Codec;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.Raw;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.portability.Readout.Answer;
import dev.reuseport.portability.Readout.Rule;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.NotDefinedException;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.HostSyscalls;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sets options of real sockets and reads them back, on whatever system and CPU this runs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReadoutTest {
    private Syscalls syscalls;
    private Abi abi;

    /** Returns what the tests call; a subclass calls something else. */
    Syscalls open() {
        return HostSyscalls.open();
    }

    @BeforeEach
    void load() {
        syscalls = open();
        abi = syscalls.abi();
    }

    List<Readout<?>> rows() {
        return Readouts.on(open().abi());
    }

    List<Readout<?>> rowsThatCanBeRead() {
        Platform platform = open().abi().platform();
        return rows().stream()
                .filter(row -> row.rule(platform)
                        .filter(rule -> rule.answer() instanceof Answer.Reads)
                        .isPresent())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("rows")
    <T> void readsBackAsThisSystemSays(Readout<T> row) throws IOException {
        Rule<T> rule = expected(row);
        try (NativeSocket socket = row.kind().open(syscalls)) {
            if (rule.answer() instanceof Answer.Reads<T> reads) {
                T set = set(socket, row);
                assertEquals(
                        reads.from().apply(set), value(socket, row.option()).value(), rule.reason());
            } else if (rule.answer() instanceof Answer.Refuses<T> refuses) {
                ErrnoException refusal = assertThrows(ErrnoException.class, () -> setAndRead(socket, row));
                assertTrue(refusal.errno().is(refuses.errno()), refusal + "; " + rule.reason());
            } else {
                assertInstanceOf(Probe.NotDefined.class, socket.get(row.option()), rule.reason());
                for (T argument : row.arguments()) {
                    assertThrows(NotDefinedException.class, () -> socket.set(row.option(), argument), rule.reason());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rowsThatCanBeRead")
    <T> void bytesAreLaidOutAsTheAbiSays(Readout<T> row) throws IOException {
        try (NativeSocket socket = row.kind().open(syscalls)) {
            set(socket, row);
            Probe.Value<T> read = value(socket, row.option());
            Raw raw = read.raw().orElseThrow();
            assertEquals(row.option().codec().size(abi), raw.length(), "length in bytes");
            Codec<T> codec = row.option().codec();
            if (codec == SockOpts.SO_REUSEADDR.codec() || codec instanceof Codec.Linger) {
                boolean on = read.value() instanceof LingerTime linger
                        ? linger.on()
                        : read.value().equals(true);
                int first = ByteBuffer.wrap(raw.bytes()).order(abi.order()).getInt();
                assertEquals(on ? abi.setBoolean((Const) row.option().option()) : 0, first, "the first int of " + raw);
            }
        }
    }

    @Test
    void everyRowDecidesForTheSystemsThatCiHas() {
        for (Readout<?> row : rows()) {
            for (Platform platform : Platform.values()) {
                if (platform.linux() || platform == Platform.DARWIN || platform == Platform.FREEBSD) {
                    assertTrue(row.rule(platform).isPresent(), row + " on " + platform.id());
                }
            }
        }
    }

    @Test
    void noRowDecidesTwice() {
        for (Readout<?> row : rows()) {
            for (Platform platform : Platform.values()) {
                long rules = row.rules().stream()
                        .filter(rule -> rule.where().contains(platform))
                        .count();
                assertTrue(rules <= 1, row + " on " + platform.id());
            }
        }
    }

    @Test
    void rowsAgreeWithTheMatrixOnWhoHasAnOption() {
        for (Readout<?> row : rows()) {
            for (Rule<?> rule : row.rules()) {
                for (Platform platform : rule.where()) {
                    boolean lacks = rule.answer() instanceof Answer.Lacks;
                    assertEquals(!lacks, row.option().option().definedOn(platform), row + " on " + platform.id());
                }
            }
        }
    }

    private <T> Rule<T> expected(Readout<T> row) {
        Platform platform = abi.platform();
        assumeTrue(row.rule(platform).isPresent(), "nobody has looked at what " + platform.id() + " says of " + row);
        return row.rule(platform).orElseThrow();
    }

    /** Sets the argument that differs from what is there, and returns it; null for an option that is only read. */
    private <T> T set(NativeSocket socket, Readout<T> row) throws IOException {
        if (row.arguments().isEmpty()) {
            return null;
        }
        T initial = value(socket, row.option()).value();
        T argument = row.arguments().get(row.arguments().get(0).equals(initial) ? 1 : 0);
        assertNotEquals(initial, argument, "setting what is there already proves nothing");
        socket.set(row.option(), argument);
        return argument;
    }

    private <T> void setAndRead(NativeSocket socket, Readout<T> row) throws IOException {
        set(socket, row);
        value(socket, row.option());
    }

    /** Reads an option, and throws what libc answered if that is no value. */
    private <T> Probe.Value<T> value(NativeSocket socket, SockOpt<T> option) throws ErrnoException {
        Probe<T> probe = socket.get(option);
        if (probe instanceof Probe.Value<T> value) {
            return value;
        }
        if (probe instanceof Probe.Refused<T> refused) {
            throw new ErrnoException("getsockopt " + option, refused.errno().orElseThrow());
        }
        return fail(option + " has no value: " + probe);
    }
}
