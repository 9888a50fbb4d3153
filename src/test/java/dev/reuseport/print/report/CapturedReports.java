package dev.reuseport.print.report;

import dev.reuseport.experiment.report.Report;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Reports that were written elsewhere, packed. */
public final class CapturedReports {
    private CapturedReports() {}

    /** One kernel, 6.18.44 on x86-64, on a JDK. */
    static Report linux(int jdk) throws IOException {
        return Report.parse(text(jdk));
    }

    /** Returns it as it was written. */
    public static String text(int jdk) throws IOException {
        Path file = Path.of("src/test/resources/report/linux-6.18-jdk" + jdk + ".json.gz");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
