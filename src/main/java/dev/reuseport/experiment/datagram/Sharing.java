package dev.reuseport.experiment.datagram;

import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;

/** The option by which members share an address. */
public enum Sharing {
    /** Linux spreads sources over the members; macOS and FreeBSD give all to one. */
    SO_REUSEPORT(SockOpts.SO_REUSEPORT),
    /** No group: Linux gives all to the member that bound last. */
    SO_REUSEADDR(SockOpts.SO_REUSEADDR),
    /** FreeBSD's group with a hash. */
    SO_REUSEPORT_LB(SockOpts.SO_REUSEPORT_LB);

    private final SockOpt<Boolean> option;

    Sharing(SockOpt<Boolean> option) {
        this.option = option;
    }

    /** Returns what members set. */
    public SockOpt<Boolean> option() {
        return option;
    }
}
