package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.bind.host.Host;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The options of a socket that a bind of some system looks at, each by itself: that one is off says nothing of another.
 *
 * @param on a bit for each that is set
 * @param device the interface of SO_BINDTODEVICE or SO_BINDTOIFINDEX
 * @param ports IP_LOCAL_PORT_RANGE
 */
public record Flags(int on, Optional<String> device, Optional<PortRange> ports) {
    /** What has a bit. Linux keeps both of some pairs in one, so that each undoes the other ({@code do_ipv6_setsockopt}). */
    private enum Kept {
        FREEBIND,
        TRANSPARENT,
        SO_BINDANY,
        IP_BINDANY,
        SO_REUSEADDR,
        SO_REUSEPORT,
        SO_REUSEPORT_LB,
        SO_REUSESHAREUID,
        SO_EXCLUSIVEADDRUSE,
        SO_BROADCAST,
        IPV6_V6ONLY,
        IP_BIND_ADDRESS_NO_PORT,
        FORCE_REUSE;

        int bit() {
            return 1 << ordinal();
        }
    }

    private static final int REUSE_ADDR = Kept.SO_REUSEADDR.bit();
    private static final int REUSE_PORT = Kept.SO_REUSEPORT.bit();
    private static final int REUSE_PORT_LB = Kept.SO_REUSEPORT_LB.bit();
    private static final int SHARE_UID = Kept.SO_REUSESHAREUID.bit();
    private static final int EXCLUSIVE_ADDR_USE = Kept.SO_EXCLUSIVEADDRUSE.bit();
    private static final int V6ONLY = Kept.IPV6_V6ONLY.bit();

    private static final int NO_PORT = Kept.IP_BIND_ADDRESS_NO_PORT.bit();

    /** TCP_REPAIR: SK_FORCE_REUSE in the place where SO_REUSEADDR is. */
    private static final int FORCE = Kept.FORCE_REUSE.bit();

    /** With one of these an address need not be local. */
    private static final int ANY_ADDRESS =
            Kept.FREEBIND.bit() | Kept.TRANSPARENT.bit() | Kept.SO_BINDANY.bit() | Kept.IP_BINDANY.bit();

    /** Nothing is set. */
    public static final Flags NONE = new Flags(0, Optional.empty(), Optional.empty());

    /** Returns the bit of an option; 0 if no bind looks at it. */
    private static int bit(SockOpt<?> option) {
        return option.inTheTable() && option.option() instanceof Const name ? bit(name) : 0;
    }

    private static int bit(Const option) {
        return switch (option) {
            case IP_FREEBIND, IPV6_FREEBIND -> Kept.FREEBIND.bit();
            case IP_TRANSPARENT, IPV6_TRANSPARENT -> Kept.TRANSPARENT.bit();
            case SO_BINDANY -> Kept.SO_BINDANY.bit();
            case IP_BINDANY -> Kept.IP_BINDANY.bit();
            case SO_REUSEADDR -> REUSE_ADDR;
            case SO_REUSEPORT -> REUSE_PORT;
            case SO_REUSEPORT_LB -> REUSE_PORT_LB;
            case SO_REUSESHAREUID -> SHARE_UID;
            case SO_EXCLUSIVEADDRUSE -> EXCLUSIVE_ADDR_USE;
            case SO_BROADCAST -> Kept.SO_BROADCAST.bit();
            case IPV6_V6ONLY -> V6ONLY;
            case IP_BIND_ADDRESS_NO_PORT -> NO_PORT;
            default -> 0;
        };
    }

    /** Tells whether a bind of some system looks at an option. */
    static boolean has(SockOpt<?> option) {
        return option == SockOpts.SO_BINDTODEVICE
                || option == SockOpts.SO_BINDTOIFINDEX
                || option == SockOpts.IP_LOCAL_PORT_RANGE
                || option == SockOpts.TCP_REPAIR
                || bit(option) != 0;
    }

