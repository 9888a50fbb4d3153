package dev.reuseport.proc;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.sys.NotPossibleException;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.LongConsumer;

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

    private static final int WORD_DIGITS = 8;
    private static final int PORT_DIGITS = 4;
    private static final int STATE_DIGITS = 2;

    // The fields: sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
    /** A timer of what is in TIME_WAIT or, closed, in FIN_WAIT2 ({@code get_timewait4_sock}), and USER_HZ. */
    private static final String CLOSED = "03:";

    private static final int TICKS = 100;
    private static final int HEX = 16;

    private static final int SLOT = 0;
    private static final int LOCAL = 1;
    private static final int PEER = 2;
    private static final int STATE = 3;
    private static final int QUEUES = 4;
    private static final int TIMER = 5;
    private static final int UID = 7;
    private static final int INODE = 9;
    private static final int COUNT = 10;

    private final Abi abi;
    private final Path directory;

    ProcNet(Abi abi, Path directory) {
        this.abi = abi;
        this.directory = directory;
    }

    /**
     * Returns how many seconds it takes until no closed connection is left of those that have a local port now, as far as
     * none is renewed; 0 if there are none. They have the timer 3, which counts hundredths of a second.
     */
    public int secondsLeft(int port) throws IOException {
        String local = String.format(":%04X", port);
        long[] longest = {0};
        for (Table table : List.of(Table.TCP, Table.TCP6)) {
            Path file = directory.resolve(table.file);
            if (!Files.exists(file)) {
                continue;
            }
            new ProcFile(file).lines(line -> {
                String[] fields = line.strip().split(" +");
                if (fields.length > TIMER && fields[LOCAL].endsWith(local) && fields[TIMER].startsWith(CLOSED)) {
                    longest[0] = Math.max(longest[0], Long.parseLong(fields[TIMER].substring(CLOSED.length()), HEX));
                }
            });
        }
        return (int) ((longest[0] + TICKS - 1) / TICKS);
    }

    /**
     * Reads a list; an IPv6 list is empty where the kernel has no IPv6. There may be a hundred thousand lines, most of them
     * TIME_WAIT, of which nobody wants more than a few.
     *
     * @param port of which local port
     * @param others is told the inode of every other socket that has one
     */
    public Listing read(Table table, int port, LongConsumer others) throws IOException {
        return read(table, has -> has == port, others);
    }

    /** Reads all that have a local port of those. */
    public Listing read(Table table, IntPredicate ports) throws IOException {
        return read(table, ports, inode -> {});
    }

    private Listing read(Table table, IntPredicate ports, LongConsumer others) throws IOException {
        Path file = directory.resolve(table.file);
        Reader reader = new Reader(table, ports, others);
        try {
            new ProcFile(file).lines(reader);
        } catch (NoSuchFileException e) {
            if (table.family == Const.AF_INET) {
                throw new NotPossibleException(
                        "there is no " + file + ": /proc is mounted with subset=pid (proc(5)), or not at all", e);
            }
        }
        return new Listing(List.copyOf(reader.entries), reader.damaged);
    }

    /** Takes the lines of a list, the first of which is its heading. */
    private final class Reader implements Consumer<String> {
        private final Table table;
        private final IntPredicate ports;
        private final LongConsumer others;
        private final Fields fields = new Fields();
        private final List<Entry> entries = new ArrayList<>();
        private boolean headed;
        private int damaged;

        Reader(Table table, IntPredicate ports, LongConsumer others) {
            this.table = table;
            this.ports = ports;
            this.others = others;
        }

        @Override
        public void accept(String line) {
            if (!headed) {
                headed = true;
                return;
            }
            try {
                fields.split(line);
                if (ports.test((int) fields.hex(LOCAL, fields.length(LOCAL) - PORT_DIGITS, PORT_DIGITS))) {
                    entries.add(entry(abi, table, fields));
                } else if (fields.number(INODE) != 0) {
                    others.accept(fields.number(INODE));
                }
            } catch (NumberFormatException e) {
                damaged++;
            }
        }
    }

    /** Reads one line; empty if it is not what the kernel writes. */
    static Optional<Entry> parse(Abi abi, Table table, String line) {
        try {
            Fields fields = new Fields();
            fields.split(line);
            return Optional.of(entry(abi, table, fields));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Throws NumberFormatException for whatever is wrong with the line. */
    private static Entry entry(Abi abi, Table table, Fields fields) {
        fields.require(QUEUES, 2 * WORD_DIGITS + 1, WORD_DIGITS);
        fields.require(STATE, STATE_DIGITS, STATE_DIGITS);
        return new Entry(
                address(abi, table, fields, LOCAL),
                address(abi, table, fields, PEER),
                SocketState.of(abi, fields.hex(STATE, 0, STATE_DIGITS))
                        .orElseThrow(() -> new NumberFormatException("no such state")),
                fields.hex(QUEUES, 0, WORD_DIGITS),
                fields.hex(QUEUES, WORD_DIGITS + 1, WORD_DIGITS),
                (int) fields.number(UID),
                fields.number(INODE));
    }

    /**
     * Reads {@code 0100007F:1F90}. The kernel prints each word of the address as a number of this host, so that 127.0.0.1
     * reads backwards on a little-endian one; the port is in the right order.
     */
    private static Sockaddr address(Abi abi, Table table, Fields fields, int field) {
        int digits = table.family == Const.AF_INET ? WORD_DIGITS : 4 * WORD_DIGITS;
        fields.require(field, digits + 1 + PORT_DIGITS, digits);
        int port = (int) fields.hex(field, digits + 1, PORT_DIGITS);
        if (digits == WORD_DIGITS) {
            return new Sockaddr.Inet(word(abi, fields, field, 0), port);
        }
        long[] words = new long[4];
        for (int i = 0; i < words.length; i++) {
            words[i] = word(abi, fields, field, i * WORD_DIGITS) & 0xffffffffL;
        }
        return new Sockaddr.Inet6(words[0] << 32 | words[1], words[2] << 32 | words[3], port, 0, 0);
    }

    private static int word(Abi abi, Fields fields, int field, int at) {
        int word = (int) fields.hex(field, at, WORD_DIGITS);
        return abi.order() == ByteOrder.LITTLE_ENDIAN ? Integer.reverseBytes(word) : word;
    }

    /** The fields of one line after another, without a string for each. */
    private static final class Fields {
        private final int[] starts = new int[COUNT];
        private final int[] ends = new int[COUNT];
        private String line = "";

        /** Finds the fields, which spaces set apart. The first ends in a colon, which no damage to its digits moves. */
        void split(String text) {
            line = text;
            int at = 0;
            for (int field = 0; field < COUNT; field++) {
                while (at < text.length() && text.charAt(at) == ' ') {
                    at++;
                }
                starts[field] = at;
                while (at < text.length() && text.charAt(at) != ' ') {
                    at++;
                }
                ends[field] = at;
            }
            if (length(INODE) == 0 || text.charAt(ends[SLOT] - 1) != ':') {
                throw new NumberFormatException("not a line of a list of sockets");
            }
        }

        int length(int field) {
            return ends[field] - starts[field];
        }

        /** Requires the field to have this length, and a colon at {@code colon} if that is within it. */
        void require(int field, int length, int colon) {
            if (length(field) != length || (colon < length && line.charAt(starts[field] + colon) != ':')) {
                throw new NumberFormatException("a field of another form");
            }
        }

        /** Reads so many hexadecimal digits of a field. */
        long hex(int field, int from, int digits) {
            if (from < 0 || from + digits > length(field)) {
                throw new NumberFormatException("a field too short");
            }
            long number = 0;
            for (int i = 0; i < digits; i++) {
                number = number << 4 | HexFormat.fromHexDigit(line.charAt(starts[field] + from + i));
            }
            return number;
        }

        /** Reads a decimal number that is not negative: the JDK's parsers would take a sign and the digits of other scripts. */
        long number(int field) {
            for (int i = starts[field]; i < ends[field]; i++) {
                if (line.charAt(i) < '0' || line.charAt(i) > '9') {
                    throw new NumberFormatException("not a number");
                }
            }
            return field == UID
                    ? Integer.parseUnsignedInt(line, starts[field], ends[field], 10)
                    : Long.parseUnsignedLong(line, starts[field], ends[field], 10);
        }
    }
}
