package dev.reuseport.inspect;

import dev.reuseport.abi.LinuxBits;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.ProcFile;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What stands between this process and the descriptors of another: ptrace(2), "Ptrace access mode checking". */
final class Privilege {
    private Privilege() {}

    /** Says what would let this process look into one of that user's, as far as can be told from here. */
    static String advice(Proc proc, int euid, OptionalInt targetUid) {
        ProcFile self = proc.ownStatus();
        OptionalLong capabilities = self.capabilities();
        boolean mayTrace = (capabilities.orElse(0) >>> LinuxBits.CAP_SYS_PTRACE & 1) != 0;
        boolean filtered = self.field("Seccomp:", 1, 10).orElse(0) == LinuxBits.SECCOMP_MODE_FILTER;
        String scope = proc.sysctl("kernel.yama.ptrace_scope").text().strip();
        return advice(euid, mayTrace, filtered, scope, targetUid);
    }

    /**
     * As above, from the facts.
     *
     * @param scope kernel.yama.ptrace_scope, empty without Yama
     */
    static String advice(int euid, boolean mayTrace, boolean filtered, String scope, OptionalInt targetUid) {
        List<String> causes = new ArrayList<>();
        if (!mayTrace && targetUid.isPresent() && targetUid.getAsInt() != euid) {
            causes.add("it belongs to uid " + Integer.toUnsignedString(targetUid.getAsInt()) + " and this is uid "
                    + Integer.toUnsignedString(euid) + ": run as that user, or with CAP_SYS_PTRACE (root)");
        } else if (!mayTrace && (scope.equals("1") || scope.equals("2"))) {
            causes.add("Yama lets no process look into another of the same user (kernel.yama.ptrace_scope is " + scope
                    + "): run with CAP_SYS_PTRACE (root)" + (scope.equals("1") ? ", or set it to 0" : ""));
        }
        if (scope.equals("3")) {
            causes.add(
                    "Yama lets nobody look into another process (kernel.yama.ptrace_scope is 3) until the next boot");
        }
        if (filtered) {
            causes.add("this process runs under a seccomp filter, as in a container, which must allow pidfd_getfd"
                    + " (docker run --cap-add SYS_PTRACE)");
        }
        if (causes.isEmpty()) {
            causes.add(
                    "it may have given up being looked into (PR_SET_DUMPABLE), or live in another user namespace: run"
                            + " with CAP_SYS_PTRACE (root) there");
        }
        return String.join("; or ", causes);
    }
}
