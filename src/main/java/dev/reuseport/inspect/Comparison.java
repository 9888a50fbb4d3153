package dev.reuseport.inspect;

import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Door;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.NioSocket;
import dev.reuseport.socket.NioTcpListener;
import dev.reuseport.socket.OptionSocket;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The same socket opened natively and by the JDK, option by option.
 *
 * @param kind what was opened
 * @param rows one for each option and stage
 * @param doors one for each option that another class of the JDK's has a name for, right after it was opened
 */
public record Comparison(Kind kind, List<Row> rows, List<DoorRow> doors) {

    /** What is compared, and what else opens such a thing in the JDK. */
    public enum Kind {
        /** With ServerSocketChannel. */
        LISTENER(Const.SOCK_STREAM, Door.SERVER_SOCKET, Door.ASYNCHRONOUS_SERVER_SOCKET_CHANNEL),
        /** With SocketChannel. */
        SOCKET(Const.SOCK_STREAM, Door.SOCKET, Door.ASYNCHRONOUS_SOCKET_CHANNEL),
        /** With DatagramChannel. */
        DATAGRAM(Const.SOCK_DGRAM, Door.DATAGRAM_SOCKET),
        /** With DatagramChannel. */
        MULTICAST(Const.SOCK_DGRAM, Door.MULTICAST_SOCKET);

        private final Const type;
        private final List<Door> doors;

        Kind(Const type, Door... doors) {
            this.type = type;
            this.doors = List.of(doors);
        }
    }

    /**
     * One option of what another class of the JDK's opened.
     *
     * @param door the class
     * @param option the option
     * @param nativeProbe from the native socket
     * @param jdk what the JDK's getOption says
     * @param agree whether both are the same
     * @param reason why they differ; empty where they agree, or where nobody knows
     */
    public record DoorRow(
            Door door, SockOpt<?> option, Probe<?> nativeProbe, Probe<?> jdk, boolean agree, Optional<String> reason) {}

    /** When the options were read. */
    public enum Stage {
        /** Right after it was opened. */
        FRESH,
        /** After SO_REUSEADDR and SO_REUSEPORT were set on both. */
        SET
    }

    /**
     * One option, read three ways.
     *
     * @param stage when it was read
     * @param option the option
     * @param nativeProbe from the native socket
     * @param ffm from the one opened through java.lang.foreign; empty where this Java has none
     * @param jdk what the JDK's getOption says of its socket
     * @param jdkDescriptor what the kernel holds on the JDK's own descriptor
     * @param agree whether all that have a value have the same one
     * @param reason why they differ; empty where they agree, or where nobody knows
     */
    public record Row(
            Stage stage,
            SockOpt<?> option,
            Probe<?> nativeProbe,
            Optional<Probe<?>> ffm,
            Probe<?> jdk,
            Probe<?> jdkDescriptor,
            boolean agree,
            Optional<String> reason) {}

    /**
     * Opens one socket each way, reads, sets SO_REUSEADDR and SO_REUSEPORT on both, reads again; opens what else there is.
     *
     * @param family AF_INET or AF_INET6, given to all but the other classes, which take none
     * @param ffm opens a third one, which should not differ from the first
     */
    public static Comparison run(
            Syscalls syscalls, Optional<Syscalls> ffm, Kind kind, Const family, List<SockOpt<?>> options)
            throws IOException {
        List<Row> rows = new ArrayList<>();
        List<DoorRow> doors = new ArrayList<>();
        try (NativeSocket ours = NativeSocket.open(syscalls, family, kind.type);
                NativeSocket third = ffm.isPresent() ? NativeSocket.open(ffm.get(), family, kind.type) : null;
                OptionSocket jdks =
                        kind == Kind.LISTENER ? NioTcpListener.open(family) : NioSocket.open(family, kind.type)) {
            int fd = jdks instanceof NioTcpListener listener ? listener.descriptor() : ((NioSocket) jdks).descriptor();
            NativeSocket descriptor = NativeSocket.borrow(syscalls, fd);
            for (Door door : kind.doors) {
                doors.addAll(doorRows(door, ours, family, options));
            }
            for (Stage stage : Stage.values()) {
                if (stage == Stage.SET) {
                    for (SockOpt<Boolean> option : List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT)) {
                        ours.set(option, true);
                        jdks.set(option, true);
                        if (third != null) {
                            third.set(option, true);
                        }
                    }
                }
                for (SockOpt<?> option : options) {
                    Optional<Probe<?>> thirds = third == null ? Optional.empty() : Optional.of(third.get(option));
                    rows.add(row(stage, option, ours.get(option), thirds, jdks.get(option), descriptor.get(option)));
                }
            }
        }
        return new Comparison(kind, List.copyOf(rows), List.copyOf(doors));
    }

    private static List<DoorRow> doorRows(Door door, NativeSocket ours, Const family, List<SockOpt<?>> options)
            throws IOException {
        List<DoorRow> rows = new ArrayList<>();
        try (Door.Opened opened = door.open()) {
            for (SockOpt<?> option : options) {
                Probe<?> said = opened.get(family, option);
                if (said instanceof Probe.NotDefined<?>) {
                    continue;
                }
                Probe<?> natives = ours.get(option);
                boolean agree = Difference.same(natives, said);
                rows.add(new DoorRow(
                        door,
                        option,
                        natives,
                        said,
                        agree,
                        agree ? Optional.empty() : Difference.ofDoor(door, option, natives, said)));
            }
        }
        return rows;
    }

    private static Row row(
            Stage stage, SockOpt<?> option, Probe<?> ours, Optional<Probe<?>> ffm, Probe<?> jdk, Probe<?> descriptor) {
        Probe<?> odd = Difference.same(ours, descriptor) ? ffm.orElse(ours) : ours;
        boolean sameInKernel = Difference.same(odd, descriptor);
        boolean sameInJdk = !(jdk instanceof Probe.Value<?>) || Difference.same(jdk, descriptor);
        Optional<String> reason =
                sameInKernel && sameInJdk ? Optional.empty() : Difference.reason(option, odd, jdk, descriptor);
        return new Row(stage, option, ours, ffm, jdk, descriptor, sameInKernel && sameInJdk, reason);
    }
}
