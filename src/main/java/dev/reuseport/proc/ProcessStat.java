package dev.reuseport.proc;

import java.util.Optional;
import java.util.Set;

/**
 * The numbers of {@code /proc/PID/stat} that stand behind the name, whatever the name is ({@code proc_pid_stat(5)}).
 *
 * @param lives whether it has neither exited nor waits for somebody to take note of that
 * @param stopped whether it was told to stop, by a signal or by a debugger
 * @param parent its parent's number; 0 if that is outside of this pid namespace
 * @param session the number of the process that began its session; 0 if that is outside of this pid namespace
 * @param began when it began, in ticks since the boot
 */
record ProcessStat(boolean lives, boolean stopped, int parent, int session, long began) {
    private static final int STATE = 0;
    private static final int PPID = 1;
    private static final int SESSION = 3;
    private static final int STARTTIME = 19;

    /** Zombie and dead. */
    private static final Set<String> GONE = Set.of("Z", "X");

    private static final Set<String> STOPPED = Set.of("T", "t");

    /** Reads it; empty if the process is gone. */
    static Optional<ProcessStat> of(ProcFile file) {
        String stat = file.text();
        // The name stands in parentheses, and may hold spaces and parentheses itself.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        if (fields.length <= STARTTIME) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ProcessStat(
                    !GONE.contains(fields[STATE]),
                    STOPPED.contains(fields[STATE]),
                    Integer.parseInt(fields[PPID]),
                    Integer.parseInt(fields[SESSION]),
                    Long.parseUnsignedLong(fields[STARTTIME])));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
