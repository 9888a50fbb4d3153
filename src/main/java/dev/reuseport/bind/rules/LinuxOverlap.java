package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;
import java.util.Optional;

/** How the addresses of two sockets meet, as Linux sees it: {@code inet_rcv_saddr_equal} in {@code inet_connection_sock.c}. */
final class LinuxOverlap {
    /** What the IPv4 side of an IPv6 socket holds when its address has no IPv4 form. */
    private static final int NO_IPV4 = 0x7f000006;

    private LinuxOverlap() {}

    /** How they overlap; empty if they do not. */
    static Optional<Overlap> of(ModelSocket newcomer, ModelSocket owner) {
        boolean mineOnly = newcomer.flags().v6only();
        boolean theirsOnly = owner.flags().v6only();
        boolean meet = newcomer.ipv6()
                ? sameIpv6(newcomer.address(), mineOnly, owner.address(), theirsOnly, true, true)
                : sameIpv4(ipv4(newcomer.address()), ipv4(owner.address()), theirsOnly, true, true);
        if (!meet) {
            return Optional.empty();
        }
        boolean mineIsIpv4 = !newcomer.ipv6() || newcomer.mapped();
        boolean theirsIsIpv4 = !owner.ipv6() || owner.mapped();
        if (newcomer.any6() && theirsIsIpv4) {
            return Optional.of(Overlap.NEWCOMER_DUAL_STACK);
        }
        if (owner.any6() && mineIsIpv4) {
            return Optional.of(Overlap.OWNER_DUAL_STACK);
        }
        boolean mineWild = newcomer.any6() || newcomer.any4();
        boolean theirsWild = owner.any6() || owner.any4();
        return Optional.of(
                mineWild == theirsWild
                        ? Overlap.SAME
                        : theirsWild ? Overlap.OWNER_WILDCARD : Overlap.NEWCOMER_WILDCARD);
    }

    /** The IPv4 side of an address. */
    static int ipv4(Sockaddr address) {
        if (address instanceof Sockaddr.Inet inet) {
            return inet.address();
        }
        Sockaddr.Inet6 inet6 = (Sockaddr.Inet6) address;
        return inet6.wildcard() ? 0 : inet6.v4Mapped() ? (int) inet6.low() : NO_IPV4;
    }

    static boolean sameIpv4(int mine, int theirs, boolean theirsOnly, boolean mineWild, boolean theirsWild) {
        return !theirsOnly && (mine == theirs || (mineWild && mine == 0) || (theirsWild && theirs == 0));
    }

    static boolean sameIpv6(
            Sockaddr mine,
            boolean mineOnly,
            Sockaddr theirs,
            boolean theirsOnly,
            boolean mineWild,
            boolean theirsWild) {
        Sockaddr.Inet6 me = (Sockaddr.Inet6) mine;
        boolean mineMapped = me.v4Mapped();
        boolean mineAny = me.wildcard();
        boolean theirsMapped = !(theirs instanceof Sockaddr.Inet6 they) || they.v4Mapped();
        boolean theirsAny = theirs instanceof Sockaddr.Inet6 && theirs.wildcard();
        if (mineMapped && theirsMapped) {
            return sameIpv4(ipv4(mine), ipv4(theirs), theirsOnly, mineWild, theirsWild);
        }
        return (mineAny && theirsAny)
                || (theirsAny && theirsWild && !(theirsOnly && mineMapped))
                || (mineAny && mineWild && !(mineOnly && theirsMapped))
                || (theirs instanceof Sockaddr.Inet6 they && me.high() == they.high() && me.low() == they.low());
    }
}
