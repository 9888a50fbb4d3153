package dev.reuseport.cli;

import dev.reuseport.bind.Runner;
import dev.reuseport.sys.Libc;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The process of another user that {@code try} starts for {@code uid=N}: calls come on stdin, one a line. */
@Command(name = BindAsCommand.NAME, hidden = true, header = "Make calls that come on stdin, as another user.")
final class BindAsCommand implements Callable<Integer> {
    static final String NAME = "bind-as";

    @Parameters(paramLabel = "UID")
    private int uid;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Libc.seteuid(uid);
        Runner.serve(
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
                spec.commandLine().getOut());
        return ExitCode.OK;
    }
}
