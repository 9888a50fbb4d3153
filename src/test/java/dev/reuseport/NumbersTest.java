package dev.reuseport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Const;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * No number of a platform stands outside {@code abi}.
 *
 * <p>Four rules, each blind to comments and strings:
 *
 * <ol>
 *   <li>A number above 2 is in the list of its file, {@code architecture/numbers.txt}, which says what it is there. A shift
 *       of two smaller ones, {@code 1 << 2}, is such a number too, and is in no list.
 *   <li>Where a call of {@link Syscalls} takes a number of the platform, no number is written at all, but for a whole
 *       argument 0 where it means "none".
 *   <li>Nothing that is called errno, and no {@code number()}, is compared with a number, nor anything with a negative one
 *       other than -1.
 *   <li>No field with the name of a C symbol gets a number.
 * </ol>
 */
final class NumbersTest {
    /** What everybody writes: nothing, one, a pair. The other rules look at these too. */
    private static final long LARGEST_UNLISTED = 2;

    private static final Path LIST = Path.of("src/test/resources/architecture/numbers.txt");

    /** The arguments of each call that are numbers of the platform, counted from 0. */
    private static final Map<String, Set<Integer>> PLATFORMS_ARGUMENTS = Map.ofEntries(
            Map.entry("socket", Set.of(0, 1, 2)),
            Map.entry("setsockopt", Set.of(1, 2)),
            Map.entry("getsockopt", Set.of(1, 2)),
            Map.entry("bind", Set.of()),
            Map.entry("listen", Set.of()),
            Map.entry("accept", Set.of()),
            Map.entry("accept4", Set.of(1)),
            Map.entry("connect", Set.of()),
            Map.entry("getsockname", Set.of()),
            Map.entry("getpeername", Set.of()),
            Map.entry("recv", Set.of(4)),
            Map.entry("send", Set.of(4)),
            Map.entry("sendmsg", Set.of(2)),
            Map.entry("recvmsg", Set.of(2)),
            Map.entry("shutdown", Set.of(1)),
            Map.entry("fcntl", Set.of(1, 2)),
            Map.entry("ioctl", Set.of(1)),
            Map.entry("poll", Set.of()),
            Map.entry("pipe", Set.of()),
            Map.entry("read", Set.of()),
            Map.entry("write", Set.of()),
            Map.entry("dup", Set.of()),
            Map.entry("close", Set.of()),
            Map.entry("pidfd_open", Set.of(1)),
            Map.entry("pidfd_getfd", Set.of(2)),
            Map.entry("setns", Set.of(1)),
            Map.entry("geteuid", Set.of()),
            Map.entry("userName", Set.of(0)),
            Map.entry("seteuid", Set.of(0)),
            Map.entry("strerror", Set.of(0)),
            Map.entry("release", Set.of()),
            Map.entry("allocate", Set.of()),
            Map.entry("abi", Set.of()));

    /** Ours, with numbers that go straight down. */
    private static final Map<String, Set<Integer>> OWN_ARGUMENTS = Map.of("getRaw", Set.of(0, 1));

    private static final Pattern NUMBER =
            Pattern.compile("(?<![\\w.])(0[xX][0-9a-fA-F_]+|0[bB][01_]+|[0-9][0-9_]*)([lLfFdD]?)(?![\\w.])");

    private static final Pattern SHIFTED = Pattern.compile("(?<![\\w.])[12]\\s*<<\\s*[12](?!\\w)");

    private static final Pattern COMPARED = Pattern.compile(
            "(?:(?i:errno)\\w*(?:\\(\\))?|\\.number\\(\\))\\s*(?:[=!]=|[<>]=?)\\s*-?[0-9]|[=!]=\\s*-[0-9]+\\b");

    private static final Pattern NAMED = Pattern.compile("\\b([A-Z][A-Z0-9_]+)\\s*=\\s*-?[0-9]");

    private record Wrong(SourceFile file, int at, String what) {
        @Override
        public String toString() {
            return file.name() + ":" + file.line(at) + " " + what;
        }
    }

    private static long value(String literal) {
        String digits = literal.replace("_", "");
        if (digits.startsWith("0b") || digits.startsWith("0B")) {
            return Long.parseUnsignedLong(digits.substring(2), 2);
        }
        return digits.startsWith("0x") || digits.startsWith("0X")
                ? Long.parseUnsignedLong(digits.substring(2), 16)
                : Long.decode(digits);
    }

