package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.OptionalInt;

/** The numbers of interfaces, by their names, and the names by their numbers. */
public final class Devices {
    private Devices() {}

    /**
     * Finds a number as {@code if_nametoindex(3)} does, in the network namespace of the calling thread. The JDK knows an
     * interface by its addresses, and none that has no address: of those Linux tells when a socket is bound to it, which
     * takes CAP_NET_RAW before 5.7.
     *
     * @return empty if there is no such interface, or nobody says its number
     */
    public static OptionalInt index(Syscalls syscalls, String device) throws IOException {
        try {
            NetworkInterface found = NetworkInterface.getByName(device);
            if (found != null) {
                return OptionalInt.of(found.getIndex());
            }
        } catch (SocketException e) {
            // no interface has an address, as in a new network namespace
        }
        if (!SockOpts.SO_BINDTOIFINDEX.definedOn(syscalls.abi())) {
            return OptionalInt.empty();
        }
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_DGRAM)) {
            socket.set(SockOpts.SO_BINDTODEVICE, device);
            return socket.get(SockOpts.SO_BINDTOIFINDEX)
                    .toOptional()
                    .map(OptionalInt::of)
                    .orElse(OptionalInt.empty());
        } catch (ErrnoException e) {
            return OptionalInt.empty();
        }
    }

    /**
     * Finds a name as {@code if_indextoname(3)} does; as {@link #index}, by SO_BINDTOIFINDEX (Linux 5.1).
     *
     * @return the number where there is no such interface any more, or nobody says its name
     */
    public static String name(Syscalls syscalls, int index) {
        try {
            NetworkInterface found = NetworkInterface.getByIndex(index);
            if (found != null) {
                return found.getName();
            }
        } catch (SocketException e) {
            // no interface has an address, as in a new network namespace
        }
        String number = Integer.toString(index);
        if (!SockOpts.SO_BINDTOIFINDEX.definedOn(syscalls.abi())) {
            return number;
        }
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_DGRAM)) {
            socket.set(SockOpts.SO_BINDTOIFINDEX, index);
            return socket.get(SockOpts.SO_BINDTODEVICE)
                    .toOptional()
                    .filter(name -> !name.isEmpty())
                    .orElse(number);
        } catch (IOException e) {
            return number;
        }
    }
}
