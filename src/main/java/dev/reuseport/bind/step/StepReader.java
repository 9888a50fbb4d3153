package dev.reuseport.bind.step;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Fact;
import dev.reuseport.bind.host.Host;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads cases: a step a line, empty lines between cases, {@code #} begins a comment. It opens nothing and asks no name
 * server.
 */
public final class StepReader {
    private static final Pattern WORD = Pattern.compile("\\S+");
    private static final Pattern ENDPOINT =
            Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)(?:%([^\\]]+))?]|([0-9.]+)):(@?)([0-9]+)");
    private static final int IPV6 = 1;
    private static final int SCOPE = 2;
    private static final int IPV4 = 3;
    private static final int EARLIER = 4;
    private static final int PORT = 5;
    private static final Pattern OPENING = Pattern.compile("(tcp|udp)([46]?)");
    private static final String BEGINNINGS =
            "tcp, udp (or tcp4, tcp6, udp4, udp6), unbound, unix, bind, listen, close, shutdown,"
                    + " dup, fork, set, read, connect, send, client-close, server-close or host";

    private static final String NUMBER = "the number of an earlier socket";
    private static final Set<String> TYPES = Set.of("stream", "dgram");
    private static final String WHERE = "ADDR:PORT, as [::1]:0 or 127.0.0.1:@1";

    private static final Map<String, Step.Verb> VERBS =
            Stream.of(Step.Verb.values()).collect(Collectors.toMap(Step.Verb::toString, verb -> verb));

    private final List<Case> cases = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Opened> sockets = new ArrayList<>();
    private int line;

    /** What a step can be done to. */
    private enum Kind {
        TCP,
        UDP,
        /** AF_UNIX, SOCK_STREAM. */
        STREAM,
        /** AF_UNIX, SOCK_DGRAM. */
        DGRAM;

        boolean unix() {
            return this == STREAM || this == DGRAM;
        }

        boolean connections() {
            return this == TCP || this == STREAM;
        }

        @Override
        public String toString() {
            return unix() ? "unix" : name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A socket of the case.
     *
     * @param held whether it is in another process, which only holds it
     */
    private record Opened(Kind kind, boolean held) {}

    private record Word(String text, int column) {}

    private StepReader() {}

    /** Reads a whole text. */
    public static List<Case> read(String text) throws StepSyntaxException {
        return read(text.lines().toList());
    }

    /**
     * Reads lines, each a step, empty, or a comment.
     *
     * @throws StepSyntaxException naming line and column of the first mistake
     */
    public static List<Case> read(List<String> lines) throws StepSyntaxException {
        StepReader reader = new StepReader();
        for (String text : lines) {
            reader.line++;
            int comment = text.indexOf('#');
            String stripped = (comment < 0 ? text : text.substring(0, comment)).stripTrailing();
            if (!stripped.isEmpty()) {
                reader.step(stripped);
            } else if (comment < 0) {
                reader.endCase();
            }
        }
        reader.endCase();
        return List.copyOf(reader.cases);
    }

    /** Reads {@code ADDR:PORT} alone, which has no earlier socket to name. */
    public static Step.Endpoint endpoint(String text) throws StepSyntaxException {
        return new StepReader().endpoint(new Word(text, 1));
    }

    private void endCase() {
        if (!steps.isEmpty()) {
            cases.add(new Case(steps));
            steps.clear();
            sockets.clear();
        }
    }

    private void step(String text) throws StepSyntaxException {
        List<Word> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(new Word(matcher.group(), matcher.start() + 1));
        }
        Word verb = words.get(0);
        int end = text.length() + 1;
        Matcher opening = OPENING.matcher(verb.text);
        if (opening.matches()) {
            steps.add(open(opening, words, end));
            return;
        }
        switch (verb.text) {
            case "unix" -> steps.add(unix(words, end));
            case "unbound" -> steps.add(unbound(words, end));
            case "host" -> steps.add(suppose(words, text));
            case "bind" -> {
                int socket = withPort(words, end);
                Step.Endpoint to = endpoint(word(words, 2, end, WHERE));
                noMore(words, 3);
                steps.add(new Step.Bind(socket, to));
            }
            case "connect" -> steps.add(connect(words, end));
            case "send" -> {
                int socket = socket(words, end);
                if (sockets.get(socket - 1).kind != Kind.UDP) {
                    throw wrong(
                            words.get(1),
                            "socket " + socket + " is " + sockets.get(socket - 1).kind
                                    + ": it sends no datagrams to a port");
                }
                Step.Endpoint to = endpoint(word(words, 2, end, WHERE));
                noMore(words, 3);
                steps.add(new Step.Send(socket, to));
            }
            case "set" -> {
                int socket = socket(words, end);
                Word setting = word(words, 2, end, "an option, as SO_REUSEPORT=1");
                noMore(words, 3);
                steps.add(new Step.Set(socket, setting(setting)));
            }
            case "read" -> {
                int socket = socket(words, end);
                Word option = word(words, 2, end, "an option, as SO_REUSEPORT");
                noMore(words, 3);
                steps.add(new Step.Read(socket, option(option)));
            }
            default -> {
                Step.Verb act = VERBS.get(verb.text);
                if (act == null) {
                    throw wrong(verb, "a step begins with " + BEGINNINGS + ", not '" + verb.text + "'");
                }
                int socket = act == Step.Verb.CLOSE
                        ? closed(words, end)
                        : act.takesConnection() ? tcp(words, end) : only(words, end);
                if (act == Step.Verb.DUP || act == Step.Verb.FORK) {
                    sockets.add(new Opened(sockets.get(socket - 1).kind, act == Step.Verb.FORK));
                }
                steps.add(new Step.Act(act, socket));
            }
        }
    }

    private Step connect(List<Word> words, int end) throws StepSyntaxException {
        int socket = socket(words, end);
        int next = 2;
        Optional<Step.Endpoint> to = Optional.empty();
        if (words.size() > next && !words.get(next).text.equals("from")) {
            withPort(socket, words.get(1).column);
            to = Optional.of(endpoint(words.get(next++)));
        }
        if (words.size() > next) {
            if (!words.get(next).text.equals("from")) {
                throw wrong(words.get(next), "'" + words.get(next).text + "' is too much here");
            }
            Word from = word(words, next + 1, end, "the number of the socket that connects");
            noMore(words, next + 2);
            int client = here(from);
            withPort(socket, words.get(1).column);
            withPort(client, from.column);
            return new Step.ConnectFrom(socket, to, client);
        }
        return to.isPresent() ? new Step.Connect(socket, to.get()) : new Step.Act(Step.Verb.CONNECT, tcp(words, end));
    }

    private Step.Open open(Matcher opening, List<Word> words, int end) throws StepSyntaxException {
        Step.Endpoint to = endpoint(word(words, 1, end, WHERE));
        Tail tail = tail(words, true);
        Protocol protocol = protocol(opening);
        sockets.add(new Opened(protocol == Protocol.TCP ? Kind.TCP : Kind.UDP, false));
        return new Step.Open(protocol, family(opening), to, tail.settings, tail.uid, tail.listen);
    }

    private Step.Unbound unbound(List<Word> words, int end) throws StepSyntaxException {
        Word kind = word(words, 1, end, "tcp, udp, tcp6 or udp6");
        Matcher opening = OPENING.matcher(kind.text);
        if (!opening.matches()) {
            throw wrong(kind, "'" + kind.text + "' is not tcp, udp, tcp6 or udp6");
        }
        Tail tail = tail(words, false);
        Protocol protocol = protocol(opening);
        sockets.add(new Opened(protocol == Protocol.TCP ? Kind.TCP : Kind.UDP, false));
        Const family = family(opening).orElse(Const.AF_INET);
        return new Step.Unbound(
                new Step.Socket(protocol, family, tail.settings, tail.uid),
                family(opening).isPresent());
    }

    private Step.Unix unix(List<Word> words, int end) throws StepSyntaxException {
        Word name = word(words, 1, end, "a path, or @ and a name");
        if (name.text.equals("@")) {
            throw wrong(name, "behind @ stands a name");
        }
        boolean typed = words.size() > 2 && TYPES.contains(words.get(2).text);
        boolean stream = !typed || words.get(2).text.equals("stream");
        Tail tail = tail(typed ? words.subList(1, words.size()) : words, true);
        sockets.add(new Opened(stream ? Kind.STREAM : Kind.DGRAM, false));
        return new Step.Unix(name.text, stream, tail.settings, tail.uid, tail.listen);
    }

    /** The number of an earlier socket that has a port. */
    private int withPort(List<Word> words, int end) throws StepSyntaxException {
        int socket = socket(words, end);
        withPort(socket, words.get(1).column);
        return socket;
    }

    private void withPort(int socket, int column) throws StepSyntaxException {
        if (sockets.get(socket - 1).kind.unix()) {
            throw new StepSyntaxException(line, column, "socket " + socket + " is unix: it has no port");
        }
    }

    private static Protocol protocol(Matcher opening) {
        return opening.group(1).equals("tcp") ? Protocol.TCP : Protocol.UDP;
    }

    private static Optional<Const> family(Matcher opening) {
        return switch (opening.group(2)) {
            case "4" -> Optional.of(Const.AF_INET);
            case "6" -> Optional.of(Const.AF_INET6);
            default -> Optional.empty();
        };
    }

    /** What stands behind the first two words of a step that opens a socket. */
    private record Tail(List<Setting<?>> settings, OptionalInt uid, boolean listen) {}

    private Tail tail(List<Word> words, boolean mayListen) throws StepSyntaxException {
        List<Setting<?>> settings = new ArrayList<>();
        OptionalInt uid = OptionalInt.empty();
        boolean listen = false;
        for (Word word : words.subList(2, words.size())) {
            if (word.text.equals("listen") && mayListen) {
                listen = true;
            } else if (word.text.startsWith("uid=")) {
                uid = OptionalInt.of(number(
                        word.text.substring(4), word.column + 4, 0, Integer.MAX_VALUE, "an effective user's number"));
            } else {
                settings.add(setting(word));
            }
        }
        return new Tail(List.copyOf(settings), uid, listen);
    }

    private Step.Suppose suppose(List<Word> words, String text) throws StepSyntaxException {
        Word first = word(words, 1, text.length() + 1, "what is supposed of it, as address 192.0.2.1/24%eth0");
        String fact = text.substring(first.column - 1);
        try {
            Fact.with(Host.loopback(), fact);
        } catch (IllegalArgumentException e) {
            throw wrong(first, e.getMessage());
        }
        return new Step.Suppose(fact);
    }

    private Step.Endpoint endpoint(Word where) throws StepSyntaxException {
        Matcher endpoint = ENDPOINT.matcher(where.text);
        if (!endpoint.matches()) {
            throw wrong(where, "'" + where.text + "' is not ADDR:PORT, as [::1]:0, 127.0.0.1:8080 or [::]:@1");
        }
        boolean ipv6 = endpoint.group(IPV6) != null;
        String scope = Objects.requireNonNullElse(endpoint.group(SCOPE), "");
        int portAt = where.column + endpoint.start(EARLIER);
        Step.Port port = endpoint.group(EARLIER).isEmpty()
                ? new Step.Port.Number(number(endpoint.group(PORT), portAt, 0, 0xffff, "a port"))
                : new Step.Port.Of(portOf(endpoint.group(PORT), portAt));
        if (scope.chars().allMatch(Character::isDigit) && !scope.isEmpty()) {
            number(scope, where.column + endpoint.start(SCOPE), 1, Integer.MAX_VALUE, "an interface's number");
        }
        return new Step.Endpoint(address(where, endpoint.group(ipv6 ? IPV6 : IPV4)), scope, port);
    }

    private int portOf(String digits, int column) throws StepSyntaxException {
        int socket = earlier(digits, column);
        withPort(socket, column);
        return socket;
    }

    private Sockaddr address(Word where, String host) throws StepSyntaxException {
        try {
            return Sockaddr.resolve(host, 0);
        } catch (UnknownHostException e) {
            throw wrong(where, "'" + host + "' is no address");
        }
    }

    private SockOpt<?> option(Word word) throws StepSyntaxException {
        SockOpt<?> option = SockOpts.named(word.text.toUpperCase(Locale.ROOT))
                .orElseThrow(() -> wrong(word, "no option is called '" + word.text + "'"));
        if (!option.access().readable()) {
            throw wrong(word, option + " can only be set");
        }
        return option;
    }

    private Setting<?> setting(Word word) throws StepSyntaxException {
        try {
            return Setting.parse(word.text);
        } catch (IllegalArgumentException e) {
            throw wrong(word, e.getMessage());
        }
    }

    private int only(List<Word> words, int end) throws StepSyntaxException {
        int socket = socket(words, end);
        noMore(words, 2);
        return socket;
    }

    private int tcp(List<Word> words, int end) throws StepSyntaxException {
        int socket = only(words, end);
        if (!sockets.get(socket - 1).kind.connections()) {
            throw wrong(
                    words.get(1),
                    "socket " + socket + " is " + sockets.get(socket - 1).kind + ": it has no connections");
        }
        return socket;
    }

    private int socket(List<Word> words, int end) throws StepSyntaxException {
        return here(word(words, 1, end, NUMBER));
    }

    /** Only closing does without the socket itself. */
    private int closed(List<Word> words, int end) throws StepSyntaxException {
        Word word = word(words, 1, end, NUMBER);
        noMore(words, 2);
        return earlier(word.text, word.column);
    }

    private int here(Word word) throws StepSyntaxException {
        int socket = earlier(word.text, word.column);
        if (sockets.get(socket - 1).held) {
            throw wrong(word, "socket " + socket + " is in another process, which only holds it: it can be closed");
        }
        return socket;
    }

    private int earlier(String digits, int column) throws StepSyntaxException {
        if (sockets.isEmpty()) {
            throw new StepSyntaxException(line, column, "no socket was opened before");
        }
        return number(digits, column, 1, sockets.size(), NUMBER);
    }

    private int number(String digits, int column, int least, int most, String what) throws StepSyntaxException {
        try {
            int number = Integer.parseInt(digits);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new StepSyntaxException(line, column, "'" + digits + "' is not " + what + ", " + least + " to " + most);
    }

    private Word word(List<Word> words, int index, int end, String what) throws StepSyntaxException {
        if (index >= words.size()) {
            throw new StepSyntaxException(line, end, "here follows " + what);
        }
        return words.get(index);
    }

    private void noMore(List<Word> words, int count) throws StepSyntaxException {
        if (words.size() > count) {
            throw wrong(words.get(count), "'" + words.get(count).text + "' is too much here");
        }
    }

    private StepSyntaxException wrong(Word word, String message) {
        return new StepSyntaxException(line, word.column, message);
    }
}
