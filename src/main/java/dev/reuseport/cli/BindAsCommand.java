package dev.reuseport.cli;

import dev.reuseport.bind.run.Runner;
import dev.reuseport.experiment.group.OwnProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The process of another user that {@code try} starts for {@code uid=N}: calls come on stdin, one a line. */
final class BindAsCommand extends Command {
    static final String NAME = OwnProgram.BIND_AS;

    private final Supplier<Integer> uid =
            argument(int.class, PositionalParamSpec.builder().paramLabel("UID").description("Who makes them."));

    BindAsCommand() {
        super(NAME, "Make calls that come on stdin, as another user.");
    }

    @Override
    public Integer call() throws IOException {
        Runner.serve(uid.get(), new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)), out());
        return ExitCode.OK;
    }
}
