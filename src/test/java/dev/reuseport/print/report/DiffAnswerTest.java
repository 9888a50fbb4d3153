package dev.reuseport.print.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.reuseport.experiment.report.Difference;
import dev.reuseport.experiment.report.Differences;
import dev.reuseport.experiment.report.Report;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Two reports compared: captured ones, and captured ones that were changed in one place. */
final class DiffAnswerTest {
    private static JsonObject answer(Report report, String... way) {
        JsonObject at = report.json().getAsJsonObject("parts");
        for (String step : way) {
            at = at.getAsJsonObject(step);
        }
        return at.getAsJsonObject("answer");
    }

    private static JsonObject named(JsonArray array, String name) {
        for (JsonElement each : array) {
            if (each.getAsJsonObject().get("name").getAsString().equals(name)) {
                return each.getAsJsonObject();
            }
        }
        throw new IllegalArgumentException(name);
    }

    private static Difference only(Report changed) throws IOException {
        List<Difference> found = Differences.of(CapturedReports.linux(17), changed);
        assertEquals(1, found.size(), found::toString);
        return found.get(0);
    }

    @Test
    void aReportDoesNotDifferFromItself() throws IOException {
        assertEquals(List.of(), Differences.of(CapturedReports.linux(17), CapturedReports.linux(17)));
    }

    @Test
    void theJdkIsAllThatTwoJdksOnOneKernelDifferBy() throws IOException {
        List<Difference> found = Differences.of(CapturedReports.linux(17), CapturedReports.linux(25));
        assertTrue(found.stream()
                .anyMatch(each -> each.part().equals("host") && each.what().equals("java")));
        for (Difference each : found) {
            assertTrue(each.reason().isPresent(), each::toString);
        }
    }

    @Test
    void ofTwoKernelsItIsKnownWhyTheyDiffer() throws IOException {
        List<Difference> found = Differences.of(CapturedReports.linux(17), CapturedReports.debian12());
        for (Difference each : found) {
            assertTrue(each.reason().isPresent(), each::toString);
        }
        assertTrue(
                found.stream()
                        .anyMatch(each -> each.group() == Difference.Group.BINDS
                                && each.reason().orElse("").contains("the kernel remembers that all on this port")),
                found::toString);
        Set<String> releases = found.stream()
                .flatMap(each -> Pattern.compile("since Linux ([0-9.]+)")
                        .matcher(each.reason().orElse(""))
                        .results())
                .map(match -> match.group(1))
                .collect(Collectors.toSet());
        assertTrue(releases.containsAll(Set.of("6.9", "6.10", "6.12", "6.16")), releases::toString);
    }

    @Test
    void ofTwoCpusTheTablesKnowWhyTheyDifferAndOfAnEmulatorItsName() throws IOException {
        Report emulated = CapturedReports.mips64el();
        List<Difference> found = Differences.of(CapturedReports.linux(17), emulated);
        assertTrue(
                found.stream()
                        .anyMatch(each -> each.group() == Difference.Group.NUMBERS
                                && each.what().equals("SO_REUSEPORT")
                                && each.left().equals("15")
                                && each.right().equals("512")
                                && each.reason().orElse("").contains("linux and linux-mips")),
                found::toString);
        for (Difference each : found) {
            assertTrue(each.reason().isPresent(), each::toString);
            assertFalse(each.what().endsWith(" SO_TYPE"), "SOCK_STREAM is 1 here and 2 there: " + each);
        }
        emulated.json().getAsJsonObject("host").add("emulator", JsonNull.INSTANCE);
        assertTrue(Differences.of(CapturedReports.linux(17), emulated).stream()
                .anyMatch(
                        each -> each.what().endsWith("IP_MTU") && each.reason().isEmpty()));
        JsonObject type =
                named(answer(emulated, "options", "native inet stream").getAsJsonArray("options"), "SO_TYPE");
        type.addProperty("raw", "03000000");
        type.addProperty("value", 3);
        assertTrue(Differences.of(CapturedReports.linux(17), emulated).stream()
                .anyMatch(each -> each.what().endsWith("native inet stream SOL_SOCKET SO_TYPE")));
    }

    @Test
    void theOrderOfArraysDoesNotCount() throws IOException {
        Report turned = CapturedReports.linux(17);
        for (JsonArray array : List.of(
                answer(turned, "options", "native inet stream").getAsJsonArray("options"),
                answer(turned, "claims").getAsJsonArray("claims"),
                answer(turned, "compare", "inet").getAsJsonArray("rows"),
                answer(turned, "bind", "of one user").getAsJsonArray("cases"))) {
            List<JsonElement> all = new ArrayList<>(array.asList());
            Collections.reverse(all);
            while (!array.isEmpty()) {
                array.remove(0);
            }
            all.forEach(array::add);
        }
        assertEquals(List.of(), Differences.of(CapturedReports.linux(17), turned));
    }

    @Test
    void anotherDefaultIsNotKnownWhyUnlessASettingExplainsIt() throws IOException {
        Report changed = CapturedReports.linux(17);
        JsonArray options = answer(changed, "options", "native inet stream").getAsJsonArray("options");
        named(options, "TCP_KEEPCNT").addProperty("value", 8);
        named(options, "TCP_KEEPCNT").addProperty("raw", "08000000");
        Difference found = only(changed);
        assertEquals(Difference.Group.DEFAULTS, found.group());
        assertEquals("native inet stream IPPROTO_TCP TCP_KEEPCNT", found.what());
        assertEquals(Optional.empty(), found.reason());
        answer(changed, "sysctls").addProperty("net.ipv4.tcp_keepalive_probes", "8");
        List<Difference> both = Differences.of(CapturedReports.linux(17), changed);
        assertEquals(2, both.size());
        assertEquals(
                Optional.of("net.ipv4.tcp_keepalive_probes is not the same"),
                both.get(0).reason());
        assertEquals(Difference.Group.SETTINGS, both.get(1).group());
    }

