package dev.reuseport.socket;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.proc.ProcNet;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Connections whose handshake is underway, as {@link ProcNet} lists them: the client has its SYN answered, and its ACK is
 * not here yet. Closing their listener resets them.
 */
public final class HalfOpen {
    private final ProcNet lists;
    private final int port;
    private final Set<Sockaddr> peers;

    private HalfOpen(ProcNet lists, int port) {
        this.lists = lists;
        this.port = port;
        this.peers = peers(lists, port);
    }

    /** Notes those of a local port, whichever member of its group they are for; none where no such list can be read. */
    public static HalfOpen of(ProcNet lists, int port) {
        return new HalfOpen(lists, port);
    }

    /**
     * Tells whether all that were noted are over by now. Those that came since do not count: whoever asks has seen to it
     * that they go to other members.
     */
    public boolean over() {
        if (!peers.isEmpty()) {
            peers.retainAll(peers(lists, port));
        }
        return peers.isEmpty();
    }

    private static Set<Sockaddr> peers(ProcNet lists, int port) {
        Set<Sockaddr> found = new HashSet<>();
        for (ProcNet.Table table : List.of(ProcNet.Table.TCP, ProcNet.Table.TCP6)) {
            try {
                for (ProcNet.Entry entry : lists.read(table, port, inode -> {}).entries()) {
                    if (entry.state() == SocketState.SYN_RECV) {
                        found.add(entry.peer());
                    }
                }
            } catch (IOException e) {
                // no such list: nothing is known of handshakes underway
            }
        }
        return found;
    }
}
