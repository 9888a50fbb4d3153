package dev.reuseport.bind.rules;

import dev.reuseport.abi.LinuxRelease;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What releases of Linux do differently at bind: one row each, with the releases that do it.
 *
 * <p>The bind rules of 5.4 to 6.0 are one, and so are those of 6.9 and all later ones. Between the two the kernel learnt to
 * find sockets by port and address ({@code bhash2}, 28044fc1d495), with the faults that are here, and stable branches got
 * mends and further faults one by one. A release that is the first of a branch to do something, or to do it no more,
 * stands here as the branch's changelog has it.
 */
enum LinuxChange {
    /**
     * The first socket of a TCP port opens its memory for every address, and SO_REUSEADDR has such a memory too: {@code
     * inet_csk_update_fastreuse} asked {@code hlist_empty(&tb->owners)}. Since 6.8 it asks for {@code tb->bhash2}, which is
     * never empty there.
     */
    PORT_REMEMBERS_EVERY_ADDRESS("a port remembers SO_REUSEPORT and SO_REUSEADDR for every address", "3.9", "6.8"),

    /** SO_BINDTODEVICE and SO_BINDTOIFINDEX take CAP_NET_RAW from everybody. Since 5.7 (c427bfec18f2) the first is free. */
    DEVICE_TAKES_NET_RAW("a socket gets a device only with CAP_NET_RAW", "2.6", "5.7"),

    /** Not in bhash2: what is in TIME_WAIT is found by nobody who binds to one address (936a192f9740). */
    TIME_WAIT_UNSEEN("a bind to one address does not see TIME_WAIT (mended by 936a192f9740)", "6.1", "6.1.5", "6.2"),

    /** IPv4 at one address does not find {@code ::} (5456262d2baa, mended by d9ba99342855). */
    DUAL_STACK_UNSEEN(
            "a bind of IPv4 to one address does not see :: (5456262d2baa, mended by d9ba99342855)",
            "6.1",
            "6.1.21",
            "6.2.8",
            "6.3"),

    /** IPv4 at one address does not find mapped addresses (28044fc1d495, mended by aa99e5f87bd5 and c48ef9c4aed3). */
    MAPPED_UNSEEN(
            "a bind of IPv4 to one address does not see mapped ones (mended by aa99e5f87bd5 and c48ef9c4aed3)",
            "6.1",
            "6.1.54",
            "6.5.4",
            "6.6"),

    /** Of {@code ::} and 0.0.0.0 only the one that came later is found from one address (mended by d91ef1e1b55f). */
    OLDER_WILDCARD_UNSEEN(
            "of the wildcards of both families a bind to one IPv4 address sees the later one alone (mended by"
                    + " d91ef1e1b55f)",
            "6.1",
            "6.1.85",
            "6.6.26",
            "6.8.5",
            "6.9"),

    /** Mapped addresses are looked for in bhash2 (5e07e672412b). */
    MAPPED_BY_ADDRESS("a bind to a mapped address looks by address", List.of("6.1.168", "6.8")),

    /** A mapped address is held against {@code ::} with IPV6_V6ONLY (5e07e672412b, mended by ea111449501e). */
    V6ONLY_IN_THE_WAY_OF_MAPPED(
            "an IPv6-only :: is in the way of mapped addresses (5e07e672412b, mended by ea111449501e)",
            "6.8",
            "6.8.5",
            "6.9"),

    /**
     * A mapped address does not find {@code ::ffff:0.0.0.0}: 5e07e672412b came into 6.1 without the change before it, by
     * which a bucket knows its kind of address (5a22bba13d01).
     */
    MAPPED_WILDCARD_UNSEEN(
            "a bind to a mapped address does not see ::ffff:0.0.0.0 (5e07e672412b as it came into 6.1.168)", "6.1.168");

    private final String sentence;
    private final List<LinuxRelease> since;
    private final List<LinuxRelease> until;

    LinuxChange(String sentence, String since, String... until) {
        this(sentence, List.of(since), until);
    }

    LinuxChange(String sentence, List<String> since, String... until) {
        this.sentence = sentence;
        this.since = since.stream().map(LinuxChange::release).toList();
        this.until = Arrays.stream(until).map(LinuxChange::release).toList();
    }

    private static LinuxRelease release(String text) {
        return LinuxRelease.parse(text).orElseThrow();
    }

    /** Tells whether a release does it; one without its third number counts as the latest of its branch. */
    boolean in(LinuxRelease release) {
        return since.stream().anyMatch(first -> reached(release, first))
                && until.stream().noneMatch(end -> reached(release, end));
    }

    /** A number of a branch's own counts in that branch alone. */
    private static boolean reached(LinuxRelease release, LinuxRelease boundary) {
        return release.atLeast(boundary) && (boundary.patch() == LinuxRelease.ANY || release.sameBranch(boundary));
    }

    /** Tells whether some releases of this one's branch do it, and some do not. */
    boolean divides(LinuxRelease release) {
        return boundaries(release).findAny().isPresent();
    }

    /** Returns the release of a branch that was the first to do it, or to do it no more. */
    LinuxRelease boundary(LinuxRelease release) {
        return boundaries(release).findFirst().orElseThrow();
    }

    private Stream<LinuxRelease> boundaries(LinuxRelease release) {
        return Stream.concat(since.stream(), until.stream())
                .filter(each -> each.patch() != LinuxRelease.ANY && each.sameBranch(release));
    }

    /** What it is, in words. */
    @Override
    public String toString() {
        return sentence;
    }
}
