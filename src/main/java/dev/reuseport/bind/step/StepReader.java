package dev.reuseport.bind.step;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.Setting;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
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
    private static final String BEGINNINGS =
            "tcp, udp, listen, close, shutdown, set, connect, client-close or server-close";

    private static final Map<String, Step.Verb> VERBS =
            Stream.of(Step.Verb.values()).collect(Collectors.toMap(Step.Verb::toString, verb -> verb));

    private final List<Case> cases = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Protocol> sockets = new ArrayList<>();
    private int line;

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
        switch (verb.text) {
            case "tcp" -> steps.add(open(Protocol.TCP, words, end));
            case "udp" -> steps.add(open(Protocol.UDP, words, end));
            case "set" -> {
                int socket = socket(words, end);
                Word setting = word(words, 2, end, "an option, as SO_REUSEPORT=1");
                noMore(words, 3);
                steps.add(new Step.Set(socket, setting(setting)));
            }
            default -> {
                Step.Verb act = VERBS.get(verb.text);
                if (act == null) {
                    throw wrong(verb, "a step begins with " + BEGINNINGS + ", not '" + verb.text + "'");
                }
                steps.add(new Step.Act(act, act.takesConnection() ? tcp(words, end) : only(words, end)));
            }
        }
    }

    private Step.Open open(Protocol protocol, List<Word> words, int end) throws StepSyntaxException {
        Step.Endpoint to = endpoint(word(words, 1, end, "ADDR:PORT, as [::1]:0 or 127.0.0.1:@1"));
        List<Setting<?>> settings = new ArrayList<>();
        OptionalInt uid = OptionalInt.empty();
        boolean listen = false;
        for (Word word : words.subList(2, words.size())) {
            if (word.text.equals("listen")) {
                listen = true;
            } else if (word.text.startsWith("uid=")) {
                uid = OptionalInt.of(number(
                        word.text.substring(4), word.column + 4, 0, Integer.MAX_VALUE, "an effective user's number"));
            } else {
                settings.add(setting(word));
            }
        }
        sockets.add(protocol);
        return new Step.Open(protocol, to, List.copyOf(settings), uid, listen);
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
                : new Step.Port.Of(earlier(endpoint.group(PORT), portAt));
        if (scope.chars().allMatch(Character::isDigit) && !scope.isEmpty()) {
            number(scope, where.column + endpoint.start(SCOPE), 1, Integer.MAX_VALUE, "an interface's number");
        }
        return new Step.Endpoint(address(where, endpoint.group(ipv6 ? IPV6 : IPV4)), scope, port);
    }

    private Sockaddr address(Word where, String host) throws StepSyntaxException {
        try {
            return Sockaddr.resolve(host, 0);
        } catch (UnknownHostException e) {
            throw wrong(where, "'" + host + "' is no address");
        }
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
        if (sockets.get(socket - 1) != Protocol.TCP) {
            throw wrong(words.get(1), "socket " + socket + " is udp: it has no connections");
        }
        return socket;
    }

    private int socket(List<Word> words, int end) throws StepSyntaxException {
        Word word = word(words, 1, end, "the number of an earlier socket");
        return earlier(word.text, word.column);
    }

    private int earlier(String digits, int column) throws StepSyntaxException {
        if (sockets.isEmpty()) {
            throw new StepSyntaxException(line, column, "no socket was opened before");
        }
        return number(digits, column, 1, sockets.size(), "the number of an earlier socket");
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
