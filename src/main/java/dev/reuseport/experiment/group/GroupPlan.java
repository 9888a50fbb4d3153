package dev.reuseport.experiment.group;

import dev.reuseport.abi.Sockaddr;
import java.util.Optional;

/**
 * A group that is to be opened.
 *
 * @param address a loopback address; port 0 lets the kernel choose
 * @param listeners how many members
 * @param busy how many of them, from the first, accept nothing until they are released
 * @param steer who chooses the member; the kernel's hash if empty
 * @param backlog of each
 * @param clients how many connections there will be at once, which take descriptors too
 */
public record GroupPlan(Sockaddr address, int listeners, int busy, Optional<Steer> steer, int backlog, int clients) {}
