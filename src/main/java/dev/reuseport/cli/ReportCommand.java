package dev.reuseport.cli;

import dev.reuseport.experiment.report.Report;
import dev.reuseport.experiment.report.ReportRun;
import dev.reuseport.print.Json;
import dev.reuseport.print.Progress;
import dev.reuseport.print.report.ReportPage;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.Binding;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;

/** {@code reuseport report}. */
final class ReportCommand extends Command {
    private static final String HTML = ".html";
    private static final String JSON = ".json";

    private final Supplier<Path> file = option(
            Path.class, "--out", "FILE", null, "Where it goes: FILE.html or FILE.json. Default: JSON on stdout.");

    private final String version;

    ReportCommand(String version) {
        super("report", "Say all that this program can say of this host, in one document.");
        this.version = version;
        spec.usageMessage()
                .description(
                        "System, CPU, JDK, privileges and settings; the numbers, every option by mode, family and type,"
                                + " compare, the cases of the bind rules run and predicted, claims, spread, restart, and"
                                + " how long a start takes. A part that is not possible here says why in its place."
                                + " The page is one file for a browser, and begins with what is unusual here.",
                        "")
                .footer(
                        "",
                        "It opens sockets on loopback alone and takes some twenty seconds. Exit 0 once the document is"
                                + " written, whatever its parts say. diff compares two of them.",
                        "Try: reuseport report --out here.html",
                        "     reuseport report --out here.json");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        String name = file.get() == null ? JSON : file.get().toString().toLowerCase(Locale.ROOT);
        if (!name.endsWith(HTML) && !name.endsWith(JSON)) {
            throw Arguments.wrong(spec, "--out takes a file that ends in .html or .json, not '" + file.get() + "'");
        }
        if (file.get() != null
                && (Files.isDirectory(file.get()) || !mayBeWritten(file.get().toAbsolutePath()))) {
            throw new IOException("the report cannot be written to " + file.get());
        }
        Report report = run();
        if (file.get() == null) {
            Json.of(report.json()).print(out());
            return ExitCode.OK;
        }
        StringWriter text = new StringWriter();
        if (name.endsWith(HTML)) {
            text.append(ReportPage.of(report));
        } else {
            Json.of(report.json()).print(new PrintWriter(text));
        }
        boolean there = Files.exists(file.get());
        try {
            Files.writeString(file.get(), text.toString());
        } catch (IOException e) {
            if (!there) {
                Files.deleteIfExists(file.get());
            }
            throw new IOException("the report cannot be written to " + file.get() + ": " + e.getMessage(), e);
        }
        return ExitCode.OK;
    }

    /** Known before half a minute has passed. */
    private static boolean mayBeWritten(Path file) {
        boolean leadsNowhere = Files.isSymbolicLink(file) && !Files.exists(file);
        return Files.exists(file) ? Files.isWritable(file) : !leadsNowhere && Files.isWritable(file.getParent());
    }

    private Report run() throws IOException, InterruptedException {
        AtomicInteger done = new AtomicInteger();
        try (Progress progress = new Progress(err(), true)) {
            return new ReportRun(
                            ownProgram(),
                            Proc.ofHost(),
                            Binding.JNR.load(),
                            version,
                            part -> progress.show(done.incrementAndGet() + " of " + ReportRun.runs() + ": " + part))
                    .run();
        }
    }
}
