package dev.reuseport.bench;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeTcpListener;
import dev.reuseport.socket.NioTcpListener;
import dev.reuseport.socket.TcpListener;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A listener from nothing to listening with both options set, and closed again. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ListenerOpening {
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet6(0, 1, 0, 0, 0);
    private static final int BACKLOG = 128;

    /** libc by jnr-ffi. */
    @State(Scope.Thread)
    public static class Jnr {
        private Syscalls libc;

        /** Loads it. */
        @Setup(Level.Trial)
        public void load() throws IOException {
            libc = Binding.JNR.load();
        }
    }

    /** libc by java.lang.foreign. */
    @State(Scope.Thread)
    public static class Ffm {
        private Syscalls libc;

        /** Loads it. */
        @Setup(Level.Trial)
        public void load() throws IOException {
            libc = Binding.FFM.load();
        }
    }

    private static Sockaddr open(TcpListener listener) throws IOException {
        try (listener) {
            listener.set(SockOpts.SO_REUSEADDR, true);
            listener.set(SockOpts.SO_REUSEPORT, true);
            listener.listen(LOOPBACK, BACKLOG);
            return listener.localAddress();
        }
    }

    /** By jnr-ffi. */
    @Benchmark
    public Sockaddr openByJnr(Jnr jnr) throws IOException {
        return open(NativeTcpListener.open(jnr.libc, Const.AF_INET6));
    }

    /** By java.lang.foreign. */
    @Benchmark
    public Sockaddr openByFfm(Ffm ffm) throws IOException {
        return open(NativeTcpListener.open(ffm.libc, Const.AF_INET6));
    }

    /** By the JDK. */
    @Benchmark
    public Sockaddr openByJdk() throws IOException {
        return open(NioTcpListener.open(Const.AF_INET6));
    }
}
