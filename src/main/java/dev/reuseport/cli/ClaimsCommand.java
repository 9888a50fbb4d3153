package dev.reuseport.cli;

import dev.reuseport.experiment.Claims;
import dev.reuseport.print.ClaimsAnswer;
import java.io.IOException;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;

/** {@code reuseport claims}. */
final class ClaimsCommand extends Command {
    private final Supplier<Format> format = format();

    ClaimsCommand() {
        super("claims", "Put each statement of the article to this kernel.");
        spec.usageMessage()
                .description(
                        "holds, fails, depends (on a setting of the kernel) or notTested, with what was seen. Nothing"
                                + " is known beforehand: every verdict comes from sockets opened now, on loopback.",
                        "")
                .footer(
                        "",
                        "Exit 0 when all could be judged, else 3. same-user needs root, socket-activation systemd, and"
                                + " restart-is-free under both settings a network namespace of its own.",
                        "Try: reuseport claims --format json");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Claims.Report result = new Claims(ownProgram()).run();
        report(new ClaimsAnswer(result), format);
        return result.allJudged() ? ExitCode.OK : NOT_POSSIBLE;
    }
}
