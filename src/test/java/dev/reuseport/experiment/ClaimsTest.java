package dev.reuseport.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Const;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Simulated: systems on which a claim does not hold that holds on those that run this. */
@Timeout(60)
final class ClaimsTest {
    private final Syscalls host = new JnrSyscalls();

    @Test
    void aSecondListenerThatIsRefusedIsAFailure() throws Exception {
        AtomicInteger binds = new AtomicInteger();
        Syscalls refusing = Watched.of(
                host,
                (call, arguments) -> call.equals("bind") && binds.incrementAndGet() == 2
                        ? OptionalInt.of(-host.abi().number(Const.EADDRINUSE))
                        : OptionalInt.empty());
        Claims.Finding finding = new Claims(new OwnProgram(List.of()), refusing).severalListeners();
        assertEquals(Claims.Standing.FAILS, finding.verdict());
        assertTrue(finding.evidence().endsWith(": EADDRINUSE"), finding.evidence());
    }

    @Test
    void aSecondProcessThatDoesNotListenIsAFailure(@TempDir Path folder) throws Exception {
        String receiver = "mkdir \"$0\" && echo \"Listening sockname=('127.0.0.1', 1)\" && exec sleep 60;"
                + " echo 'OSError: [Errno 98] Address already in use'; exit 1";
        List<String> command =
                List.of("sh", "-c", receiver, folder.resolve("first").toString());
        Claims.Finding finding = new Claims(new OwnProgram(command), host).severalListeners();
        assertEquals(Claims.Standing.FAILS, finding.verdict());
        assertTrue(finding.evidence().contains("Address already in use"), finding.evidence());
    }
}
