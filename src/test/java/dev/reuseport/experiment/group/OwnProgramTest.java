package dev.reuseport.experiment.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class OwnProgramTest {
    private final OwnProgram program = new OwnProgram(List.of("java", "-jar", "reuseport.jar"));

    @Test
    void whatIsStartedEndsWithItsParent() {
        assertEquals(
                List.of("java", "-jar", "reuseport.jar", "serve", "--listen-port", "0", "--parent-on-stdin"),
                program.starting(OwnProgram.serve().listenPort(0)));
    }

    @Test
    void whoReadsCallsFromStdinHasNoParentThere() {
        assertEquals(List.of("java", "-jar", "reuseport.jar", "bind-as"), program.bindAs());
    }

    @Test
    void aLineIsShownAsSomebodyWouldTypeIt() {
        assertEquals(
                "reuseport send '[::1]:60001' AAAA --count 10",
                OwnProgram.send("[::1]:60001", "AAAA").count(10).toString());
    }
}
