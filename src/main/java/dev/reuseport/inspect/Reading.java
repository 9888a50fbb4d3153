package dev.reuseport.inspect;

import dev.reuseport.option.SockOpt;
import dev.reuseport.socket.OptionSocket;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Printable;
import java.util.List;

/**
 * What one option was set to when it was read.
 *
 * @param option the option
 * @param probe the answer
 */
public record Reading(SockOpt<?> option, Probe<?> probe) {

    /** Reads each option of a socket. */
    public static List<Reading> all(OptionSocket socket, List<SockOpt<?>> options) {
        return options.stream()
                .map(option -> new Reading(option, socket.get(option)))
                .toList();
    }

    /** Returns the decoded value as people read it; only of an answer that is a value. */
    public String text() {
        return text(option, probe);
    }

    @SuppressWarnings("unchecked") // a socket answers with the option's own type
    private static <T> String text(SockOpt<T> option, Probe<?> probe) {
        // The name of a device or of a congestion control may come from elsewhere.
        return new Printable(option.codec().text(((Probe.Value<T>) probe).value())).toString();
    }
}