    private static List<Wrong> unlisted(SourceFile file, Set<Long> listed) {
        List<Wrong> wrong = new ArrayList<>();
        Matcher numbers = NUMBER.matcher(file.code());
        while (numbers.find()) {
            long value = value(numbers.group(1));
            if ((value < 0 || value > LARGEST_UNLISTED) && !listed.contains(value)) {
                wrong.add(new Wrong(file, numbers.start(), numbers.group() + " is not listed"));
            }
        }
        Matcher shifts = SHIFTED.matcher(file.code());
        while (shifts.find()) {
            wrong.add(new Wrong(file, shifts.start(), shifts.group() + " is not listed"));
        }
        return wrong;
    }

    private static List<Wrong> passed(SourceFile file) {
        List<Wrong> wrong = new ArrayList<>();
        Map<String, Set<Integer>> calls = new LinkedHashMap<>(PLATFORMS_ARGUMENTS);
        calls.putAll(OWN_ARGUMENTS);
        Matcher begins = Pattern.compile("[.\\s(](" + String.join("|", calls.keySet()) + ")\\(")
                .matcher(file.code());
        while (begins.find()) {
            String call = begins.group(1);
            List<String> arguments = arguments(file.code(), begins.end());
            for (int index : calls.get(call)) {
                if (index < arguments.size()) {
                    String argument = arguments.get(index);
                    if (!argument.equals("0") && NUMBER.matcher(argument).find()) {
                        wrong.add(new Wrong(file, begins.start(1), call + " gets " + argument));
                    }
                }
            }
        }
        return wrong;
    }

    /** The arguments of a call, from behind its parenthesis. */
    private static List<String> arguments(String code, int from) {
        List<String> arguments = new ArrayList<>();
        int depth = 0;
        int begin = from;
        for (int at = from; at < code.length(); at++) {
            char letter = code.charAt(at);
            if (letter == '(' || letter == '[' || letter == '{') {
                depth++;
            } else if (depth > 0 && (letter == ')' || letter == ']' || letter == '}')) {
                depth--;
            } else if (depth == 0 && (letter == ',' || letter == ')')) {
                arguments.add(code.substring(begin, at).strip());
                begin = at + 1;
                if (letter == ')') {
                    break;
                }
            }
        }
        return arguments;
    }

    private static List<Wrong> compared(SourceFile file) {
        List<Wrong> wrong = new ArrayList<>();
        Matcher comparisons = COMPARED.matcher(file.code());
        while (comparisons.find()) {
            if (!comparisons.group().matches("[=!]=\\s*-1")) {
                wrong.add(new Wrong(file, comparisons.start(), comparisons.group() + " compares with a number"));
            }
        }
        return wrong;
    }

    private static List<Wrong> named(SourceFile file) {
        Set<String> symbols = Stream.of(Const.values()).map(Const::name).collect(Collectors.toSet());
        List<Wrong> wrong = new ArrayList<>();
        Matcher fields = NAMED.matcher(file.code());
        while (fields.find()) {
            String name = fields.group(1);
            if (symbols.contains(name) || name.matches("(SOL?|SOCK|IPPROTO|AF|PF|MSG|SHUT|CAP)_.*")) {
                wrong.add(new Wrong(file, fields.start(), name + " is a C symbol"));
            }
        }
        return wrong;
    }

    private static List<Wrong> wrong(SourceFile file, Set<Long> listed) {
        return Stream.of(unlisted(file, listed), passed(file), compared(file), named(file))
                .flatMap(List::stream)
                .toList();
    }

