package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Member;
import dev.reuseport.experiment.group.Uniformity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Who got how many connections.
 *
 * @param address what the group listened on
 * @param opening how long it took until all members listened
 * @param members each with its count
 * @param made how many connections were made
 * @param failures how often which errno ended a connection, or kept one from being made
 * @param notes what went otherwise than asked for
 * @param endedEarly why it did not make all connections
 */
public record SpreadCount(
        SpreadPlan plan,
        Sockaddr address,
        Duration opening,
        List<Member> members,
        int made,
        SortedMap<String, Integer> failures,
        List<String> notes,
        Optional<String> endedEarly) {
    /** Tests the counts against an even spread. */
    public Optional<Uniformity> uniformity() {
        return Uniformity.of(members.stream().mapToLong(Member::connections).toArray());
    }
}
