package dev.reuseport.inspect;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.sys.Sockaddr;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The kernel's own lists of sockets: {@code /proc/net/tcp}, {@code tcp6}, {@code udp}, {@code udp6} (proc_net_tcp.txt,
 * {@code get_tcp4_sock} and its siblings).
 *
 * <p>They show every listener, connection and UDP socket of this network namespace, whoever owns it, and without any
 * privilege; no flags, and no TCP socket that is bound and neither listens nor is connected.
 */
public final class ProcNet {
    /** One of the four lists. */
    public enum Table {
        TCP("tcp", Const.IPPROTO_TCP, Const.AF_INET),
        TCP6("tcp6", Const.IPPROTO_TCP, Const.AF_INET6),
        UDP("udp", Const.IPPROTO_UDP, Const.AF_INET),
        UDP6("udp6", Const.IPPROTO_UDP, Const.AF_INET6);

        private final String file;
        private final Const protocol;
        private final Const family;

        Table(String file, Const protocol, Const family) {
            this.file = file;
            this.protocol = protocol;
            this.family = family;
        }

        /** Returns IPPROTO_TCP or IPPROTO_UDP. */
        public Const protocol() {
            return protocol;
        }

        /** Returns AF_INET or AF_INET6. */
        public Const family() {
            return family;
        }
    }

    /**
     * One line.
     *
     * @param local what it is bound to
     * @param peer the other end, port 0 if there is none
     * @param state what it does
     * @param transmitQueue bytes not acknowledged yet
     * @param receiveQueue bytes not read yet; of a listener the connections not accepted yet
     * @param uid who made it, as this user namespace counts; 0 too where the kernel does not know (TIME_WAIT)
     * @param inode which socket it is; 0 if no process has a descriptor of it
     */
    public record Entry(
            Sockaddr local,
            Sockaddr peer,
            SocketState state,
            long transmitQueue,
            long receiveQueue,
            int uid,
            long inode) {}

    /**
     * What a list held.
     *
     * @param entries the lines that were asked for
     * @param damaged how many lines could not be read
     */
    public record Listing(List<Entry> entries, int damaged) {}

    private static final int IPV4_DIGITS = 8;
    private static final int IPV6_DIGITS = 32;
    private static final int PORT_DIGITS = 4;
    private static final int FIELDS = 10;

    private final Abi abi;
    private final Path directory;

    /** Reads the lists of this process's network namespace. */
    public ProcNet(Abi abi) {
        this(abi, Path.of("/proc/net"));
    }

    ProcNet(Abi abi, Path directory) {
        this.abi = abi;
        this.directory = directory;
    }

    /** Reads a list; an IPv6 list is empty where the kernel has no IPv6. */
    public Listing read(Table table, Predicate<Entry> wanted) throws IOException {
        List<Entry> entries = new ArrayList<>();
        int damaged = 0;
        try (BufferedReader lines =
                Files.newBufferedReader(directory.resolve(table.file), StandardCharsets.ISO_8859_1)) {
            lines.readLine();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Optional<Entry> entry = parse(abi, table, line);
                if (entry.isEmpty()) {
                    damaged++;
                } else if (wanted.test(entry.get())) {
                    entries.add(entry.get());
                }
            }
        } catch (NoSuchFileException e) {
            if (table.family == Const.AF_INET) {
                throw new IOException("there is no " + directory.resolve(table.file) + "; is /proc mounted?", e);
            }
        }
        return new Listing(List.copyOf(entries), damaged);
    }

    /** Reads one line; empty if it is not what the kernel writes. */
    static Optional<Entry> parse(Abi abi, Table table, String line) {
        String[] fields = line.strip().split(" +", FIELDS + 1);
        if (fields.length < FIELDS || !fields[0].endsWith(":")) {
            return Optional.empty();
        }
        try {
            Sockaddr local = address(abi, table, fields[1]);
            Sockaddr peer = address(abi, table, fields[2]);
            Optional<SocketState> state = SocketState.of(abi, hex(fields[3], 2));
            int colon = fields[4].indexOf(':');
            if (state.isEmpty() || colon < 0) {
                return Optional.empty();
            }
            return Optional.of(new Entry(
                    local,
                    peer,
                    state.get(),
                    hex(fields[4].substring(0, colon), IPV4_DIGITS),
                    hex(fields[4].substring(colon + 1), IPV4_DIGITS),
                    Integer.parseUnsignedInt(digits(fields[7])),
                    Long.parseUnsignedLong(digits(fields[9]))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * Reads {@code 0100007F:1F90}. The kernel prints each word of the address as a number of this host, so that 127.0.0.1
     * reads backwards on a little-endian one; the port is in the right order.
     */
    private static Sockaddr address(Abi abi, Table table, String text) {
        int digits = table.family == Const.AF_INET ? IPV4_DIGITS : IPV6_DIGITS;
        if (text.length() != digits + 1 + PORT_DIGITS || text.charAt(digits) != ':') {
            throw new NumberFormatException(text);
        }
        int port = (int) hex(text.substring(digits + 1), PORT_DIGITS);
        if (digits == IPV4_DIGITS) {
            return new Sockaddr.Inet(word(abi, text, 0), port);
        }
        long[] words = new long[4];
        for (int i = 0; i < words.length; i++) {
            words[i] = word(abi, text, i * IPV4_DIGITS) & 0xffffffffL;
        }
        return new Sockaddr.Inet6(words[0] << 32 | words[1], words[2] << 32 | words[3], port, 0, 0);
    }

    private static int word(Abi abi, String text, int at) {
        int word = (int) hex(text.substring(at, at + IPV4_DIGITS), IPV4_DIGITS);
        return abi.order() == ByteOrder.LITTLE_ENDIAN ? Integer.reverseBytes(word) : word;
    }

    private static long hex(String text, int digits) {
        if (text.length() != digits) {
            throw new NumberFormatException(text);
        }
        long number = 0;
        for (int i = 0; i < digits; i++) {
            number = number << 4 | HexFormat.fromHexDigit(text.charAt(i));
        }
        return number;
    }

    /** Returns {@code text} if it is nothing but ASCII digits: the parsers of the JDK accept a sign and other scripts. */
    private static String digits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                throw new NumberFormatException(text);
            }
        }
        return text;
    }
}
