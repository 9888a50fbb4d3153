package dev.reuseport.experiment.group;

import dev.reuseport.socket.Mode;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * This program, to be started once more, and the command lines of its own that it starts.
 *
 * @param command what starts it
 */
public record OwnProgram(List<String> command) {
    /** Has the receiver that {@code serve} starts accept nothing until it is released. */
    public static final String BUSY = "--busy";

    /** The command that makes calls as another user; a user's number follows. */
    public static final String BIND_AS = "bind-as";

    public OwnProgram {
        command = List.copyOf(command);
    }

    /** Finds it: the launcher if that started this one, else the same java and class path, whose entry is the class {@code main}. */
    public static OwnProgram of(String main) {
        String launcher = System.getProperty("reuseport.launcher");
        if (launcher != null) {
            return new OwnProgram(List.of(launcher));
        }
        String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
        String classPath = System.getProperty("java.class.path");
        if (classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator)) {
            return new OwnProgram(List.of(java, "-jar", classPath));
        }
        // What the jar's manifest says.
        return new OwnProgram(List.of(
                java,
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                "-cp",
                classPath,
                main));
    }

    /** What follows the program's name. */
    public record Line(List<String> words) {
        private static final Pattern PLAIN = Pattern.compile("[\\w.,:=/@%+-]+");

        public Line {
            words = List.copyOf(words);
        }

        private Line with(String... more) {
            List<String> all = new ArrayList<>(words);
            all.addAll(List.of(more));
            return new Line(all);
        }

        /** Adds {@code --mode}. */
        public Line mode(Mode mode) {
            return with("--mode", mode.toString());
        }

        /** Adds {@code --listen-addr}. */
        public Line listenAddr(String host) {
            return with("--listen-addr", host);
        }

        /** Adds {@code --listen-port}. */
        public Line listenPort(int port) {
            return with("--listen-port", Integer.toString(port));
        }

        /** Adds {@code --backlog}. */
        public Line backlog(int connections) {
            return with("--backlog", Integer.toString(connections));
        }

        /** Adds {@code --without-reuseport}. */
        public Line withoutReuseport() {
            return with("--without-reuseport");
        }

        /** Adds {@link OwnProgram#BUSY}. */
        public Line busy() {
            return with(BUSY);
        }

        /** Adds {@code --count}. */
        public Line count(int messages) {
            return with("--count", Integer.toString(messages));
        }

        /** As somebody would type it: in quotes what a shell would read otherwise, as zsh does {@code [::1]:80}. */
        @Override
        public String toString() {
            return "reuseport " + words.stream().map(Line::quoted).collect(Collectors.joining(" "));
        }

        private static String quoted(String word) {
            return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
        }
    }

    /** Begins {@code serve}. */
    public static Line serve() {
        return new Line(List.of("serve"));
    }

    /** Begins {@code send}. */
    public static Line send(String endpoint, String message) {
        return new Line(List.of("send", endpoint, message));
    }

    /** {@code restart}, with an answer to be read. */
    public static Line restart(int queued) {
        return new Line(List.of("restart", "--queued", Integer.toString(queued), "--format", "json"));
    }

    /** Returns the whole command of a process that ends with this one: see {@link Parent}. */
    public List<String> starting(Line line) {
        return whole(line.with(Parent.OPTION));
    }

    /** Begins a command whose answer is to be read. */
    public static Line asking(List<String> command) {
        return new Line(command).with("--format", "json");
    }

    /** Returns the command that makes calls as another user, whose number is to follow. The calls come on its stdin. */
    public List<String> bindAs() {
        return whole(new Line(List.of(BIND_AS)));
    }

    private List<String> whole(Line line) {
        List<String> whole = new ArrayList<>(command);
        whole.addAll(line.words());
        return whole;
    }
}
