package dev.reuseport.bind.explain;

import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Step;
import dev.reuseport.inspect.UnixSockets;
import java.util.List;

/**
 * Whether a bind of AF_UNIX would succeed now, what is in its way, and what would change that.
 *
 * @param asked what was tried
 * @param verdict how the kernel ended it
 * @param call the C name of the call that failed, empty if none did
 * @param reason one sentence
 * @param remedies what would let the bind succeed, each enough by itself
 * @param members the sockets that were bound to the name
 * @param notes what could not be seen, or is good to know, a sentence each
 */
public record UnixExplanation(
        Step.Unix asked,
        Outcome verdict,
        String call,
        String reason,
        List<String> remedies,
        List<UnixSockets.Found> members,
        List<String> notes) {}
