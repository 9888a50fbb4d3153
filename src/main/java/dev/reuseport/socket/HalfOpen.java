package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Connections whose handshake is underway, as Linux lists them in {@code /proc/net/tcp} and {@code tcp6} ({@code proc(5)}):
 * the client has its SYN answered, and its ACK is not here yet. Closing their listener resets them.
 */
public final class HalfOpen {
    private final int port;
    private final Set<String> peers;

    private HalfOpen(int port) {
        this.port = port;
        this.peers = peers(port);
    }

    /** Notes those of a local port, whichever member of its group they are for; none where no such list can be read. */
    public static HalfOpen of(int port) {
        return new HalfOpen(port);
    }

    /**
     * Tells whether all that were noted are over by now. Those that came since do not count: whoever asks has seen to it
     * that they go to other members.
     */
    public boolean over() {
        if (!peers.isEmpty()) {
            peers.retainAll(peers(port));
        }
        return peers.isEmpty();
    }

    private static Set<String> peers(int port) {
        Set<String> found = new HashSet<>();
        String state = String.format("%02X", Const.TCP_SYN_RECV.on(Platform.LINUX));
        String end = String.format(":%04X", port);
        for (Path table : List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"))) {
            try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.US_ASCII)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    // "  0: 0100007F:EA61 00000000:0000 0A ..."
                    String[] fields = line.trim().split(" +", 5);
                    if (fields.length == 5 && fields[1].endsWith(end) && fields[3].equals(state)) {
                        found.add(fields[2]);
                    }
                }
            } catch (IOException e) {
                // no such list: nothing is known of handshakes underway
            }
        }
        return found;
    }
}