    /** Returns these flags after an option was set; the same if it is one that no bind looks at. */
    public Flags with(Setting<?> setting, Host host) {
        SockOpt<?> option = setting.option();
        if (option == SockOpts.SO_BINDTODEVICE && setting.value() instanceof String name) {
            return withDevice(Optional.of(name).filter(text -> !text.isEmpty()));
        }
        if (option == SockOpts.SO_BINDTOIFINDEX && setting.value() instanceof Integer index) {
            return withDevice(index == 0 ? Optional.empty() : Optional.of(device(host, index)));
        }
        if (option == SockOpts.IP_LOCAL_PORT_RANGE && setting.value() instanceof PortRange range) {
            return new Flags(on, device, Optional.of(range));
        }
        if (option == SockOpts.TCP_REPAIR && setting.value() instanceof Integer repair) {
            return with(FORCE | REUSE_ADDR, repair == 1);
        }
        if (option == SockOpts.SO_REUSEADDR && setting.value() instanceof Boolean set) {
            return with(FORCE, false).with(REUSE_ADDR, set);
        }
        return setting.value() instanceof Boolean set ? with(bit(option), set) : this;
    }

    /** Returns what getsockopt reads, as people read it; empty for an option that no bind looks at. */
    @SuppressWarnings("unchecked") // what has a bit is on or off
    public Optional<String> text(SockOpt<?> option, Host host) {
        if (option == SockOpts.SO_BINDTODEVICE) {
            return Optional.of(SockOpts.SO_BINDTODEVICE.codec().text(device.orElse("")));
        }
        if (option == SockOpts.SO_BINDTOIFINDEX) {
            OptionalInt index = device.isEmpty() ? OptionalInt.of(0) : host.index(device.get());
            return index.isEmpty()
                    ? Optional.empty()
                    : Optional.of(SockOpts.SO_BINDTOIFINDEX.codec().text(index.getAsInt()));
        }
        if (option == SockOpts.IP_LOCAL_PORT_RANGE) {
            return Optional.of(SockOpts.IP_LOCAL_PORT_RANGE.codec().text(ports.orElse(new PortRange(0, 0))));
        }
        int bit = bit(option);
        return bit == 0
                ? Optional.empty()
                : Optional.of(((SockOpt<Boolean>) option).codec().text((on & bit) != 0));
    }

    /** The name of an interface; of one that is not there a name that none can have. */
    static String device(Host host, int index) {
        return host.device(index).orElse("interface " + index);
    }

    private Flags with(int bits, boolean set) {
        return new Flags(set ? on | bits : on & ~bits, device, ports);
    }

    /** Tells whether SO_REUSEADDR is set. */
    public boolean reuseAddr() {
        return (on & REUSE_ADDR) != 0;
    }

    /** Tells whether TCP_REPAIR makes a port shared with everybody. */
    boolean forceReuse() {
        return (on & FORCE) != 0;
    }

    /** Tells whether IP_BIND_ADDRESS_NO_PORT is set. */
    public boolean noPort() {
        return (on & NO_PORT) != 0;
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

    /** Tells whether SO_EXCLUSIVEADDRUSE of Windows is set. */
    public boolean exclusiveAddrUse() {
        return (on & EXCLUSIVE_ADDR_USE) != 0;
    }

    /** Tells whether IPV6_V6ONLY is set. */
    public boolean v6only() {
        return (on & V6ONLY) != 0;
    }

    /** Tells whether any option is set with which an address need not be local. */
    public boolean anyAddress() {
        return (on & ANY_ADDRESS) != 0;
    }

    /** Tells whether SO_BROADCAST is set. */
    boolean broadcast() {
        return (on & Kept.SO_BROADCAST.bit()) != 0;
    }

    /** Tells whether IP_TRANSPARENT or IPV6_TRANSPARENT is set. */
    boolean transparent() {
        return (on & Kept.TRANSPARENT.bit()) != 0;
    }

    /** Returns these flags with another SO_REUSEADDR. */
    public Flags withReuseAddr(boolean set) {
        return with(REUSE_ADDR, set);
    }

    /** Returns these flags with another SO_REUSEPORT. */
    public Flags withReusePort(boolean set) {
        return with(REUSE_PORT, set);
    }

    /** Returns these flags without those that share a port: SO_REUSEADDR, SO_REUSEPORT and SO_REUSEPORT_LB. */
    Flags withoutReuse() {
        return with(REUSE_ADDR | REUSE_PORT | REUSE_PORT_LB, false);
    }

    /** Returns these flags with another IPV6_V6ONLY. */
    public Flags withV6only(boolean set) {
        return with(V6ONLY, set);
    }

    /** Returns these flags with another SO_BINDTODEVICE. */
    public Flags withDevice(Optional<String> name) {
        return new Flags(on, name, ports);
    }
}
