package dev.reuseport.sys;

import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

@EnabledForJreRange(min = JRE.JAVA_22, disabledReason = "java.lang.foreign needs Java 22")
final class FfmSyscallsTest extends BindingContract {
    @Override
    Syscalls open() {
        try {
            return Binding.FFM.load();
        } catch (NotPossibleException e) {
            throw new AssertionError(e);
        }
    }
}
