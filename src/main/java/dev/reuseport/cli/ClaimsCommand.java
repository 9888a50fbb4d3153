package dev.reuseport.cli;

import dev.reuseport.experiment.Claims;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.print.ClaimsJson;
import dev.reuseport.print.Json;
import java.io.IOException;
import java.io.PrintWriter;
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
        Claims.Report result = new Claims(OwnProgram.of(Main.class)).run();
        PrintWriter out = spec.commandLine().getOut();
        if (format.get() == Format.JSON) {
            Json.print(out, ClaimsJson.of(result));
        } else {
            print(out, result);
        }
        return result.allJudged() ? ExitCode.OK : Main.NOT_POSSIBLE;
    }

    static void print(PrintWriter out, Claims.Report result) {
        out.println("The article's claims on " + result.kernel() + ":");
        for (Claims.Claim claim : result.claims()) {
            out.println();
            out.println(claim.id() + ": " + claim.verdict());
            out.println("    claim     " + claim.claim());
            out.println("    evidence  " + claim.evidence());
        }
    }
}
