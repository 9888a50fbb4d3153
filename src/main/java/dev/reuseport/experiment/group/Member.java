package dev.reuseport.experiment.group;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One listener of a group.
 *
 * @param index in the order in which they began to listen
 * @param pid its process
 * @param connections how many it got; those of a busy one were queued until the end
 * @param busy whether it accepted nothing while connections were made
 * @param died how it ended, if it did not live to see the end
 */
public record Member(int index, OptionalLong pid, int connections, boolean busy, Optional<String> died) {}
