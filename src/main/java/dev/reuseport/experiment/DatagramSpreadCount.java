package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Uniformity;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Who got how many datagrams, and of how many sources.
 *
 * @param address what the group is bound to
 * @param members each with its count
 * @param sources how many sent
 * @param sent how many datagrams they sent
 * @param heard of how many sources a datagram was read
 * @param toOne how many of these reached one member only
 * @param connection the member that connected to a source
 * @param notes what the counts do not say
 * @param endedEarly why not everything was sent
 */
public record DatagramSpreadCount(
        DatagramSpreadPlan plan,
        Sockaddr address,
        List<Member> members,
        int sources,
        int sent,
        int heard,
        int toOne,
        Optional<Connection> connection,
        List<String> notes,
        Optional<String> endedEarly) {
    /**
     * One member.
     *
     * @param index in the order in which they were bound
     * @param sources how many sources it got something of
     * @param datagrams how many it read; a busy one at the end
     * @param busy whether it did not read while datagrams came
     * @param dropped how many its buffer had no room for; empty where the system does not tell
     */
    public record Member(int index, int sources, int datagrams, boolean busy, OptionalInt dropped) {}

    /**
     * A member that connected to a source which had sent one datagram before.
     *
     * @param member who connected
     * @param source to whom
     * @param before who got the datagram
     * @param taken how many it got of those that followed
     */
    public record Connection(int member, Sockaddr source, int before, int taken) {}

    /** Returns how many datagrams were read, each copy counted. */
    public int read() {
        return members.stream().mapToInt(Member::datagrams).sum();
    }

    /** Returns how many had no room. */
    public int dropped() {
        return members.stream().mapToInt(each -> each.dropped().orElse(0)).sum();
    }

    /** Returns how many, each copy counted, no member got, though its buffer had room as far as the system tells. */
    public int lost() {
        return plan.deliveries(sent) - read() - dropped();
    }

    /** Returns the share of sources that reached one member only; empty if nothing was read, or every member gets a copy. */
    public Optional<Double> sticky() {
        return heard == 0 || plan.copies() ? Optional.empty() : Optional.of((double) toOne / heard);
    }

    /** Tests the sources per member against an even spread. Of what was dropped nobody knows whose it was. */
    public Optional<Uniformity> uniformity() {
        if (plan.copies() || dropped() > 0) {
            return Optional.empty();
        }
        return Uniformity.of(members.stream()
                .filter(each ->
                        connection.isEmpty() || each.index() != connection.get().member())
                .mapToLong(Member::sources)
                .toArray());
    }
}
