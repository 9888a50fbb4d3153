package dev.reuseport.cli;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.UnsupportedAbiException;
import dev.reuseport.socket.NotDefinedException;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.NotPossibleException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code reuseport}: the command that all others hang from, and what every failure is printed as. */
@Command(
        name = "reuseport",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        header = "A workbench for SO_REUSEPORT.",
        description = {
            "Opens TCP listeners by calling libc itself and through the JDK, reads back what the kernel really holds,"
                    + " and says where they differ and why.",
            ""
        },
        footer = {
            "",
            "Exit status: 0 done; 1 the operation failed; 2 wrong arguments; 3 not possible on this platform or without"
                    + " this privilege.",
            "Begin with: reuseport demo"
        })
public final class Main implements Runnable {
    /** Not possible on this platform or without this privilege. */
    static final int NOT_POSSIBLE = 3;

    /** What this program calls itself by, and no help shows. */
    private static final Map<String, Class<?>> UNLISTED =
            Map.of(BindAsCommand.NAME, BindAsCommand.class, RehearseCommand.NAME, RehearseCommand.class);

    @Option(
            names = "--stacktrace",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Print the stack trace of a failure.")
    private boolean stacktrace;

    @Spec
    private CommandSpec spec;

    /** The version in the jar's manifest. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"reuseport " + (version == null ? "(not packaged)" : version)};
        }
    }

    /** Every command but picocli's own, in the order of the help. */
    private static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("demo", DemoCommand.class);
        commands.put("serve", ServeCommand.class);
        commands.put("send", SendCommand.class);
        commands.put("inspect", InspectCommand.class);
        commands.put("abi", AbiCommand.class);
        commands.put("explain", ExplainCommand.class);
        commands.put("compare", CompareCommand.class);
        commands.put("try", TryCommand.class);
        commands.put("spread", SpreadCommand.class);
        commands.put("restart", RestartCommand.class);
        commands.put("claims", ClaimsCommand.class);
        return commands;
    }

    /** Runs one command and ends the process with its exit status. */
    public static void main(String[] arguments) {
        Stdout stdout = new Stdout();
        PrintWriter out = new PrintWriter(stdout, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        CommandLine line = commandLine(out, err, arguments.length == 0 ? "" : arguments[0]);
        int status;
        try {
            status = line.execute(arguments);
        } catch (LinkageError e) {
            err.println("reuseport: the native part of jffi cannot be loaded here: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given"));
            status = NOT_POSSIBLE;
        }
        out.flush();
        System.exit(ended(status, out, stdout.nobodyReads() ? new PrintWriter(Writer.nullWriter()) : err));
    }

    /** The process's stdout, which remembers why it could not be written: a {@link PrintWriter} tells no more than that. */
    private static final class Stdout extends FilterOutputStream {
        private String failure = "";

        Stdout() {
            super(new FileOutputStream(FileDescriptor.out));
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            try {
                out.write(bytes, from, length);
            } catch (IOException e) {
                failure = String.valueOf(e.getMessage());
                throw e;
            }
        }

        /** Tells whether the other end of a pipe was closed, as {@code head} does when it has seen enough. */
        boolean nobodyReads() {
            if (failure.isEmpty()) {
                return false;
            }
            Abi abi = Abi.host();
            return failure.equals(Errno.of(abi, -abi.number(Const.EPIPE)).message());
        }
    }

    /**
     * Looks whether the answer could be written, to a full disk or to a pipe that nobody reads: a {@link PrintWriter} throws
     * nothing.
     *
     * @return the exit status
     */
    static int ended(int status, PrintWriter out, PrintWriter err) {
        if (out.checkError() && status == CommandLine.ExitCode.OK) {
            err.println("reuseport: the answer could not be written to stdout");
            return CommandLine.ExitCode.SOFTWARE;
        }
        return status;
    }

    /** Builds the command line over the given writers. */
    static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        return commandLine(out, err, "");
    }

    /** Builds the one command that is named, because reading all of them is half of a start; else all. */
    static CommandLine commandLine(PrintWriter out, PrintWriter err, String named) {
        Main main = new Main();
        CommandLine line = new CommandLine(main);
        Map<String, Class<?>> commands = commands();
        if (commands.containsKey(named)) {
            line.addSubcommand(named, commands.get(named));
        } else if (UNLISTED.containsKey(named)) {
            line.addSubcommand(named, UNLISTED.get(named));
        } else {
            commands.forEach(line::addSubcommand);
            line.addSubcommand(new AutoComplete.GenerateCompletion());
        }
        return line.setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(Main::wrongArguments)
                .setExecutionExceptionHandler((failure, command, parsed) -> main.failed(failure, command));
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int wrongArguments(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        String what = wrong.getMessage().lines().findFirst().orElse("wrong arguments");
        command.getErr().println(name + ": " + what + " (see " + name + " --help)");
        return CommandLine.ExitCode.USAGE;
    }

    private int failed(Exception failure, CommandLine command) throws Exception {
        if (stacktrace) {
            failure.printStackTrace(command.getErr());
        }
        String name = command.getCommandSpec().qualifiedName();
        if (failure instanceof NotDefinedException
                || failure instanceof NotPossibleException
                || failure instanceof UnsupportedAbiException) {
            command.getErr().println(name + ": " + failure.getMessage());
            return NOT_POSSIBLE;
        }
        if (failure instanceof IOException) {
            command.getErr().println(name + ": " + failure.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
        command.getErr().println(name + ": " + failure + " (a mistake of this program; --stacktrace shows where)");
        return CommandLine.ExitCode.SOFTWARE;
    }
}
