package dev.reuseport.cli;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.UnsupportedAbiException;
import dev.reuseport.cli.help.HelpPage;
import dev.reuseport.cli.value.Similar;
import dev.reuseport.experiment.group.Parent;
import dev.reuseport.print.Sheet;
import dev.reuseport.print.Stdout;
import dev.reuseport.socket.NotDefinedException;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Terminal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code reuseport}: the command that all others hang from, and what every failure is printed as. */
public final class Main implements Runnable {
    private static final int LONGEST_MESSAGE = 1000;

    /** What this program calls itself by, and no help shows. */
    private static final Map<String, Supplier<Command>> UNLISTED =
            Map.of(BindAsCommand.NAME, BindAsCommand::new, RehearseCommand.NAME, () -> new RehearseCommand(Main::run));

    private final CommandSpec spec =
            CommandSpec.wrapWithoutInspection(this, new Command.Factory()).name("reuseport");
    private final OptionSpec stacktrace = OptionSpec.builder("--stacktrace")
            .type(boolean.class)
            .initialValue(false)
            .scopeType(CommandLine.ScopeType.INHERIT)
            .description("Print the stack trace of a failure.")
            .build();
    private final OptionSpec parentOnStdin = OptionSpec.builder(Parent.OPTION)
            .type(boolean.class)
            .initialValue(false)
            .hidden(true)
            .scopeType(CommandLine.ScopeType.INHERIT)
            .build();
    private final Parent parent = new Parent();

    private Main() {
        spec.addOption(stacktrace);
        spec.addOption(parentOnStdin);
        spec.usageMessage()
                .header("A workbench for SO_REUSEPORT.")
                .description(
                        "Opens TCP listeners by calling libc itself and through the JDK, reads back what the kernel"
                                + " really holds, and says where they differ and why.",
                        "")
                .footer(
                        "",
                        "Exit status: 0 done; 1 the operation failed; 2 wrong arguments; 3 not possible on this"
                                + " platform or without this privilege.",
                        "Begin with: reuseport demo");
    }

    /** The version in the jar's manifest, or that of the module where the Java runtime has this program in it. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            Module module = Main.class.getModule();
            String version = module.isNamed()
                    ? module.getDescriptor().rawVersion().orElse(null)
                    : Main.class.getPackage().getImplementationVersion();
            return new String[] {"reuseport " + (version == null ? "(not packaged)" : version)};
        }
    }

    /** Every command but picocli's own, in the order of the help. */
    private Map<String, Supplier<Command>> commands() {
        Map<String, Supplier<Command>> commands = new LinkedHashMap<>();
        commands.put("demo", DemoCommand::new);
        commands.put("serve", () -> new ServeCommand(parent));
        commands.put("send", SendCommand::new);
        commands.put("inspect", InspectCommand::new);
        commands.put("abi", AbiCommand::new);
        commands.put("explain", ExplainCommand::new);
        commands.put("group", GroupCommand::new);
        commands.put("list", ListCommand::new);
        commands.put("compare", CompareCommand::new);
        commands.put("try", TryCommand::new);
        commands.put("spread", SpreadCommand::new);
        commands.put("restart", RestartCommand::new);
        commands.put("claims", ClaimsCommand::new);
        commands.put("report", () -> new ReportCommand(new Version().getVersion()[0]));
        commands.put("diff", DiffCommand::new);
        return commands;
    }

    private static void run(List<String> command, PrintWriter to) {
        commandLine(to, to, command.get(0)).execute(command.toArray(String[]::new));
    }

