package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Datagram;
import dev.reuseport.abi.LinuxBits;
import dev.reuseport.abi.Sockaddr;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every binding of libc does; a subclass names the binding. */
abstract class SyscallsContract {
    private Syscalls libc;
    private Abi abi;
    private int fd = -1;

    abstract Syscalls open();

    @BeforeEach
    void load() {
        libc = open();
        abi = libc.abi();
        fd = libc.socket(number(Const.AF_INET), number(Const.SOCK_STREAM), 0);
        assertTrue(fd >= 0, () -> "socket: " + fd);
    }

    @AfterEach
    void unload() {
        libc.close(fd);
    }

    private int number(Const symbol) {
        return abi.number(symbol);
    }

    private int getInt(int socket, Const option) {
        NativeBuffer value = libc.allocate(Integer.BYTES);
        NativeBuffer length = libc.allocate(Integer.BYTES);
        length.bytes().putInt(0, Integer.BYTES);
        assertEquals(0, libc.getsockopt(socket, number(Const.SOL_SOCKET), number(option), value, length));
        assertEquals(Integer.BYTES, length.bytes().getInt(0));
        return value.bytes().getInt(0);
    }

    private int bindToLoopback(int socket) {
        NativeBuffer address = libc.allocate(Sockaddr.MAX_SIZE);
        int length = new Sockaddr.Inet(0x7f000001, 0).encode(abi, address.bytes());
        return libc.bind(socket, address, length);
    }

    private Sockaddr nameOf(int socket) {
        NativeBuffer address = libc.allocate(Sockaddr.MAX_SIZE);
        NativeBuffer length = libc.allocate(Integer.BYTES);
        length.bytes().putInt(0, Sockaddr.MAX_SIZE);
        assertEquals(0, libc.getsockname(socket, address, length));
        return Sockaddr.decode(abi, address.bytes(), length.bytes().getInt(0));
    }

    @Test
    void aSocketHasTheTypeThatWasAskedFor() {
        assertEquals(number(Const.SOCK_STREAM), getInt(fd, Const.SO_TYPE));
    }

    @Test
    void anOptionReadsBackAsSet() {
        assertEquals(0, getInt(fd, Const.SO_REUSEADDR));
        NativeBuffer one = libc.allocate(Integer.BYTES);
        one.bytes().putInt(0, 1);
        int result = libc.setsockopt(fd, number(Const.SOL_SOCKET), number(Const.SO_REUSEADDR), one, Integer.BYTES);
        assertEquals(0, result);
        assertEquals(abi.setBoolean(Const.SO_REUSEADDR), getInt(fd, Const.SO_REUSEADDR));
    }

    @Test
    void aFailureIsTheNegativeErrnoOfThatCall() {
        assertEquals(-number(Const.EBADF), libc.listen(-1, 1));
        assertEquals(-number(Const.EINVAL), libc.listen(fd, 1) == 0 ? bindToLoopback(fd) : 0);
        assertEquals(-number(Const.EBADF), libc.close(-1));
        assertEquals(-number(Const.EAFNOSUPPORT), libc.socket(12345, number(Const.SOCK_STREAM), 0));
    }

    @Test
    void nobodyIsMovedToANamespaceOfNothing() {
        boolean linux = abi.platform().linux();
        assertEquals(-number(linux ? Const.EBADF : Const.ENOSYS), libc.setns(-1, LinuxBits.CLONE_NEWNET));
    }

