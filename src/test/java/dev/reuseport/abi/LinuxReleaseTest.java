package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LinuxReleaseTest {
    private static LinuxRelease release(String text) {
        return LinuxRelease.parse(text).orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "6.1.0-49-cloud-amd64,               6.1",
        "4.18.0-553.el8_10.x86_64,           4.18",
        "5.15.167.4-microsoft-standard-WSL2, 5.15.167",
        "6.8,                                6.8",
        "6.8-rc3,                            6.8",
        "6.12.0+,                            6.12.0",
        "2.6.37.6-smp,                       2.6.37",
        "6.1.170,                            6.1.170"
    })
    void itIsReadFromWhatAKernelCallsItself(String text, String release) {
        assertEquals(release, release(text).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "6", "6.", "v6.8", "Linux 6.8", "99999.1", "6.99999"})
    void whatBeginsOtherwiseIsNoRelease(String text) {
        assertEquals(Optional.empty(), LinuxRelease.parse(text));
    }

    @Test
    void theyAreOrderedByNumbersAndNotByText() {
        List<LinuxRelease> sorted = Stream.of(
                        "6.10", "6.8.0", "6.8", "2.6.9", "5.19.17", "2.6.37", "6.8.1", "3.0", "4.18.0-553")
                .map(LinuxReleaseTest::release)
                .sorted()
                .toList();
        assertEquals("[2.6.9, 2.6.37, 3.0, 4.18, 5.19.17, 6.8, 6.8.0, 6.8.1, 6.10]", sorted.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "6.8.0-31-generic, 6.8,     true",
        "6.8,              6.8,     true",
        "6.7.12,           6.8,     false",
        "6.10.1,           6.9,     true",
        "2.6.32-754.el6,   2.6.37,  false",
        "6.1.0-49,         6.1.170, true"
    })
    void aReleaseHasWhatCameWithItOrBefore(String later, String earlier, boolean has) {
        assertEquals(has, release(later).atLeast(release(earlier)));
    }

    @Test
    void aBranchIsTheFirstTwoNumbers() {
        assertTrue(release("6.1.5").sameBranch(release("6.1.170")));
        assertFalse(release("6.1").sameBranch(release("6.10")));
    }
}
