package dev.reuseport.proc;

import dev.reuseport.sys.Printable;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What {@code /proc/PID} tells everybody about a process.
 *
 * @param pid its number
 * @param command its name of at most 15 bytes ({@code /proc/PID/comm}), which it chose itself; empty if it is gone
 * @param uid its effective user; empty if it is gone
 */
public record RunningProcess(int pid, Printable command, OptionalInt uid) {
    private static final long LAST_UID = 0xffffffffL;

    /** Reads it; a process that is gone has neither name nor user. */
    static RunningProcess of(int pid, ProcFile comm, ProcFile status) {
        OptionalLong uid = status.field("Uid:", 2, 10);
        boolean known = uid.isPresent() && Long.compareUnsigned(uid.getAsLong(), LAST_UID) <= 0;
        return new RunningProcess(
                pid, comm.printable(), known ? OptionalInt.of((int) uid.getAsLong()) : OptionalInt.empty());
    }

    /** {@code pid 191 (python3)}. */
    @Override
    public String toString() {
        return "pid " + pid + (command.isEmpty() ? "" : " (" + command + ")");
    }
}
