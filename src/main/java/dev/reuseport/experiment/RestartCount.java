package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import org.HdrHistogram.Histogram;

/**
 * What a member's leaving cost.
 *
 * @param address what the group listened on
 * @param migrateReq net.ipv4.tcp_migrate_req: 1 if the kernel hands the queue of a member that closes to the others
 * @param queued how many connections were made
 * @param queuedOnLeaver how many of them waited on the member that left; empty where the system does not tell
 * @param answered how many were answered
 * @param failures how often which errno ended a connection; ETIMEDOUT is one that was never answered
 * @param rolling what only a rolling restart has
 * @param endedEarly why not all connections were made
 */
public record RestartCount(
        RestartPlan plan,
        Sockaddr address,
        OptionalInt migrateReq,
        int queued,
        OptionalInt queuedOnLeaver,
        int answered,
        SortedMap<String, Integer> failures,
        Optional<Course> rolling,
        Optional<String> endedEarly) {
    /** Returns how many connections got no answer. */
    public int lost() {
        return queued - answered;
    }

    /**
     * What the clients of a rolling restart saw.
     *
     * @param replaced how many members were replaced
     * @param latency microseconds from the beginning of a connection to the end of its answer
     * @param worstStall the longest time in which connections waited and none was answered
     */
    public record Course(int replaced, Histogram latency, Duration worstStall) {}
}
