package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.GroupPlan;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.experiment.group.Steer;
import dev.reuseport.socket.Mode;
import java.time.Duration;
import java.util.Optional;

/**
 * A spread that is to be counted.
 *
 * @param mode by which way the members listen
 * @param address a loopback address; port 0 lets the kernel choose
 * @param listeners how many members
 * @param connections how many connections
 * @param processes whether each member is a receiver of its own
 * @param busy how many members, from the first, accept nothing while it runs
 * @param steer who chooses the member; the kernel's hash if empty
 * @param loadBalanced whether SO_REUSEPORT_LB is set instead of SO_REUSEPORT
 * @param timeout how long the whole run may take
 * @param program what starts these
 */
public record SpreadPlan(
        Mode mode,
        Sockaddr address,
        int listeners,
        int connections,
        boolean processes,
        int busy,
        Optional<Steer> steer,
        boolean loadBalanced,
        Duration timeout,
        OwnProgram program) {
    /** How many connections are open at once, those on busy members aside; more where a sweep over the members costs more. */
    private static final int BATCH = 64;

    private static final int LARGEST_BATCH = 1024;

    /** Returns how many connections are made before the members' answers are awaited. */
    int batch(int members) {
        return steer.isPresent() ? BATCH : Math.min(LARGEST_BATCH, Math.max(BATCH, members / 4));
    }

    /** Room for a batch where members accept, and for all connections where they do not. */
    private int backlog() {
        int batches = 2 * batch(listeners);
        return busy > 0 ? Math.max(batches, connections) : batches;
    }

    /** Returns the group that it takes. */
    GroupPlan group() {
        return new GroupPlan(address, listeners, busy, steer, backlog(), BATCH);
    }
}
