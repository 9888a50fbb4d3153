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

    /** Debian 12's kernel, 6.1.176, booted in an emulated machine with one CPU of x86-64, on JDK 17. */
    static Report debian12() throws IOException {
        return Report.parse(unpacked("linux-6.1-jdk17"));
    }

    /** The same kernel's calls through QEMU's user mode, for which this is a little-endian MIPS, on JDK 17. */
    static Report mips64el() throws IOException {
        return Report.parse(unpacked("linux-6.18-mips64el"));
    }

    /** Returns one of 6.18.44 as it was written. */
    public static String text(int jdk) throws IOException {
        return unpacked("linux-6.18-jdk" + jdk);
    }

    private static String unpacked(String name) throws IOException {
        Path file = Path.of("src/test/resources/report/" + name + ".json.gz");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