    /** Runs one command and ends the process with its exit status. */
    public static void main(String[] arguments) throws NotPossibleException {
        // No value here is one of these, and picocli would load them all for each command.
        System.setProperty("picocli.converters.excludes", "java[.](time|sql)[.].*");
        Stdout out = new Stdout(new FileOutputStream(FileDescriptor.out), () -> Terminal.is(Terminal.STDOUT));
        PrintWriter err =
                new Sheet(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), Main::errorColumns, false);
        CommandLine line = commandLine(out, err, arguments.length == 0 ? "" : arguments[0]);
        int status;
        try {
            status = line.execute(arguments);
        } catch (LinkageError e) {
            err.println("reuseport: the native part of jffi cannot be loaded here: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given"));
            status = Command.NOT_POSSIBLE;
        } catch (VirtualMachineError e) {
            err.println("reuseport: not enough memory: " + e + " (java's -Xmx gives it more)");
            status = CommandLine.ExitCode.SOFTWARE;
        }
        out.flush();
        int ended = ended(status, out, nobodyReads(out) ? new PrintWriter(Writer.nullWriter()) : err);
        // An exit looks for a logger to tell (JDK 21), in all of the jar; where nothing else runs, none is needed.
        if (ended != CommandLine.ExitCode.OK || Thread.activeCount() > 1) {
            System.exit(ended);
        }
    }

    private static int errorColumns() {
        try {
            return Terminal.is(Terminal.STDERR) ? Terminal.size(Terminal.STDERR).columns() : Sheet.UNBOUNDED;
        } catch (LinkageError e) {
            return Sheet.UNBOUNDED; // that is being said
        }
    }

    /** Tells whether the other end of a pipe was closed, as {@code head} does when it has seen enough. */
    private static boolean nobodyReads(Stdout out) throws NotPossibleException {
        if (out.failure().isEmpty()) {
            return false;
        }
        try {
            Syscalls syscalls = Binding.JNR.load();
            Errno closed = Errno.of(syscalls, -syscalls.abi().number(Const.EPIPE));
            return out.failure().equals(closed.message());
        } catch (LinkageError e) {
            return false; // that has been said
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
        CommandLine line = new CommandLine(withHelp(main.spec), new Command.Factory());
        Map<String, Supplier<Command>> commands = main.commands();
        Supplier<Command> one = commands.getOrDefault(named, UNLISTED.get(named));
        if (one == null) {
            commands.values().forEach(each -> line.addSubcommand(withHelp(each.get().spec)));
            line.addSubcommand(new AutoComplete.GenerateCompletion());
            line.addSubcommand(new CommandLine.HelpCommand());
        } else {
            line.addSubcommand(withHelp(one.get().spec));
        }
        return line.setOut(out)
                .setErr(err)
                .setExpandAtFiles(false) // @NAME is a name of AF_UNIX
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setHelpSectionKeys(List.of(HelpPage.SECTION))
                .setHelpSectionMap(Map.of(HelpPage.SECTION, HelpPage::of))
                .setExecutionStrategy(main::execute)
                .setParameterExceptionHandler(Main::wrongArguments)
                .setExecutionExceptionHandler((failure, command, parsed) -> main.failed(failure, command));
    }

    /** Adds what every command takes; picocli's own mixin for it is annotated. */
    private static CommandSpec withHelp(CommandSpec spec) {
        return spec.versionProvider(new Version())
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .type(boolean.class)
                        .description("Show this help message and exit.")
                        .build())
                .addOption(OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .type(boolean.class)
                        .description("Print version information and exit.")
                        .build());
    }

    private int execute(ParseResult parsed) {
        if (parentOnStdin.<Boolean>getValue()) {
            // An exit as SIGTERM is one: a receiver answers what is queued.
            parent.watch(System.in, () -> System.exit(CommandLine.ExitCode.SOFTWARE));
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int wrongArguments(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        String what = wrong instanceof CommandLine.UnmatchedArgumentException unmatched
                ? unknown(unmatched.getUnmatched().get(0), command)
                : wrong.getMessage().lines().findFirst().orElse("wrong arguments");
        command.getErr().println(name + ": " + line(what) + " (see " + name + " --help)");
        return CommandLine.ExitCode.USAGE;
    }

    /** Names a word that means nothing here, and what may have been meant. */
    private static String unknown(String word, CommandLine command) {
        boolean option = word.startsWith("-");
        boolean ofCommands = command.getParent() == null;
        Set<String> known = option
                ? command.getCommandSpec().optionsMap().keySet()
                : ofCommands ? command.getSubcommands().keySet() : Set.of();
        String what = option ? "no option " : ofCommands ? "no command " : "nothing more is taken, and not ";
        return what + "'" + word + "'" + Similar.hint(word, known);
    }

    /** What was typed, or read from a file of somebody else's, may stand in a message. */
    private static String line(String message) {
        String text = String.valueOf(message);
        String most = text.length() <= LONGEST_MESSAGE
                ? text
                : text.substring(0, LONGEST_MESSAGE / 2) + " ... "
                        + text.substring(text.length() - LONGEST_MESSAGE / 2);
        return new Printable(most).toString();
    }

    private int failed(Exception failure, CommandLine command) throws Exception {
        if (stacktrace.getValue()) {
            failure.printStackTrace(command.getErr());
        }
        String name = command.getCommandSpec().qualifiedName();
        Optional<String> lacking = failure instanceof IOException call && command.getCommand() instanceof Command failed
                ? Ipv6Hint.of(call, failed)
                : Optional.empty();
        String message = failure.getMessage() + lacking.map(": "::concat).orElse("");
        if (lacking.isPresent()
                || failure instanceof NotDefinedException
                || failure instanceof NotPossibleException
                || failure instanceof UnsupportedAbiException) {
            command.getErr().println(name + ": " + line(message));
            return Command.NOT_POSSIBLE;
        }
        if (failure instanceof IOException) {
            command.getErr().println(name + ": " + line(message));
            return CommandLine.ExitCode.SOFTWARE;
        }
        command.getErr()
                .println(name + ": " + line(failure.toString())
                        + " (a mistake of this program; --stacktrace shows where)");
        return CommandLine.ExitCode.SOFTWARE;
    }
}