    /** The list: {@code FILE | NUMBERS | what they are}. */
    private static Map<String, Set<Long>> list() {
        Map<String, Set<Long>> list = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(LIST)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    String[] parts = line.split("\\|");
                    assertEquals(3, parts.length, () -> "FILE | NUMBERS | REASON, not: " + line);
                    assertTrue(parts[2].strip().length() > 5, () -> "no reason in: " + line);
                    Set<Long> numbers = Arrays.stream(parts[1].strip().split("\\s+"))
                            .map(NumbersTest::value)
                            .collect(Collectors.toCollection(TreeSet::new));
                    assertTrue(list.put(parts[0].strip(), numbers) == null, () -> "twice in the list: " + line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return list;
    }

    private static List<SourceFile> outsideAbi() {
        return SourceFile.all().stream()
                .filter(file -> !file.room().equals("abi"))
                .toList();
    }

    @Test
    void noNumberOfAPlatformStandsOutsideAbi() {
        Map<String, Set<Long>> list = list();
        List<String> wrong = outsideAbi().stream()
                .flatMap(file -> wrong(file, list.getOrDefault(file.name(), Set.of())).stream())
                .map(Wrong::toString)
                .toList();
        assertTrue(
                wrong.isEmpty(),
                () -> "Is it a platform's? Then it belongs into abi. If not, " + LIST + " says what it is:\n"
                        + String.join("\n", wrong));
    }

    @Test
    void nothingIsListedThatIsNotThere() {
        Map<String, Set<Long>> unused = list();
        for (SourceFile file : outsideAbi()) {
            Set<Long> numbers = unused.getOrDefault(file.name(), new TreeSet<>());
            Matcher found = NUMBER.matcher(file.code());
            while (found.find()) {
                numbers.remove(value(found.group(1)));
            }
            if (numbers.isEmpty()) {
                unused.remove(file.name());
            }
        }
        assertEquals(Map.of(), unused);
    }

    /** A call that is added to the interface is classified here, or this fails. */
    @Test
    void theArgumentsOfEveryCallAreClassified() {
        Map<String, Integer> arity = Stream.of(Syscalls.class.getDeclaredMethods())
                .filter(method -> !method.isSynthetic())
                .collect(Collectors.toMap(Method::getName, Method::getParameterCount));
        assertEquals(arity.keySet(), PLATFORMS_ARGUMENTS.keySet());
        PLATFORMS_ARGUMENTS.forEach((call, indexes) ->
                indexes.forEach(index -> assertTrue(index < arity.get(call), () -> call + " has no " + index)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "syscalls.setsockopt(fd, 1, abi.number(X), one, 4);                 | setsockopt gets 1",
                "syscalls.setsockopt(fd, level(a, b), 2, one, Integer.BYTES);       | setsockopt gets 2",
                "syscalls.getsockopt(fd, abi.number(L), flag ? 2 : 4, one, length); | getsockopt gets flag ? 2 : 4",
                "system.socket(2, abi.number(T), 0);                                | socket gets 2",
                "system.socket(abi.number(F), abi.number(T) + 2, 0);                 | socket gets abi.number(T) + 2",
                "libc.fcntl(fd, 2, 1);                                              | fcntl gets 2",
                "libc.shutdown(fd, 1);                                              | shutdown gets 1",
                "libc.recv(fd, buf, 0, 16, 2);                                      | recv gets 2",
                "libc.send(fd, buf, 0, 16, 0x4000);                                 | send gets 0x4000",
                "socket.getRaw(1, abi.number(N), 4);                                | getRaw gets 1",
                "if (errno.number() == 1) {                                         | compares with a number",
                "if (e.errno().number() != 2) {                                     | compares with a number",
                "boolean b = errno >= 1;                                            | compares with a number",
                "if (result == -2) {                                                | compares with a number",
                "static final int SO_REUSEADDR = 2;                                 | SO_REUSEADDR is a C symbol",
                "int SOL_NEW = 1, CAP_KILL = 1;                                     | CAP_KILL is a C symbol",
                "static final int EPERM = 1;                                        | EPERM is a C symbol",
                "int reuse = 15;                                                    | 15 is not listed",
                "long reuse = 0x200L;                                               | 0x200L is not listed",
                "int level = 0xffff;                                                | 0xffff is not listed",
                "int flag = 0b1000;                                                 | 0b1000 is not listed",
                "int octal = 017;                                                   | 017 is not listed",
                "int grouped = 1_000;                                               | 1_000 is not listed",
                "int shifted = 1 << 2;                                              | 1 << 2 is not listed",
                "case 98 -> inUse();                                                | 98 is not listed",
                "number = -98;                                                      | 98 is not listed"
            })
    void aNumberInDisguiseIsNoticed(String line, String complaint) {
        List<Wrong> wrong = wrong(SourceFile.of("socket/X.java", line), Set.of());
        assertTrue(wrong.stream().anyMatch(each -> each.what().endsWith(complaint)), wrong::toString);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "syscalls.socket(abi.number(F), abi.number(T), 0);",
                "syscalls.setsockopt(fd, abi.number(L), abi.number(N), one, Integer.BYTES);",
                "syscalls.recv(fd, buf, 0, 1, abi.number(F)); syscalls.fcntl(fd, abi.number(G), 0);",
                "socket.listen(1); socket.bind(address); socket(); new Socket(); map.put(socket, 2);",
                "if (result < 0 || fd == -1 || count == 0) {",
                "int sum = 1 + 2; int sixteen = Integer.SIZE / 2; String utf16, x86_64, v4 = null;",
                "String s = text(); // 98, SO_REUSEPORT = 15",
                "/* errno == 98 */ double half = .5;"
            })
    void whatIsNoneIsNot(String line) {
        assertEquals(List.of(), wrong(SourceFile.of("socket/X.java", line), Set.of()));
    }

    @Test
    void numbersInStringsAreWords() {
        assertEquals(
                List.of(),
                wrong(
                        SourceFile.of("cli/X.java", "print(\"errno == 98, \\\" 0x200\" + '7' + \"\"\"\n 15 \"\"\");"),
                        Set.of()));
    }
}
