package dev.reuseport.cli;

import dev.reuseport.abi.Const;
import dev.reuseport.experiment.group.RunningGroups;
import dev.reuseport.print.group.ListAnswer;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport list}. */
final class ListCommand extends Command {
    /** How it prints. */
    enum Form {
        TEXT,
        JSON,
        OPENMETRICS
    }

    private final Supplier<String> which = argument(
            String.class,
            PositionalParamSpec.builder()
                    .index("0")
                    .arity("0..1")
                    .paramLabel("tcp|udp")
                    .defaultValue("")
                    .description("Of one protocol. Default: both."));

    private final WatchOptions watch = new WatchOptions(this);

    private final Supplier<Form> form =
            option(Form.class, "--format", "text|json|openmetrics", "text", "Default: ${DEFAULT-VALUE}.");

    ListCommand() {
        super("list", "List every listener and UDP socket here: holder, flags, queue, limit and drops.");
        spec.usageMessage()
                .description(
                        "Of this network namespace: each TCP socket that listens and each UDP socket that is bound and not"
                                + " connected, with the process that has it, its user, SO_REUSEADDR and SO_REUSEPORT"
                                + " (which ss does not show), its accept queue and the limit of that, of UDP its receive"
                                + " queue and buffer in bytes, and what it dropped. It changes nothing.",
                        "")
                .footer(
                        "",
                        "What may not be seen is ?, and a line says what would help. openmetrics is a text that ends with"
                                + " # EOF, for a textfile collector; it leaves out what is not known.",
                        "Ctrl-C ends --watch, with status 130. Linux.",
                        "Try: reuseport list",
                        "     reuseport list udp --watch",
                        "     reuseport list --format openmetrics > reuseport.prom");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Const> protocols = which.get().isEmpty()
                ? RunningGroups.PROTOCOLS
                : List.of(Arguments.protocol(which.get())
                        .orElseThrow(() -> Arguments.wrong(spec, "tcp or udp, not '" + which.get() + "'")));
        watch.check();
        if (form.get() == Form.OPENMETRICS && !watch.once()) {
            throw Arguments.wrong(spec, "openmetrics is of one look: not with --watch or --count");
        }
        Syscalls syscalls = Binding.JNR.load();
        RunningGroups groups = RunningGroups.all(syscalls, Proc.ofHost(), protocols);
        if (!watch.once()) {
            ListAnswer first = new ListAnswer(groups.look(), syscalls::userName, true);
            watch.repeat(first, () -> new ListAnswer(groups.look(), syscalls::userName, true), form.get() == Form.JSON);
            return ExitCode.OK;
        }
        ListAnswer answer = new ListAnswer(groups.look(), syscalls::userName, false);
        switch (form.get()) {
            case TEXT -> print(answer);
            case JSON -> answer.json().print(out());
            case OPENMETRICS -> answer.printMetrics(out());
        }
        return ExitCode.OK;
    }
}
