package dev.reuseport.cli;

import dev.reuseport.experiment.Claims;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reuseport claims}. */
@Command(
        name = "claims",
        mixinStandardHelpOptions = true,
        header = "Put each statement of the article to this kernel.",
        description = {
            "holds, fails, depends (on a setting of the kernel) or notTested, with what was seen. Nothing is known"
                    + " beforehand: every verdict comes from sockets opened now, on loopback.",
            ""
        },
        footer = {
            "",
            "Exit 0 when all could be judged, else 3. same-user needs root, socket-activation systemd, and"
                    + " restart-is-free under both settings a network namespace of its own.",
            "Try: reuseport claims --format json"
        })
final class ClaimsCommand implements Callable<Integer> {
    @Option(names = "--format", defaultValue = "text", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private Format format;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Claims.Result result = new Claims(DemoCommand.ownCommand()).run();
        PrintWriter out = spec.commandLine().getOut();
        if (format == Format.JSON) {
            Json.print(out, ClaimsJson.of(result));
        } else {
            print(out, result);
        }
        return result.allJudged() ? ExitCode.OK : Main.NOT_POSSIBLE;
    }

    static void print(PrintWriter out, Claims.Result result) {
        out.println("The article's claims on " + result.kernel() + ":");
        for (Claims.Claim claim : result.claims()) {
            out.println();
            out.println(claim.id() + ": " + claim.verdict());
            out.println("    claim     " + claim.claim());
            out.println("    evidence  " + claim.evidence());
        }
    }
}
