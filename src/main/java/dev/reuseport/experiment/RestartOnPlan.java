package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import java.time.Duration;
import java.util.List;

/**
 * A command whose cost for the clients of a running server is to be counted.
 *
 * @param target where the server listens, an address of this host
 * @param command what is run, with its arguments
 * @param rate connections per second
 * @param around how long they come before the command, and again after it
 * @param message what each of them sends; empty to send nothing
 * @param timeout how long a client waits for its answer
 */
public record RestartOnPlan(
        Sockaddr target, List<String> command, int rate, Duration around, byte[] message, Duration timeout) {}
