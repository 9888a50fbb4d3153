package dev.reuseport.cli;

import dev.reuseport.bind.Runner;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Libc;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The process of another user that {@code try} starts for {@code uid=N}: calls come on stdin, one a line. */
final class BindAsCommand extends Command {
    static final String NAME = "bind-as";

    private final Supplier<Integer> uid =
            argument(int.class, PositionalParamSpec.builder().paramLabel("UID").description("Who makes them."));

    BindAsCommand() {
        super(NAME, "Make calls that come on stdin, as another user.");
    }

    @Override
    public Integer call() throws IOException {
        BufferedReader calls = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintWriter answers = spec.commandLine().getOut();
        try {
            Libc.seteuid(uid.get());
        } catch (ErrnoException e) {
            // Root in a container may lack it.
            String why =
                    "uid=" + Integer.toUnsignedString(uid.get()) + " needs root with CAP_SETUID: " + e.getMessage();
            Runner.refuse(calls, answers, why);
            return Main.NOT_POSSIBLE;
        }
        Runner.serve(calls, answers);
        return ExitCode.OK;
    }
}
