package dev.reuseport.inspect;

import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.NativeTcpListener;
import dev.reuseport.socket.NioTcpListener;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The same listener opened natively and by the JDK, option by option.
 *
 * @param rows one for each option and stage
 */
public record Comparison(List<Row> rows) {

    /** When the options were read. */
    public enum Stage {
        /** Right after the listener was opened. */
        FRESH,
        /** After SO_REUSEADDR and SO_REUSEPORT were set on both. */
        SET
    }

    /**
     * One option, read three ways.
     *
     * @param stage when it was read
     * @param option the option
     * @param nativeProbe from the native listener
     * @param ffm from the listener opened through java.lang.foreign; empty where this Java has none
     * @param jdk what the JDK's getOption says of its listener
     * @param jdkDescriptor what the kernel holds on the JDK's own descriptor
     * @param agree whether all that have a value have the same one
     * @param reason why they differ; empty where they agree, or where nobody knows
     */
    public record Row(
            Stage stage,
            SockOpt<?> option,
            Probe<?> nativeProbe,
            Optional<Probe<?>> ffm,
            Probe<?> jdk,
            Probe<?> jdkDescriptor,
            boolean agree,
            Optional<String> reason) {}

    /**
     * Opens one listener each way, reads, sets SO_REUSEADDR and SO_REUSEPORT on both, reads again.
     *
     * @param family AF_INET or AF_INET6, given to both
     * @param ffm opens a third one, which should not differ from the first
     */
    public static Comparison run(Syscalls syscalls, Optional<Syscalls> ffm, Const family, List<SockOpt<?>> options)
            throws IOException {
        List<Row> rows = new ArrayList<>();
        try (NativeTcpListener ours = NativeTcpListener.open(syscalls, family);
                NativeTcpListener third = ffm.isPresent() ? NativeTcpListener.open(ffm.get(), family) : null;
                NioTcpListener jdks = NioTcpListener.open(family)) {
            NativeSocket descriptor = NativeSocket.borrow(syscalls, jdks.descriptor());
            for (Stage stage : Stage.values()) {
                if (stage == Stage.SET) {
                    for (SockOpt<Boolean> option : List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT)) {
                        ours.set(option, true);
                        jdks.set(option, true);
                        if (third != null) {
                            third.set(option, true);
                        }
                    }
                }
                for (SockOpt<?> option : options) {
                    Optional<Probe<?>> thirds = third == null ? Optional.empty() : Optional.of(third.get(option));
                    rows.add(row(stage, option, ours.get(option), thirds, jdks.get(option), descriptor.get(option)));
                }
            }
        }
        return new Comparison(List.copyOf(rows));
    }

    private static Row row(
            Stage stage, SockOpt<?> option, Probe<?> ours, Optional<Probe<?>> ffm, Probe<?> jdk, Probe<?> descriptor) {
        Probe<?> odd = Difference.same(ours, descriptor) ? ffm.orElse(ours) : ours;
        boolean sameInKernel = Difference.same(odd, descriptor);
        boolean sameInJdk = !(jdk instanceof Probe.Value<?>) || Difference.same(jdk, descriptor);
        Optional<String> reason =
                sameInKernel && sameInJdk ? Optional.empty() : Difference.reason(option, odd, jdk, descriptor);
        return new Row(stage, option, ours, ffm, jdk, descriptor, sameInKernel && sameInJdk, reason);
    }
}
