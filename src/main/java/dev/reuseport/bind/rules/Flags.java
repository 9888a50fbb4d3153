package dev.reuseport.bind.rules;

import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The options of a socket that a bind of some system looks at, each by itself: that one is off says nothing of another.
 *
 * @param on a bit for each that is set, in the order of a list here
 * @param device the interface of SO_BINDTODEVICE
 */
public record Flags(int on, Optional<String> device) {
    /** With one of these an address need not be local. */
    private static final List<SockOpt<?>> ANY_ADDRESS =
            List.of(SockOpts.IP_FREEBIND, SockOpts.IP_TRANSPARENT, SockOpts.SO_BINDANY, SockOpts.IP_BINDANY);

    private static final List<SockOpt<?>> OTHERS = List.of(
            SockOpts.SO_REUSEADDR,
            SockOpts.SO_REUSEPORT,
            SockOpts.SO_REUSEPORT_LB,
            SockOpts.SO_REUSESHAREUID,
            SockOpts.IPV6_V6ONLY);

    /** Linux keeps both of a pair in one bit, so that each undoes the other ({@code do_ipv6_setsockopt}). */
    private static final Map<SockOpt<?>, SockOpt<?>> TWINS = Map.of(
            SockOpts.IPV6_FREEBIND, SockOpts.IP_FREEBIND,
            SockOpts.IPV6_TRANSPARENT, SockOpts.IP_TRANSPARENT);

    private static final int ANY_ADDRESS_BITS = (1 << ANY_ADDRESS.size()) - 1;
    private static final int REUSE_ADDR = bit(SockOpts.SO_REUSEADDR);
    private static final int REUSE_PORT = bit(SockOpts.SO_REUSEPORT);
    private static final int REUSE_PORT_LB = bit(SockOpts.SO_REUSEPORT_LB);
    private static final int SHARE_UID = bit(SockOpts.SO_REUSESHAREUID);
    private static final int V6ONLY = bit(SockOpts.IPV6_V6ONLY);

    /** Nothing is set. */
    public static final Flags NONE = new Flags(0, Optional.empty());

    /** Returns the bit of an option; 0 if no bind looks at it. */
    private static int bit(SockOpt<?> option) {
        SockOpt<?> kept = TWINS.getOrDefault(option, option);
        int any = ANY_ADDRESS.indexOf(kept);
        int other = OTHERS.indexOf(kept);
        return any >= 0 ? 1 << any : other >= 0 ? 1 << ANY_ADDRESS.size() + other : 0;
    }

    /** Tells whether a bind of some system looks at an option. */
    static boolean has(SockOpt<?> option) {
        return option == SockOpts.SO_BINDTODEVICE || bit(option) != 0;
    }

    /** Returns these flags after an option was set; the same if it is one that no bind looks at. */
    public Flags with(Setting<?> setting) {
        if (setting.option() == SockOpts.SO_BINDTODEVICE && setting.value() instanceof String name) {
            return withDevice(Optional.of(name).filter(text -> !text.isEmpty()));
        }
        return setting.value() instanceof Boolean set ? with(bit(setting.option()), set) : this;
    }

    private Flags with(int bit, boolean set) {
        return new Flags(set ? on | bit : on & ~bit, device);
    }

    /** Tells whether SO_REUSEADDR is set. */
    public boolean reuseAddr() {
        return (on & REUSE_ADDR) != 0;
    }

    /** Tells whether SO_REUSEPORT is set. */
    public boolean reusePort() {
        return (on & REUSE_PORT) != 0;
    }

    /** Tells whether SO_REUSEPORT_LB of FreeBSD is set. */
    public boolean reusePortLb() {
        return (on & REUSE_PORT_LB) != 0;
    }

    /** Tells whether SO_REUSESHAREUID of macOS is set. */
    public boolean shareUid() {
        return (on & SHARE_UID) != 0;
    }

    /** Tells whether IPV6_V6ONLY is set. */
    public boolean v6only() {
        return (on & V6ONLY) != 0;
    }

    /** Tells whether any option is set with which an address need not be local. */
    public boolean anyAddress() {
        return (on & ANY_ADDRESS_BITS) != 0;
    }

    /** Returns these flags with another SO_REUSEADDR. */
    public Flags withReuseAddr(boolean set) {
        return with(REUSE_ADDR, set);
    }

    /** Returns these flags with another SO_REUSEPORT. */
    public Flags withReusePort(boolean set) {
        return with(REUSE_PORT, set);
    }

    /** Returns these flags with another IPV6_V6ONLY. */
    public Flags withV6only(boolean set) {
        return with(V6ONLY, set);
    }

    /** Returns these flags with another SO_BINDTODEVICE. */
    public Flags withDevice(Optional<String> name) {
        return new Flags(on, name);
    }
}
