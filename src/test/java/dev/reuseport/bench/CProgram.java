package dev.reuseport.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** C that stands beside the benchmarks, compiled by the host's {@code cc} when it is needed. */
final class CProgram {
    private CProgram() {}

    /** Compiles {@code name.c} as a program. */
    static Path program(Path folder, String name) throws IOException, InterruptedException {
        return compile(folder, name, name, List.of());
    }

    /** Compiles {@code name.c} as a library to be loaded. */
    static Path library(Path folder, String name) throws IOException, InterruptedException {
        return compile(folder, name, System.mapLibraryName(name), List.of("-shared", "-fPIC"));
    }

    private static Path compile(Path folder, String name, String output, List<String> flags)
            throws IOException, InterruptedException {
        Path source = resource(folder, name + ".c");
        Path compiled = folder.resolve(output);
        List<String> command = new ArrayList<>(List.of("cc", "-O2", "-Wall"));
        command.addAll(flags);
        command.addAll(List.of("-o", compiled.toString(), source.toString()));
        Process cc = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(cc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (cc.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said);
        }
        return compiled;
    }

    /** Lays out a file that lies beside this class. */
    static Path resource(Path folder, String name) throws IOException {
        Files.createDirectories(folder);
        try (InputStream in = CProgram.class.getResourceAsStream(name)) {
            Path file = folder.resolve(name);
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            return file;
        }
    }
}
