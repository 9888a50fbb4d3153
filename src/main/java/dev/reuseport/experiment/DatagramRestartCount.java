package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import java.util.Optional;

/**
 * What a member's leaving, or joining, did to flows. A flow is what one source sends.
 *
 * @param address what the group is bound to
 * @param flows how many there were
 * @param own how many of them were the leaver's
 * @param moved how many were another member's afterwards
 * @param meanwhile how many were another member's while a program kept them off the leaver
 * @param expected the share of flows that move by the kernel's hash; empty where it is not known
 * @param sent how many datagrams were sent
 * @param queued how many of them waited on the leaver when it left
 * @param overflowed how many its buffer had no room for
 * @param lost how many nobody read, these included
 * @param endedEarly why there were fewer sources than asked for
 */
public record DatagramRestartCount(
        DatagramRestartPlan plan,
        Sockaddr address,
        int flows,
        int own,
        int moved,
        Optional<Integer> meanwhile,
        Optional<Double> expected,
        int sent,
        Optional<Integer> queued,
        int overflowed,
        int lost,
        Optional<String> endedEarly) {
    /** Returns the share of flows that moved. */
    public double movedShare() {
        return flows == 0 ? 0 : (double) moved / flows;
    }
}
