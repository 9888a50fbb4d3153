package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.datagram.DatagramGroup;
import dev.reuseport.experiment.datagram.Sharing;
import dev.reuseport.experiment.group.Steer;
import dev.reuseport.socket.Mode;
import java.time.Duration;
import java.util.Optional;

/**
 * A spread of datagrams that is to be counted.
 *
 * @param mode by which way the members are opened
 * @param address of loopback, its broadcast address or a multicast one; port 0 lets the kernel choose
 * @param members how many
 * @param sources how many senders, each with a port of its own
 * @param datagrams how many each of them sends
 * @param busy how many members, from the first, do not read while it runs
 * @param steer who chooses the member; the kernel's hash if empty
 * @param sharing what the members set
 * @param connected whether one more member connects to the first source
 * @param timeout how long the whole run may take
 */
public record DatagramSpreadPlan(
        Mode mode,
        Sockaddr address,
        int members,
        int sources,
        int datagrams,
        int busy,
        Optional<Steer> steer,
        Sharing sharing,
        boolean connected,
        Duration timeout) {
    /** Tells whether every member gets a copy of each datagram. */
    public boolean copies() {
        return address.multicast() || DatagramGroup.broadcast(address);
    }

    /** Returns how often so many datagrams are to be read. */
    public int deliveries(int sent) {
        return copies() ? sent * members : sent;
    }
}
