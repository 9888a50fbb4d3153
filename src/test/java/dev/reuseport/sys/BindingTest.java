package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

final class BindingTest {
    @Test
    @EnabledForJreRange(max = JRE.JAVA_21, disabledReason = "Java 22 has java.lang.foreign")
    void anOlderJavaSaysWhatItLacksInOneSentence() {
        NotPossibleException missing = assertThrows(NotPossibleException.class, Binding.FFM::load);
        assertEquals(
                "java.lang.foreign needs Java 22 or newer, and this is Java "
                        + Runtime.version().feature(),
                missing.getMessage());
    }
}
