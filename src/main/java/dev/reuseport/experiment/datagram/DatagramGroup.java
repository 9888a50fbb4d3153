package dev.reuseport.experiment.datagram;

import dev.reuseport.abi.ClassicBpf;
import dev.reuseport.abi.InetDiag;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Steer;
import dev.reuseport.option.Raw;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.UdpSocket;
import dev.reuseport.sys.Syscalls;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;

/** Sockets that share an address and get datagrams, all of this process and read in turn by one thread. */
public final class DatagramGroup implements Closeable {
    /** One of them. What it is called stays the same when another leaves. */
    public static final class Member {
        private final int name;
        private final UdpSocket socket;
        private boolean busy;

        private Member(int name, UdpSocket socket) {
            this.name = name;
            this.socket = socket;
        }

        /** Returns its number, in the order in which they were bound. */
        public int name() {
            return name;
        }

        /** Tells whether it does not read. */
        public boolean busy() {
            return busy;
        }

        /** Has it read, or not. */
        public void busy(boolean yes) {
            busy = yes;
        }

        /** {@code connect(2)}. */
        public void connect(Sockaddr source) throws IOException {
            socket.connect(source);
        }
    }

    /** Who hears what members read. */
    public interface Heard {
        /** A member read a message. */
        void read(Member by, Message message);
    }

    private static final int BROADCAST = 0x7fffffff;

    private final Syscalls syscalls;
    private final Mode mode;
    private final Sharing sharing;
    private final long run = ThreadLocalRandom.current().nextLong();
    private final List<Member> members = new ArrayList<>();
    private Sockaddr address;
    private int named;

    private DatagramGroup(Syscalls syscalls, Mode mode, Sharing sharing, Sockaddr address) {
        this.syscalls = syscalls;
        this.mode = mode;
        this.sharing = sharing;
        this.address = address;
    }

    /**
     * Opens the members.
     *
     * @param address of loopback, or multicast; port 0 lets the kernel choose
     */
    public static DatagramGroup open(Syscalls syscalls, Mode mode, Sharing sharing, Sockaddr address, int members)
            throws IOException {
        DatagramGroup group = new DatagramGroup(syscalls, mode, sharing, scoped(address));
        try {
            while (group.members.size() < members) {
                group.join();
            }
            return group;
        } catch (IOException e) {
            group.close();
            throw e;
        }
    }

    /** Tells whether an address is the broadcast address of 127.0.0.0/8. */
    public static boolean broadcast(Sockaddr address) {
        return address instanceof Sockaddr.Inet inet && inet.address() == BROADCAST;
    }

    static NetworkInterface loopback() throws IOException {
        return Optional.ofNullable(NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress()))
                .orElseThrow(() -> new IOException("no interface has " + InetAddress.getLoopbackAddress()));
    }

    /** A group that is one interface's alone is that of loopback here. */
    private static Sockaddr scoped(Sockaddr address) throws IOException {
        return address instanceof Sockaddr.Inet6 six && six.needsScope() && six.multicast()
                ? new Sockaddr.Inet6(
                        six.high(),
                        six.low(),
                        six.port(),
                        six.flowinfo(),
                        loopback().getIndex())
                : address;
    }

    /** Binds one more. */
    public Member join() throws IOException {
        UdpSocket socket = mode.openUdp(syscalls, address.family(), 2 * Message.SIZE);
        try {
            socket.set(sharing.option(), true);
            socket.bind(address);
            if (address.multicast()) {
                socket.join(address, loopback());
            }
            address = address.withPort(socket.localAddress().port());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        Member member = new Member(named++, socket);
        members.add(member);
        return member;
    }

    /** Lets a program choose the member from now on. */
    public void steer(Steer steer) throws IOException {
        borrow(members.get(0))
                .attach(SockOpts.SO_ATTACH_REUSEPORT_CBPF, steer.forMembers().apply(members.size()));
    }

    /** Lets a program send what comes to the others than {@code member}, and what one source sends to one of them. */
    public void steerAround(Member member) throws IOException {
        borrow(member)
                .attach(
                        SockOpts.SO_ATTACH_REUSEPORT_CBPF,
                        ClassicBpf.byPortBut(members.indexOf(member), members.size(), address.family()));
    }

    /** Lets the hash choose again. */
    public void steerNoMore() throws IOException {
        borrow(members.get(0)).set(SockOpts.SO_DETACH_REUSEPORT_BPF, 0);
    }

    private NativeSocket borrow(Member member) throws IOException {
        return NativeSocket.borrow(syscalls, member.socket.descriptor());
    }

    /** Returns the address that they share, with its port. */
    public Sockaddr address() {
        return address;
    }

    /** Returns them, in the order in which they were bound until one leaves. */
    public List<Member> members() {
        return members;
    }

    /** Returns a message of this run. */
    public Message message(int source, int number) {
        return new Message(run, source, number);
    }

    /** Reads what is queued on those that are not busy, and returns how many messages of this run that were. */
    public int sweep(Heard heard) throws IOException {
        int read = 0;
        for (Member member : members) {
            if (!member.busy) {
                read += drain(member, heard);
            }
        }
        return read;
    }

    /** Reads what is queued on one. */
    public int drain(Member member, Heard heard) throws IOException {
        int read = 0;
        for (Optional<UdpSocket.Received> next = member.socket.receive();
                next.isPresent();
                next = member.socket.receive()) {
            Optional<Message> message = Message.of(next.get().payload()).filter(each -> each.run() == run);
            if (message.isPresent()) {
                read++;
                heard.read(member, message.get());
            }
        }
        return read;
    }

    /** Returns how many datagrams the kernel dropped because a member's buffer was full (SO_MEMINFO); empty off Linux. */
    public OptionalInt dropped(Member member) throws IOException {
        Optional<Raw> memory = borrow(member).get(SockOpts.SO_MEMINFO).toOptional();
        return memory.isEmpty()
                ? OptionalInt.empty()
                : InetDiag.drops(syscalls.abi(), memory.get().bytes());
    }

    /** Returns what {@link #dropped} says of all of them. */
    public int dropped() throws IOException {
        int sum = 0;
        for (Member member : members) {
            sum += dropped(member).orElse(0);
        }
        return sum;
    }

    /** Lets one leave, and counts as Linux does: the last takes its index. What it has not read is lost. */
    public void leave(Member member) throws IOException {
        Member last = members.remove(members.size() - 1);
        if (last != member) {
            members.set(members.indexOf(member), last);
        }
        member.socket.close();
    }

    @Override
    public void close() throws IOException {
        for (Member member : members) {
            member.socket.close();
        }
        members.clear();
    }
}
