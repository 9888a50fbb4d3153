package dev.reuseport.inspect;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.InetDiag;
import dev.reuseport.abi.SocketState;
import dev.reuseport.option.Raw;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.SockDiag;
import dev.reuseport.socket.Devices;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Syscalls;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Sockets of other processes as the kernel tells of them to everybody, for those whose descriptors may not be duplicated:
 * before Linux 5.6, of another user, under Yama, in a container.
 */
final class ToldSockets {
    private static final String WHO = "sock_diag(7)";

    private final Syscalls syscalls;
    private final Abi abi;
    private final Map<Long, InetDiag> sockets;
    private final Map<Long, String> cgroups;
    private final Optional<String> problem;

    private ToldSockets(Syscalls syscalls, SockDiag.Answer answer, Proc proc) {
        this.syscalls = syscalls;
        this.abi = syscalls.abi();
        this.problem = answer.problem();
        this.sockets = new HashMap<>();
        answer.sockets().forEach(socket -> sockets.put(socket.inode(), socket));
        this.cgroups = proc.cgroups().paths(cgroups(answer.sockets()));
    }

    /** Asks for all of this network namespace. */
    static ToldSockets read(Syscalls syscalls, Proc proc) {
        return new ToldSockets(syscalls, SockDiag.all(syscalls), proc);
    }

    /** Returns the numbers of the cgroups that sockets are of. */
    static Set<Long> cgroups(List<InetDiag> sockets) {
        return sockets.stream()
                .flatMap(socket -> socket.cgroup().stream().boxed())
                .collect(Collectors.toSet());
    }

    /** Returns why not all was told; empty if it was. */
    Optional<String> problem() {
        return problem;
    }

    /**
     * Returns a socket; empty if none of that inode was told of: it is of another kind, of another network namespace, or
     * has no port.
     *
     * @param reason why it is not read
     */
    Optional<ForeignSocket> socket(Proc.Link link, List<SockOpt<?>> options, String reason) {
        return Optional.ofNullable(sockets.get(link.inode())).map(told -> socket(link, told, options, reason));
    }

    private ForeignSocket socket(Proc.Link link, InetDiag told, List<SockOpt<?>> options, String reason) {
        List<Reading> readings = options.stream()
                .map(option -> new Reading(option, probe(told, option)))
                .toList();
        OptionalLong cgroup = told.cgroup();
        return new ForeignSocket(
                link.fd(),
                link.inode(),
                told.uid(),
                told.local().family(),
                told.protocol() == Const.IPPROTO_UDP ? Const.SOCK_DGRAM : Const.SOCK_STREAM,
                told.protocol(),
                told.local(),
                Optional.of(told.peer()).filter(peer -> peer.port() != 0),
                told.state(),
                told.state() == SocketState.LISTEN ? Optional.of(AcceptQueue.of(told)) : Optional.empty(),
                readings,
                Optional.of(new ForeignSocket.Unread(
                        reason,
                        told.drops(),
                        told.shutdown(),
                        cgroup.isPresent() ? Optional.ofNullable(cgroups.get(cgroup.getAsLong())) : Optional.empty())));
    }

    private <T> Probe<T> probe(InetDiag told, SockOpt<T> option) {
        if (!option.definedOn(abi)) {
            return new Probe.NotDefined<>(abi.platform().id());
        }
        if (!option.access().readable()) {
            return new Probe.NotAsked<>("can only be set");
        }
        return optval(told, option).map(bytes -> decoded(option, bytes)).orElseGet(() -> new Probe.Unknown<>(WHO));
    }

    private Optional<byte[]> optval(InetDiag told, SockOpt<?> option) {
        if (option == SockOpts.SO_BINDTODEVICE) {
            return Optional.of(device(syscalls, told).orElse("").getBytes(StandardCharsets.ISO_8859_1));
        }
        return option.option() instanceof Const row ? told.optval(abi, row) : Optional.empty();
    }

    private <T> Probe<T> decoded(SockOpt<T> option, byte[] bytes) {
        Raw raw = Raw.of(bytes);
        return option.codec()
                .decode(abi, ByteBuffer.wrap(bytes).order(abi.order()), bytes.length)
                .<Probe<T>>map(value -> new Probe.Value<>(value, Optional.empty()))
                .orElseGet(() -> new Probe.Undecodable<>(raw));
    }

    /** Returns the name of the interface that a socket is bound to; empty if it is bound to none. */
    static Optional<String> device(Syscalls syscalls, InetDiag told) {
        return told.device() == 0 ? Optional.empty() : Optional.of(Devices.name(syscalls, told.device()));
    }
}
