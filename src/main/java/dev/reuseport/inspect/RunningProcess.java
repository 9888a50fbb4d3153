package dev.reuseport.inspect;

import dev.reuseport.sys.ProcFile;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What {@code /proc/PID} tells everybody about a process.
 *
 * @param pid its number
 * @param command its name of at most 15 bytes ({@code /proc/PID/comm}); empty if it is gone
 * @param uid its effective user; empty if it is gone
 */
public record RunningProcess(int pid, String command, OptionalInt uid) {

    /** Reads it; a process that is gone has neither name nor user. */
    public static RunningProcess of(int pid) {
        Path directory = Path.of("/proc", Integer.toString(pid));
        // A process names itself: control characters would reach the terminal.
        String command = new ProcFile(directory.resolve("comm")).text().strip().replaceAll("\\p{Cntrl}", "?");
        OptionalLong uid = new ProcFile(directory.resolve("status")).field("Uid:", 2, 10);
        return new RunningProcess(
                pid, command, uid.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) uid.getAsLong()));
    }

    /** {@code pid 191 (python3)}. */
    @Override
    public String toString() {
        return "pid " + pid + (command.isEmpty() ? "" : " (" + command + ")");
    }
}
