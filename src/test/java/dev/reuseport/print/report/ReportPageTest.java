package dev.reuseport.print.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.experiment.report.Differences;
import dev.reuseport.experiment.report.Report;
import dev.reuseport.experiment.report.Unusual;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages, as text and in a real browser. */
@Timeout(300)
final class ReportPageTest {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>&\"'\u001b[2J\u202e";

    @TempDir
    private Path scratch;

    private static Browser browser() {
        Assumptions.assumeTrue(Browser.installed().isPresent(), "chromium");
        return Browser.installed().orElseThrow();
    }

    @Test
    void theFirstScreenHasFiveLinesAndAllAreAsExpectedOnThisKernel() throws IOException {
        List<Unusual.Line> lines = Unusual.of(CapturedReports.linux(17));
        assertEquals(5, lines.size());
        for (Unusual.Line line : lines) {
            assertEquals(Unusual.Standing.EXPECTED, line.standing(), line.text());
        }
    }

    @Test
    void whatIsUnusualIsNamed() throws IOException {
        String odd = CapturedReports.text(17)
                .replaceFirst("\"differs\": false", "\"differs\": true")
                .replaceFirst("\"verdict\": \"holds\"", "\"verdict\": \"fails\"")
                .replaceFirst("\"pValue\": [^,]*", "\"pValue\": 0.0")
                .replaceFirst("JDK sets SO_REUSEADDR when", "JDK sets");
        List<Unusual.Line> lines = Unusual.of(Report.parse(odd));
        assertEquals(Unusual.Standing.UNUSUAL, lines.get(0).standing());
        assertEquals(
                "Claims: not as on other Linux hosts: several-listeners fails",
                lines.get(3).text());
        assertEquals(
                "Connections: uneven spread over tcp 127.0.0.1 2", lines.get(4).text());
        assertTrue(ReportPage.of(Report.parse(odd)).contains("several-listeners fails"));
    }

    @Test
    void theTextOfOthersIsEscapedAndNothingComesFromElsewhere() throws IOException {
        Report report = CapturedReports.linux(17);
        report.json().getAsJsonObject("host").addProperty("kernel", HOSTILE);
        report.json().getAsJsonObject("host").addProperty("system", HOSTILE);
        String page = ReportPage.of(report);
        assertTrue(page.contains("&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;\\x1b[2J\\u202e"));
        for (String never : List.of("<img", "<script", "http:", "https:", "@import", "url(", "\u001b", "\u202e")) {
            assertFalse(page.contains(never), never);
        }
        String diff = new DiffAnswer(
                        report, CapturedReports.linux(25), Differences.of(report, CapturedReports.linux(25)))
                .page();
        assertFalse(diff.contains("<img"));
        assertTrue(diff.contains("&lt;img"));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 1400})
    void nothingIsWiderThanTheWindowAndTheConsoleIsSilent(int width) throws Exception {
        Browser browser = browser();
        Report one = CapturedReports.linux(17);
        Report other = CapturedReports.linux(25);
        String diff = new DiffAnswer(one, other, Differences.of(one, other)).page();
        for (String page : List.of(ReportPage.of(one), ReportPage.of(other), diff)) {
            Browser.Seen seen = browser.show(page, width, scratch);
            assertEquals(List.of(), seen.console());
            assertTrue(seen.window() == width, seen::toString);
            assertTrue(seen.content() <= seen.window(), seen::toString);
        }
    }

    @Test
    void theTestWouldSeeWhatIsTooWideOrFails() throws Exception {
        Browser browser = browser();
        String wide = "<!DOCTYPE html><title>x</title><body><div style=\"width:900px\">x</div>"
                + "<script>console.error('seen')</script></body>";
        Browser.Seen seen = browser.show(wide, 400, scratch);
        assertTrue(seen.content() > seen.window(), seen::toString);
        assertEquals(1, seen.console().size());
    }
}
