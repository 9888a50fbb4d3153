package dev.reuseport.inspect;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Symbol;
import dev.reuseport.option.Raw;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.Probe;
import java.util.List;
import java.util.Optional;

/**
 * An option outside the table, by its level and name and how many bytes to offer. The one way to let the two travel apart,
 * for what the table does not know; nothing is decoded.
 *
 * @param level a C name or a number, as given
 * @param name a C name or a number, as given
 * @param length bytes to offer to {@code getsockopt(2)}
 */
public record RawOption(String level, String name, int length) {
    /** The most that can be offered, in bytes. */
    public static final int MAX_LENGTH = 512;

    /**
     * Reads {@code LEVEL:NAME:LEN}, as {@code SOL_SOCKET:SO_MEMINFO:36} or {@code 1:0x37:36}.
     *
     * @throws IllegalArgumentException if it is not of that form, or a name is no constant
     */
    public static RawOption parse(String text) {
        List<String> parts = List.of(text.split(":", -1));
        if (parts.size() != 3) {
            throw new IllegalArgumentException("'" + text + "' is not LEVEL:NAME:LEN, as SOL_SOCKET:SO_MEMINFO:36");
        }
        for (String symbol : parts.subList(0, 2)) {
            if (Symbol.parse(symbol).isEmpty()) {
                throw new IllegalArgumentException("'" + symbol + "' in '" + text + "' is no number and no constant");
            }
        }
        int length = length(parts.get(2))
                .filter(bytes -> bytes <= MAX_LENGTH)
                .orElseThrow(() -> new IllegalArgumentException("LEN in '" + text + "' is not 0 to " + MAX_LENGTH));
        return new RawOption(parts.get(0), parts.get(1), length);
    }

    /** Calls {@code getsockopt(2)}; a C name that the socket's system lacks is not defined. */
    public Probe<Raw> readFrom(NativeSocket socket) {
        Abi abi = socket.abi();
        Symbol ofLevel = Symbol.parse(level).orElseThrow();
        Symbol ofName = Symbol.parse(name).orElseThrow();
        return abi.defines(ofLevel) && abi.defines(ofName)
                ? socket.getRaw(abi.number(ofLevel), abi.number(ofName), length)
                : new Probe.NotDefined<>(abi.platform().id());
    }

    private static Optional<Integer> length(String text) {
        try {
            return Optional.of(Integer.decode(text)).filter(number -> number >= 0);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** {@code LEVEL:NAME}, as given. */
    @Override
    public String toString() {
        return level + ":" + name;
    }
}
