package dev.reuseport.cli;

import dev.reuseport.experiment.report.Differences;
import dev.reuseport.experiment.report.Report;
import dev.reuseport.print.report.DiffAnswer;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport diff}. */
final class DiffCommand extends Command {
    private static final long LARGEST_FILE = 1 << 26;

    /** How it prints. */
    enum Form {
        TEXT,
        JSON,
        HTML
    }

    private final Supplier<Path> left = report("A.json", "0");

    private final Supplier<Path> right = report("B.json", "1");

    private final Supplier<Form> form =
            option(Form.class, "--format", "text|json|html", "text", "Default: ${DEFAULT-VALUE}.");

    DiffCommand() {
        super("diff", "Say what two reports say differently, and why.");
        spec.usageMessage()
                .description(
                        "Takes two files that report wrote, of two hosts, kernels, JDKs or users. Grouped: numbers, sizes"
                                + " of answers, defaults, refusals, bind outcomes, distribution, settings. Ports,"
                                + " processes, cookies, times and counts of chance never count.",
                        "")
                .footer(
                        "",
                        "Exit 0 if the tables or rules know why of each difference, 1 if it is not known why of any.",
                        "Try: reuseport diff linux.json mac.json",
                        "     reuseport diff a.json b.json --format html > diff.html");
    }

    private Supplier<Path> report(String label, String index) {
        return argument(
                Path.class,
                PositionalParamSpec.builder().index(index).paramLabel(label).description("A report in JSON."));
    }

    @Override
    public Integer call() {
        Report one = read(left.get());
        Report other = read(right.get());
        DiffAnswer answer = new DiffAnswer(one, other, Differences.of(one, other));
        switch (form.get()) {
            case TEXT -> print(answer);
            case JSON -> answer.json().print(out());
            case HTML -> out().print(answer.page());
        }
        return answer.unknown() == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private Report read(Path file) {
        String why;
        try {
            if (Files.size(file) > LARGEST_FILE) {
                why = "it is too long for a report";
            } else {
                return Report.parse(Files.readString(file));
            }
        } catch (IllegalArgumentException e) {
            why = e.getMessage();
        } catch (NoSuchFileException e) {
            why = "there is no such file";
        } catch (AccessDeniedException e) {
            why = "it may not be read";
        } catch (CharacterCodingException e) {
            why = "it is not UTF-8";
        } catch (IOException e) {
            why = e.getMessage();
        }
        throw Arguments.wrong(spec, file + ": " + why);
    }
}
