package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Strategy;
import dev.reuseport.socket.Mode;
import java.time.Duration;
import java.util.Optional;

/**
 * A change of a group that gets datagrams.
 *
 * @param mode by which way the members are opened
 * @param address a loopback address; port 0 lets the kernel choose
 * @param members how many before it
 * @param sources how many senders
 * @param queued how many of them send once more before a member leaves, which does not read any more
 * @param leaver which member leaves; if empty, one joins
 * @param strategy how it leaves
 * @param timeout how long to wait for what was sent
 */
public record DatagramRestartPlan(
        Mode mode,
        Sockaddr address,
        int members,
        int sources,
        int queued,
        Optional<Integer> leaver,
        Strategy strategy,
        Duration timeout) {}
