package dev.reuseport;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the packaged program in a network namespace of its own where one can be made, so that it disturbs nobody. */
public final class Namespace {
    private Namespace() {}

    /** Tells whether one can be made, which takes {@code unshare(1)}, {@code ip(8)} and the privilege. */
    public static boolean possible() throws InterruptedException {
        return command("true").get(0).equals("unshare");
    }

    /** Starts the program with these arguments. */
    public static Launched launch(String... arguments) throws IOException, InterruptedException {
        return launchAfter("true", arguments);
    }

    /** Runs a piece of shell there first, as {@code ulimit -n 200}. */
    public static Launched launchAfter(String shell, String... arguments) throws IOException, InterruptedException {
        List<String> whole = new ArrayList<>(command(shell));
        whole.add(Launched.launcher().toString());
        whole.addAll(List.of(arguments));
        return new Launched(new ProcessBuilder(whole));
    }

    private static List<String> command(String shell) throws InterruptedException {
        for (List<String> unshare : List.of(List.of("unshare", "-n"), List.of("unshare", "-r", "-n"))) {
            List<String> whole = new ArrayList<>(unshare);
            whole.addAll(List.of("sh", "-c", "ip link set lo up && exec true"));
            if (succeeds(whole)) {
                whole.set(whole.size() - 1, "ip link set lo up && " + shell + " && exec \"$0\" \"$@\"");
                return whole;
            }
        }
        return List.of("sh", "-c", shell + " && exec \"$0\" \"$@\"");
    }

    private static boolean succeeds(List<String> command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
