package dev.reuseport.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How long {@code group} takes for 4,096 members and 50,000 connections, beside {@code ss -tanp}, and what {@code --watch}
 * takes of a core. Needs root, {@code unshare(1)}, {@code ip(8)} and {@code ss(8)}.
 */
final class LargeGroup {
    private final Path folder;
    private final int rounds;

    LargeGroup(Path folder, int rounds) {
        this.folder = folder;
        this.rounds = rounds;
    }

    String run() throws IOException, InterruptedException {
        Process scene = new ProcessBuilder(
                        "unshare",
                        "-n",
                        "-pf",
                        "--kill-child",
                        "--mount-proc",
                        Rivals.python(),
                        CProgram.resource(folder, "large_group.py").toString(),
                        Rivals.launcher(),
                        Integer.toString(rounds))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Rounds millis = new Rounds();
        List<String> shares = new ArrayList<>();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(scene.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                int space = line.lastIndexOf(' ');
                double value = Double.parseDouble(line.substring(space + 1));
                if (line.startsWith("share ")) {
                    shares.add("%.0f %%".formatted(100 * value));
                } else {
                    millis.add(line.substring(0, space), 1000 * value);
                }
            }
        } finally {
            scene.destroy();
        }
        if (scene.waitFor() != 0) {
            throw new IOException("the scene ended with " + scene.exitValue());
        }
        return "4,096 members, 50,000 connections, " + rounds + " rounds\n\n"
                + millis.table("ms", "ss -tanp")
                + "\ngroup --watch=1s, of a core: " + String.join(", then ", shares) + "\n";
    }
}