    @Test
    void twoThreadsDoNotSeeEachOthersErrno() {
        NativeBuffer two = libc.allocate(Integer.BYTES);
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 20_000; i++) {
                assertEquals(-number(Const.ENOPROTOOPT), libc.setsockopt(fd, number(Const.SOL_SOCKET), -1, two, 4));
            }
        });
        for (int i = 0; i < 20_000; i++) {
            assertEquals(-number(Const.EBADF), libc.listen(-1, 1));
        }
        other.orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Test
    void aMessageGoesToTheAddressThatItNames() {
        int udp = libc.socket(number(Const.AF_INET), number(Const.SOCK_DGRAM), 0);
        assertEquals(0, bindToLoopback(udp));
        Datagram datagram = new Datagram(abi);
        byte[] hello = "Hello".getBytes(StandardCharsets.US_ASCII);
        NativeBuffer message = libc.allocate(datagram.size(hello.length));
        datagram.encode(message.bytes(), message.address(), nameOf(udp), hello);
        assertEquals(hello.length, libc.sendmsg(udp, message, 0));
        NativeBuffer in = libc.allocate(16);
        assertEquals(hello.length, libc.recv(udp, in, 0, 16, 0));
        assertEquals('o', in.bytes().get(4));
        assertEquals(0, libc.close(udp));
    }

    @Test
    void aMessageComesWithTheAddressThatSentIt() {
        int udp = libc.socket(number(Const.AF_INET), number(Const.SOCK_DGRAM), 0);
        int sender = libc.socket(number(Const.AF_INET), number(Const.SOCK_DGRAM), 0);
        assertEquals(0, bindToLoopback(udp));
        assertEquals(0, bindToLoopback(sender));
        Datagram datagram = new Datagram(abi);
        byte[] hello = "Hello".getBytes(StandardCharsets.US_ASCII);
        NativeBuffer message = libc.allocate(datagram.size(16));
        datagram.encode(message.bytes(), message.address(), nameOf(udp), hello);
        assertEquals(hello.length, libc.sendmsg(sender, message, 0));
        NativeBuffer in = libc.allocate(datagram.size(16));
        datagram.prepare(in.bytes(), in.address(), 16);
        assertEquals(hello.length, libc.recvmsg(udp, in, 0));
        assertEquals(nameOf(sender), datagram.sender(in.bytes()));
        assertEquals("Hello", new String(datagram.payload(in.bytes(), 5), StandardCharsets.US_ASCII));
        datagram.prepare(in.bytes(), in.address(), 16);
        assertEquals(-number(Const.EAGAIN), libc.recvmsg(udp, in, number(Const.MSG_DONTWAIT)));
        assertEquals(0, libc.close(sender));
        assertEquals(0, libc.close(udp));
    }

    @Test
    void aDuplicateIsTheSameSocket() {
        assertEquals(0, bindToLoopback(fd));
        int other = libc.dup(fd);
        assertNotEquals(fd, other);
        assertEquals(nameOf(fd), nameOf(other));
        assertEquals(0, libc.close(other));
        assertEquals(-number(Const.EBADF), libc.dup(other));
    }

    @Test
    void whatIsSentArrivesAtTheOtherEnd() {
        assertEquals(0, bindToLoopback(fd));
        assertEquals(0, libc.listen(fd, 1));
        Sockaddr name = nameOf(fd);
        assertNotEquals(0, name.port());
        assertEquals("127.0.0.1", name.host());

        int client = libc.socket(number(Const.AF_INET), number(Const.SOCK_STREAM), 0);
        NativeBuffer address = libc.allocate(Sockaddr.MAX_SIZE);
        assertEquals(0, libc.connect(client, address, name.encode(abi, address.bytes())));
        int server = libc.accept(fd);
        assertTrue(server >= 0);
        assertEquals(nameOf(client), peerOf(server));

        byte[] hello = "Hello\n".getBytes(StandardCharsets.US_ASCII);
        NativeBuffer out = libc.allocate(16);
        out.bytes().put(3, hello);
        assertEquals(6, libc.send(client, out, 3, 6, 0));
        assertEquals(0, libc.shutdown(client, number(Const.SHUT_WR)));
        NativeBuffer in = libc.allocate(16);
        assertEquals(6, libc.recv(server, in, 2, 14, number(Const.MSG_WAITALL)));
        byte[] got = new byte[6];
        in.bytes().get(2, got);
        assertEquals("Hello\n", new String(got, StandardCharsets.US_ASCII));
        assertEquals(0, libc.recv(server, in, 0, 16, 0));
        assertEquals(0, libc.close(server));
        assertEquals(0, libc.close(client));
    }

    private Sockaddr peerOf(int socket) {
        NativeBuffer address = libc.allocate(Sockaddr.MAX_SIZE);
        NativeBuffer length = libc.allocate(Integer.BYTES);
        length.bytes().putInt(0, Sockaddr.MAX_SIZE);
        assertEquals(0, libc.getpeername(socket, address, length));
        return Sockaddr.decode(abi, address.bytes(), length.bytes().getInt(0));
    }

    @Test
    void aVariadicArgumentArrives() {
        int flags = libc.fcntl(fd, number(Const.F_GETFL), 0);
        assertEquals(0, flags & number(Const.O_NONBLOCK));
        assertEquals(0, libc.fcntl(fd, number(Const.F_SETFL), flags | number(Const.O_NONBLOCK)));
        assertEquals(number(Const.O_NONBLOCK), libc.fcntl(fd, number(Const.F_GETFL), 0) & number(Const.O_NONBLOCK));
    }

    @Test
    void aSocketIsNoTerminal() {
        assertEquals(-number(Const.ENOTTY), libc.ioctl(fd, abi.terminalSizeRequest(), libc.allocate(8)));
    }

    @Test
    void pollSeesWhatAPipeCarries() {
        NativeBuffer pair = libc.allocate(2 * Integer.BYTES);
        assertEquals(0, libc.pipe(pair));
        int reader = pair.bytes().getInt(0);
        int writer = pair.bytes().getInt(Integer.BYTES);
        NativeBuffer pollfd = libc.allocate(8);
        pollfd.bytes().putInt(0, reader).putShort(4, (short) number(Const.POLLIN));
        assertEquals(0, libc.poll(pollfd, 1, 0));
        NativeBuffer octet = libc.allocate(1);
        octet.bytes().put(0, (byte) 'x');
        assertEquals(1, libc.write(writer, octet, 1));
        assertEquals(1, libc.poll(pollfd, 1, 10_000));
        assertEquals(number(Const.POLLIN), pollfd.bytes().getShort(6));
        octet.bytes().put(0, (byte) 0);
        assertEquals(1, libc.read(reader, octet, 1));
        assertEquals('x', octet.bytes().get(0));
        assertEquals(0, libc.close(reader));
        assertEquals(0, libc.close(writer));
    }

    @Test
    void memoryIsZeroedAndAligned() {
        for (int size = 1; size < 40; size++) {
            NativeBuffer buffer = libc.allocate(size);
            assertEquals(0, buffer.address() % Long.BYTES);
            assertTrue(buffer.size() >= size);
            for (int i = 0; i < size; i++) {
                assertEquals(0, buffer.bytes().get(i));
            }
        }
    }
}
