package dev.reuseport.experiment.group;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.socket.Mode;
import java.util.Optional;

/**
 * A group that is to be opened.
 *
 * @param mode by which way the members listen
 * @param address a loopback address; port 0 lets the kernel choose
 * @param listeners how many members
 * @param busy how many of them, from the first, accept nothing until they are released
 * @param steer who chooses the member; the kernel's hash if empty
 * @param loadBalanced whether SO_REUSEPORT_LB is set instead of SO_REUSEPORT
 * @param backlog of each
 * @param clients how many connections there will be at once, which take descriptors too
 */
public record GroupPlan(
        Mode mode,
        Sockaddr address,
        int listeners,
        int busy,
        Optional<Steer> steer,
        boolean loadBalanced,
        int backlog,
        int clients) {}
