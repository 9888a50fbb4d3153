package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Connections whose handshake is underway, as Linux lists them in {@code /proc/net/tcp} and {@code tcp6} ({@code proc(5)}):
 * the client has its SYN answered, and its ACK is not here yet. Closing their listener would reset them.
 */
public final class HalfOpen {
    private HalfOpen() {}

    /** Counts those of a local port, of all members of its group; 0 where no such list can be read. */
    public static int count(int port) {
        int found = 0;
        String state = String.format("%02X", Const.TCP_SYN_RECV.on(Platform.LINUX));
        String end = String.format(":%04X", port);
        for (Path table : List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"))) {
            try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.US_ASCII)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    // "  0: 0100007F:EA61 00000000:0000 0A ..."
                    String[] fields = line.trim().split(" +", 5);
                    if (fields.length == 5 && fields[1].endsWith(end) && fields[3].equals(state)) {
                        found++;
                    }
                }
            } catch (IOException e) {
                // no such list: nothing is known of handshakes underway
            }
        }
        return found;
    }
}
