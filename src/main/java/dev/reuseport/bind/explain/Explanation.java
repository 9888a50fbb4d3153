package dev.reuseport.bind.explain;

import dev.reuseport.bind.rules.DecidingRule;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.inspect.PortSockets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether a bind would succeed now, who is in its way, and what would change that.
 *
 * @param verdict how the kernel ended it; how the rules do where it was not asked for all of it
 * @param call the C name of the call that failed, empty if none did
 * @param untried the C name of the call that the kernel was not asked for, as it could take from others what is theirs;
 *     empty if all were made
 * @param predicted how the rules say that it ends; empty if they do not say
 * @param agrees whether the kernel did what the rules say
 * @param rule what decided, by the rules; UNKNOWN where that hangs on flags that could not be read
 * @param reason one sentence; where kernel and rules disagree it says so
 * @param doubt where the reason is not known for sure, those that fit
 * @param remedies what would let the bind succeed, each enough by itself
 * @param members the sockets that have the port
 * @param notes what could not be seen, or is not as expected, a sentence each
 */
public record Explanation(
        Outcome verdict,
        String call,
        String untried,
        Optional<Outcome> predicted,
        boolean agrees,
        DecidingRule rule,
        String reason,
        Optional<Doubt> doubt,
        List<Remedy> remedies,
        List<Member> members,
        List<String> notes) {

    /**
     * Several reasons, of which nobody can say which it is.
     *
     * @param because why not
     * @param reasons each that fits
     */
    public record Doubt(String because, List<String> reasons) {
        /** Returns all of it as one sentence. */
        String sentence() {
            return begin() + ": " + String.join("; or ", reasons);
        }

        /** Returns how a list of the reasons begins. */
        public String begin() {
            return "one of these, as " + because;
        }
    }

    /**
     * A socket that has the port.
     *
     * @param socket what was found of it
     * @param user the name of its user
     * @param inTheWay whether it is why the bind fails
     */
    public record Member(PortSockets.Found socket, Optional<String> user, boolean inTheWay) {}

    /**
     * A change that is enough.
     *
     * @param text what to do
     * @param tried whether it was tried on this kernel; else the rules were asked
     * @param changes the same for a program: each of them is to be made, in this order
     */
    public record Remedy(String text, boolean tried, List<Change> changes) {}

    /** Returns the same with one note more. */
    Explanation noting(String note) {
        return new Explanation(
                verdict,
                call,
                untried,
                predicted,
                agrees,
                rule,
                reason,
                doubt,
                remedies,
                members,
                Stream.concat(notes.stream(), Stream.of(note)).toList());
    }
}