    @Test
    void aKernelThatDoesOtherwiseThanItsRulesIsNotKnownWhy() throws IOException {
        Report changed = CapturedReports.linux(17);
        JsonObject step = answer(changed, "bind", "of one user")
                .getAsJsonArray("cases")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("steps")
                .get(0)
                .getAsJsonObject();
        step.addProperty("bind", "EACCES");
        step.addProperty("differs", true);
        Difference found = only(changed);
        assertEquals(Difference.Group.BINDS, found.group());
        assertEquals(Optional.empty(), found.reason());
        step.addProperty("differs", false);
        assertTrue(only(changed).reason().orElse("").startsWith("by the rules of each: "));
    }

    @Test
    void aLongerAnswerAndARefusalAndAnUnevenSpreadAreOfTheirGroups() throws IOException {
        Report longer = CapturedReports.linux(17);
        named(answer(longer, "options", "native inet stream").getAsJsonArray("options"), "SO_LINGER")
                .addProperty("raw", "0000000000000000ff");
        assertEquals(Difference.Group.SIZES, only(longer).group());
        Report refused = CapturedReports.linux(17);
        JsonObject option =
                named(answer(refused, "options", "native inet stream").getAsJsonArray("options"), "SO_MARK");
        option.addProperty("status", "refused");
        option.addProperty("errno", "EPERM");
        assertEquals(Difference.Group.REFUSALS, only(refused).group());
        assertEquals(Optional.empty(), only(refused).reason());
        refused.json().getAsJsonObject("host").addProperty("uid", 1000);
        assertTrue(Differences.of(CapturedReports.linux(17), refused).stream()
                .allMatch(each -> each.reason().isPresent()));
        Report uneven = CapturedReports.linux(17);
        answer(uneven, "spread", "tcp 127.0.0.1 8").addProperty("pValue", 0);
        assertEquals(Difference.Group.DISTRIBUTION, only(uneven).group());
        assertEquals(Optional.empty(), only(uneven).reason());
        uneven.json().getAsJsonObject("host").addProperty("system", "Mac OS X");
        assertTrue(Differences.of(CapturedReports.linux(17), uneven).stream()
                .filter(each -> each.part().equals("spread"))
                .allMatch(each -> each.reason().orElse("").contains("by a hash")));
    }

    @Test
    void aNumberThatAnotherProgramRoundedIsTheSame() throws IOException {
        Report rounded = CapturedReports.linux(17);
        named(answer(rounded, "options", "native inet stream").getAsJsonArray("options"), "SO_MAX_PACING_RATE")
                .addProperty("value", 18_446_744_073_709_552_000.0);
        assertEquals(List.of(), Differences.of(CapturedReports.linux(17), rounded));
    }

    @Test
    void whatEndedASpreadEarlyIsTheReason() throws IOException {
        Report early = CapturedReports.linux(17);
        answer(early, "spread", "tcp 127.0.0.1 8").addProperty("endedEarly", "out of descriptors");
        assertEquals(Optional.of("out of descriptors"), only(early).reason());
        answer(early, "spread", "tcp 127.0.0.1 8").add("pValue", JsonNull.INSTANCE);
        assertEquals("nothing to test, ended early", only(early).right());
    }

    @Test
    void runsThatFailForDifferentReasonsDifferAndSoDoesOneThatTakesTheStart() throws IOException {
        Report one = failing("spread", "tcp 127.0.0.1 2", "one");
        assertEquals(
                List.of(),
                Differences.of(one, failing("spread", "tcp 127.0.0.1 2", "one")),
                "the same failure on both sides");
        List<Difference> found = Differences.of(one, failing("spread", "tcp 127.0.0.1 2", "other"));
        assertEquals(1, found.size(), found::toString);
        assertEquals("failed: other", found.get(0).right());
        assertEquals(Optional.empty(), found.get(0).reason());
        Report noStart = CapturedReports.linux(17);
        JsonObject start = noStart.json().getAsJsonObject("parts").getAsJsonObject("start");
        start.addProperty("status", "failed");
        assertEquals("start", only(noStart).part());
    }

    private static Report failing(String part, String run, String reason) throws IOException {
        Report report = CapturedReports.linux(17);
        JsonObject found =
                report.json().getAsJsonObject("parts").getAsJsonObject(part).getAsJsonObject(run);
        found.addProperty("status", "failed");
        found.addProperty("reason", reason);
        return report;
    }

    @Test
    void aSettingThatIsNotShownIsNotCalledEmpty() throws IOException {
        Report hidden = CapturedReports.linux(17);
        answer(hidden, "sysctls").add("net.core.busy_read", JsonNull.INSTANCE);
        assertEquals("not known", only(hidden).right());
        assertTrue(only(hidden).reason().orElse("").contains("network namespace"), only(hidden)::toString);
    }

    @Test
    void aNumberBeyondAllIsNoMistakeOfThisProgram() throws IOException {
        Report changed = CapturedReports.linux(17);
        answer(changed, "restart", "drain").add("lost", new JsonPrimitive(new BigDecimal("1e999999")));
        assertEquals("connections lost", only(changed).right());
    }
}
