package dev.reuseport.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Const;
import dev.reuseport.inspect.Comparison.Kind;
import dev.reuseport.inspect.Comparison.Row;
import dev.reuseport.inspect.Comparison.Stage;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Binding;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ComparisonTest {
    private static Comparison run(Const family) throws IOException {
        Loopback.assumeIpv6(family == Const.AF_INET6);
        return Comparison.run(Binding.JNR.load(), Optional.empty(), Kind.LISTENER, family, SockOpts.all());
    }

    private static Comparison run(Kind kind, Const family) throws IOException {
        Loopback.assumeIpv6(family == Const.AF_INET6);
        return Comparison.run(Binding.JNR.load(), Optional.empty(), kind, family, SockOpts.all());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void everyDifferenceOfOtherSocketsHasItsReason(Kind kind) throws IOException {
        for (Const family : List.of(Const.AF_INET, Const.AF_INET6)) {
            Comparison comparison = run(kind, family);
            assertEquals(
                    List.of(),
                    comparison.rows().stream()
                            .filter(row -> !row.agree() && row.reason().isEmpty())
                            .toList());
            assertEquals(
                    List.of(),
                    comparison.doors().stream()
                            .filter(row -> !row.agree() && row.reason().isEmpty())
                            .toList());
        }
    }

    /** Which classes set SO_REUSEADDR by themselves; Windows is not among this program's systems. */
    @Test
    void eachDoorHasItsOwnDefault() throws IOException {
        Map<String, Object> reuseAddr = new TreeMap<>();
        for (Kind kind : Kind.values()) {
            run(kind, Const.AF_INET).doors().stream()
                    .filter(row -> row.option() == SockOpts.SO_REUSEADDR)
                    .forEach(row -> reuseAddr.put(
                            row.door().toString(), row.jdk().toOptional().orElseThrow()));
        }
        assertEquals(
                Map.of(
                        "AsynchronousServerSocketChannel", true,
                        "AsynchronousSocketChannel", false,
                        "DatagramSocket", false,
                        "MulticastSocket", true,
                        "ServerSocket", true,
                        "Socket", false),
                reuseAddr);
    }

    private static Row row(Comparison comparison, Stage stage, SockOpt<?> option) {
        return comparison.rows().stream()
                .filter(row -> row.stage() == stage && row.option() == option)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(
            value = Const.class,
            names = {"AF_INET", "AF_INET6"})
    void everyDifferenceHasItsReason(Const family) throws IOException {
        List<Row> unexplained = run(family).rows().stream()
                .filter(row -> !row.agree() && row.reason().isEmpty())
                .toList();
        assertEquals(List.of(), unexplained);
    }

    @ParameterizedTest
    @EnumSource(
            value = Const.class,
            names = {"AF_INET", "AF_INET6"})
    void theJdkSetsReuseAddrByItself(Const family) throws IOException {
        Comparison comparison = run(family);
        Row fresh = row(comparison, Stage.FRESH, SockOpts.SO_REUSEADDR);
        assertEquals(Optional.of(false), fresh.nativeProbe().toOptional());
        assertEquals(Optional.of(true), fresh.jdk().toOptional());
        assertEquals(Optional.of(true), fresh.jdkDescriptor().toOptional());
        assertFalse(fresh.agree());
        assertTrue(row(comparison, Stage.SET, SockOpts.SO_REUSEADDR).agree());
        assertTrue(row(comparison, Stage.SET, SockOpts.SO_REUSEPORT).agree());
        assertEquals(
                Optional.of(true),
                row(comparison, Stage.SET, SockOpts.SO_REUSEPORT)
                        .jdkDescriptor()
                        .toOptional());
    }

    @Test
    @NeedsIpv6
    @EnabledForJreRange(min = JRE.JAVA_22, disabledReason = "java.lang.foreign needs Java 22")
    void theTwoBindingsOfLibcDoNotDiffer() throws IOException {
        Comparison comparison = Comparison.run(
                Binding.JNR.load(), Optional.of(Binding.FFM.load()), Kind.LISTENER, Const.AF_INET6, SockOpts.all());
        List<Row> differing = comparison.rows().stream()
                .filter(row -> !Difference.same(row.nativeProbe(), row.ffm().orElseThrow()))
                .filter(row -> row.option() != SockOpts.SO_COOKIE && row.option() != SockOpts.TCP_INFO)
                .toList();
        assertEquals(List.of(), differing);
    }

    @Test
    void withoutFfmThereIsNoReadingOfIt() throws IOException {
        assertTrue(run(Const.AF_INET6).rows().stream().allMatch(row -> row.ffm().isEmpty()));
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void eachOptionIsReadOncePerStage(Stage stage) throws IOException {
        List<? extends SockOpt<?>> read = run(Const.AF_INET6).rows().stream()
                .filter(row -> row.stage() == stage)
                .map(Row::option)
                .toList();
        assertEquals(SockOpts.all(), read);
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void whatNioHasNoNameForIsNotDefined(Stage stage) throws IOException {
        assertEquals(
                new Probe.NotDefined<>("ServerSocketChannel"),
                row(run(Const.AF_INET6), stage, SockOpts.SO_MARK).jdk());
    }
}
