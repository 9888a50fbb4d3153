package dev.reuseport.inspect;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.option.Access;
import dev.reuseport.option.SockOpt;
import dev.reuseport.socket.OptionSocket;
import dev.reuseport.socket.Probe;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A TCP or UDP socket of another process, as it was when it was read.
 *
 * @param fd its number there
 * @param inode which socket it is: several descriptors, of several processes, may be of one
 * @param uid who made it; members of a group must have one uid
 * @param family AF_INET or AF_INET6
 * @param type SOCK_STREAM or SOCK_DGRAM
 * @param protocol IPPROTO_TCP or IPPROTO_MPTCP, or IPPROTO_UDP
 * @param local what it is bound to, port 0 if it is not
 * @param peer what it is connected to
 * @param state what it does
 * @param queue a listener's accept queue
 * @param readings its options, those that were asked for
 * @param unread what is known of a socket that could not be read by itself; its readings are what the kernel tells
 *     everybody
 */
public record ForeignSocket(
        int fd,
        long inode,
        int uid,
        Const family,
        Const type,
        Const protocol,
        Sockaddr local,
        Optional<Sockaddr> peer,
        SocketState state,
        Optional<AcceptQueue> queue,
        List<Reading> readings,
        Optional<Unread> unread) {

    /**
     * What the kernel tells everybody of a socket, beside its options.
     *
     * @param reason why it could not be read
     * @param drops how many packets or connections it had no room for
     * @param shutdown what it was shut down for: SHUT_RD, SHUT_WR or SHUT_RDWR
     * @param cgroup its cgroup's path, as {@code /system.slice/nginx.service}
     */
    public record Unread(String reason, OptionalLong drops, Optional<String> shutdown, Optional<String> cgroup) {}

    /** Reads an option unless the read would change the socket. */
    static Reading read(OptionSocket socket, SockOpt<?> option) {
        return new Reading(
                option,
                option.access() == Access.READ_CLEARS
                        ? new Probe.NotAsked<>("reading it would clear it for its owner")
                        : socket.get(option));
    }

    /** Returns the value of an option, if it was read and has one. */
    @SuppressWarnings("unchecked") // a reading holds its option's own type
    public <T> Optional<T> value(SockOpt<T> option) {
        return readings.stream()
                .filter(reading -> reading.option() == option)
                .findFirst()
                .flatMap(reading -> ((Probe<T>) reading.probe()).toOptional());
    }
}
