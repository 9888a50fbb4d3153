package dev.reuseport.proc;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxBits;
import dev.reuseport.sys.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The sockets of AF_UNIX of a network namespace that have a name, by {@code /proc/net/unix} ({@code net/unix/af_unix.c},
 * {@code unix_seq_show}).
 *
 * <p>A name is what the process gave to bind: a path may be relative to a folder that only that process knows, and the file
 * may have been removed or replaced since. It may hold every byte, so that a line may be made up by whoever bound it: an
 * inode counts only with a descriptor of it.
 */
public final class UnixTable {
    private static final Pattern LINE = Pattern.compile(
            "[0-9a-fA-F]+: [0-9a-fA-F]{8} [0-9a-fA-F]{8} ([0-9a-fA-F]{8}) ([0-9a-fA-F]{4}) ([0-9a-fA-F]{2}) +(\\d{1,19}) (.+)",
            Pattern.DOTALL);

    private static final int FLAGS = 1;
    private static final int TYPE = 2;
    private static final int STATE = 3;
    private static final int INODE = 4;
    private static final int NAME = 5;
    private static final int HEX = 16;

    /**
     * A socket with a name.
     *
     * @param name a path, or {@code @} and an abstract name, whose own NULs are {@code @} too
     * @param type {@code stream}, {@code dgram} or {@code seqpacket}
     * @param listens whether listen was called on it
     * @param connected whether it has a peer: one that a listener accepted has the listener's name
     * @param inode which socket it is
     */
    public record Entry(Printable name, String type, boolean listens, boolean connected, long inode) {
        /** Returns {@code LISTEN}, {@code CONNECTED} or {@code BOUND}. */
        public String state() {
            return listens ? "LISTEN" : connected ? "CONNECTED" : "BOUND";
        }
    }

    private UnixTable() {}

    /** Reads those of the caller's namespace; none where there is no such list. */
    public static List<Entry> read(Proc proc, Abi abi) {
        return read(proc.net("unix"), abi);
    }

    /** Reads those of the namespace of a process. */
    public static List<Entry> read(Proc proc, Abi abi, int pid) {
        return read(proc.of(pid, "net/unix"), abi);
    }

    private static List<Entry> read(ProcFile file, Abi abi) {
        List<Entry> entries = new ArrayList<>();
        try {
            file.lines(line -> parse(abi, line).ifPresent(entries::add));
        } catch (IOException e) {
            return List.of();
        }
        return List.copyOf(entries);
    }

    /** Reads one line; empty if it has no name, or is the heading, or the rest of a name with a newline. */
    static Optional<Entry> parse(Abi abi, String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Entry(
                    Printable.of(matcher.group(NAME).getBytes(StandardCharsets.ISO_8859_1)),
                    type(abi, Integer.parseInt(matcher.group(TYPE), HEX)),
                    (Long.parseLong(matcher.group(FLAGS), HEX) & LinuxBits.SO_ACCEPTCON) != 0,
                    Integer.parseInt(matcher.group(STATE), HEX) == LinuxBits.SS_CONNECTED,
                    Long.parseLong(matcher.group(INODE))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static String type(Abi abi, int number) {
        return number == LinuxBits.SOCK_SEQPACKET
                ? "seqpacket"
                : number == abi.number(Const.SOCK_DGRAM) ? "dgram" : "stream";
    }
}
