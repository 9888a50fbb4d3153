package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.step.Protocol;
import java.util.Optional;

/**
 * A socket as the rules see it.
 *
 * @param number what verdicts call it by; distinct in a {@link BindState}
 * @param name what reasons call it: {@code socket 1}, or {@code pid 191 (python3, uid 0)}
 * @param address address and port; port 0 while it is {@link Phase#UNBOUND}, but for one that shutdown took its port from
 * @param flags its options as they are now
 * @param flagsKnown false if nobody could read them, and {@code flags} is an assumption
 * @param uid the effective user who opened it
 * @param portChosen whether the kernel chose the port
 * @param acceptor for an accepted connection the number of the socket that accepted it, else 0
 * @param peer where it is connected to, if that is known
 * @param shut whether shutdown was called on it and left it as it is, be it with an error: on Linux it can send no more
 * @param named whether a bind has named an address once, {@code ::ffff:0.0.0.0} among them, and not {@code ::} or {@code
 *     0.0.0.0}: Linux notes that for good (SOCK_BINDADDR_LOCK), and takes no address back that a connect has chosen
 */
public record ModelSocket(
        int number,
        String name,
        Protocol protocol,
        Sockaddr address,
        Flags flags,
        boolean flagsKnown,
        int uid,
        Phase phase,
        boolean portChosen,
        int acceptor,
        Optional<Sockaddr> peer,
        boolean shut,
        boolean named) {

    /** A socket that is connected to nobody who is known. */
    public ModelSocket(
            int number,
            String name,
            Protocol protocol,
            Sockaddr address,
            Flags flags,
            boolean flagsKnown,
            int uid,
            Phase phase,
            boolean portChosen,
            int acceptor) {
        this(
                number,
                name,
                protocol,
                address,
                flags,
                flagsKnown,
                uid,
                phase,
                portChosen,
                acceptor,
                Optional.empty(),
                false,
                !address.wildcard());
    }

    /** A socket that is about to be bound to {@code address}; port 0 lets the kernel choose. */
    public static ModelSocket newcomer(int number, Protocol protocol, Sockaddr address, Flags flags, int uid) {
        return new ModelSocket(
                number, "socket " + number, protocol, address, flags, true, uid, Phase.UNBOUND, address.port() == 0, 0);
    }

    /** A socket that is open and not bound. */
    public static ModelSocket unbound(int number, Protocol protocol, Const family, Flags flags, int uid) {
        return newcomer(number, protocol, wildcard(family), flags, uid);
    }

    private static Sockaddr wildcard(Const family) {
        return family == Const.AF_INET ? new Sockaddr.Inet(0, 0) : new Sockaddr.Inet6(0, 0, 0, 0, 0);
    }

    /** Returns the wildcard of its family, with port 0. */
    Sockaddr wildcard() {
        return wildcard(address.family());
    }

    /** A socket that was found on this host. */
    public static ModelSocket observed(
            int number, String name, Protocol protocol, Sockaddr address, Flags flags, int uid, Phase phase) {
        return new ModelSocket(number, name, protocol, address, flags, true, uid, phase, false, 0);
    }

    /** Returns the port, 0 while there is none. */
    public int port() {
        return address.port();
    }

    boolean ipv6() {
        return address.family() == Const.AF_INET6;
    }

    boolean mapped() {
        return mapped(address);
    }

    static boolean mapped(Sockaddr address) {
        return address instanceof Sockaddr.Inet6 inet6 && inet6.v4Mapped();
    }

    /** Whether it is {@code ::}; {@code ::ffff:0.0.0.0} is not. */
    boolean any6() {
        return ipv6() && address.wildcard();
    }

    /** Whether it is {@code 0.0.0.0} or {@code ::ffff:0.0.0.0}. */
    boolean any4() {
        return address instanceof Sockaddr.Inet6 inet6
                ? inet6.v4Mapped() && (int) inet6.low() == 0
                : address.wildcard();
    }

    /** Returns the same socket as it is about to be bound; port 0 lets the kernel choose. */
    ModelSocket to(Sockaddr other) {
        return new ModelSocket(
                number,
                name,
                protocol,
                other,
                flags,
                flagsKnown,
                uid,
                phase,
                other.port() == 0,
                acceptor,
                peer,
                shut,
                named || !other.wildcard());
    }

    ModelSocket withAddress(Sockaddr other) {
        return new ModelSocket(
                number, name, protocol, other, flags, flagsKnown, uid, phase, portChosen, acceptor, peer, shut, named);
    }

    /** Returns the same socket under the name by which a reason can speak of it when its first descriptor is closed. */
    ModelSocket heldBy(int descriptor) {
        String now = descriptor == number ? "socket " + number : "socket " + number + ", open as " + descriptor + ",";
        return new ModelSocket(
                number, now, protocol, address, flags, flagsKnown, uid, phase, portChosen, acceptor, peer, shut, named);
    }

    /** Returns the same socket with other flags. */
    public ModelSocket withFlags(Flags other) {
        return new ModelSocket(
                number,
                name,
                protocol,
                address,
                other,
                flagsKnown,
                uid,
                phase,
                portChosen,
                acceptor,
                peer,
                shut,
                named);
    }

    /** Returns the same socket in another phase. */
    public ModelSocket withPhase(Phase other) {
        return new ModelSocket(
                number,
                name,
                protocol,
                address,
                flags,
                flagsKnown,
                uid,
                other,
                portChosen,
                acceptor,
                peer,
                shut,
                named);
    }

    /** Returns the same socket connected to somebody. */
    public ModelSocket withPeer(Sockaddr other) {
        return new ModelSocket(
                number,
                name,
                protocol,
                address,
                flags,
                flagsKnown,
                uid,
                phase,
                portChosen,
                acceptor,
                Optional.of(other),
                shut,
                named);
    }

    /** Returns the same socket after shutdown failed on it, or as if that had never been. */
    ModelSocket withShut(boolean other) {
        return new ModelSocket(
                number,
                name,
                protocol,
                address,
                flags,
                flagsKnown,
                uid,
                phase,
                portChosen,
                acceptor,
                peer,
                other,
                named);
    }

    /** Returns what this side of a connection leaves to a number of its own, when the socket itself stays open. */
    ModelSocket leftBehind(int number) {
        return new ModelSocket(
                number,
                "a connection of " + name,
                protocol,
                address,
                flags,
                flagsKnown,
                uid,
                Phase.TIME_WAIT,
                portChosen,
                0,
                peer,
                false,
                named);
    }

    /** {@code socket 1 ([::1]:40001)}. */
    @Override
    public String toString() {
        return acceptor == 0 ? name + " (" + address + ")" : name;
    }
}
