package dev.reuseport.bench;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jnr.ffi.LibraryLoader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One option of one socket, read or set: the raw call by each binding, the JDK's method, and C as the floor. All of them
 * in the same loop, so that what is between C and another is the way of calling alone.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OptionCalls {
    private static final int LOOP = 1000;

    /** The loops of floor.c. */
    public interface Floor {
        /** {@code LOOP} calls of {@code getsockopt}. */
        int getsockopt_loop(int fd, int level, int optname, int times);

        /** {@code LOOP} calls of {@code setsockopt}. */
        int setsockopt_loop(int fd, int level, int optname, int value, int times);
    }

    /** A socket, and what a call on it needs. */
    @State(Scope.Thread)
    public abstract static class Called {
        final Abi abi = Abi.host();
        final int level = abi.number(Const.SOL_SOCKET);
        final int name = abi.number(Const.SO_REUSEPORT);
        Syscalls libc;
        int fd;
        NativeBuffer value;
        NativeBuffer length;

        abstract Binding binding();

        /** Opens the socket. */
        @Setup(Level.Trial)
        public void open() throws IOException {
            libc = binding().load();
            fd = checked(libc.socket(abi.number(Const.AF_INET6), abi.number(Const.SOCK_STREAM), 0));
            value = libc.allocate(Integer.BYTES);
            value.bytes().putInt(0, 1);
            length = libc.allocate(Integer.BYTES);
            length.bytes().putInt(0, Integer.BYTES);
        }

        /** Closes it. */
        @TearDown(Level.Trial)
        public void close() {
            checked(libc.close(fd));
        }

        final int getLoop() {
            int result = 0;
            for (int i = 0; i < LOOP && result == 0; i++) {
                result = libc.getsockopt(fd, level, name, value, length);
            }
            return checked(result);
        }

        final int setLoop() {
            int result = 0;
            for (int i = 0; i < LOOP && result == 0; i++) {
                result = libc.setsockopt(fd, level, name, value, Integer.BYTES);
            }
            return checked(result);
        }

        static int checked(int result) {
            if (result < 0) {
                throw new IllegalStateException("errno " + -result);
            }
            return result;
        }
    }

    /** By jnr-ffi. */
    public static class Jnr extends Called {
        @Override
        Binding binding() {
            return Binding.JNR;
        }
    }

    /** By java.lang.foreign. */
    public static class Ffm extends Called {
        @Override
        Binding binding() {
            return Binding.FFM;
        }
    }

    /** By C. */
    public static class C extends Jnr {
        private Floor floor;

        /** Compiles and loads the loops. */
        @Setup(Level.Trial)
        public void compile() throws IOException, InterruptedException {
            Path library = CProgram.library(Path.of(System.getProperty("bench.folder")), "floor");
            floor = LibraryLoader.create(Floor.class).load(library.toString());
        }
    }

    /** By the JDK. */
    @State(Scope.Thread)
    public static class Jdk {
        private ServerSocketChannel channel;

        /** Opens the channel. */
        @Setup(Level.Trial)
        public void open() throws IOException {
            channel = ServerSocketChannel.open();
        }

        /** Closes it. */
        @TearDown(Level.Trial)
        public void close() throws IOException {
            channel.close();
        }
    }

    /** {@code getsockopt} in a loop of C. */
    @Benchmark
    @OperationsPerInvocation(LOOP)
    public int getByC(C c) {
        return Called.checked(c.floor.getsockopt_loop(c.fd, c.level, c.name, LOOP));
    }

    /** {@code getsockopt} by jnr-ffi. */
    @Benchmark
    @OperationsPerInvocation(LOOP)
    public int getByJnr(Jnr jnr) {
        return jnr.getLoop();
    }

    /** {@code getsockopt} by java.lang.foreign. */
    @Benchmark
    @OperationsPerInvocation(LOOP)
    public int getByFfm(Ffm ffm) {
        return ffm.getLoop();
    }

    /** {@code getOption}. */
    @Benchmark
    @OperationsPerInvocation(LOOP)
    public boolean getByJdk(Jdk jdk) throws IOException {
        boolean all = true;
        for (int i = 0; i < LOOP; i++) {
            all &= jdk.channel.getOption(StandardSocketOptions.SO_REUSEPORT);
        }
        return all;
    }

    /** {@code setsockopt} in a loop of C. */
    @Benchmark
    @OperationsPerInvocation(LOOP)
    public int setByC(C c) {
        return Called.checked(c.floor.setsockopt_loop(c.fd, c.level, c.name, 1, LOOP));
    }

    /** {@code setsockopt} by jnr-ffi. */
    @Benchmark
    @OperationsPerInvocation(LOOP)
    public int setByJnr(Jnr jnr) {
        return jnr.setLoop();
    }

    /** {@code setsockopt} by java.lang.foreign. */
    @Benchmark
    @OperationsPerInvocation(LOOP)
    public int setByFfm(Ffm ffm) {
        return ffm.setLoop();
    }

    /** {@code setOption}. */
    @Benchmark
    @OperationsPerInvocation(LOOP)
    public ServerSocketChannel setByJdk(Jdk jdk) throws IOException {
        for (int i = 0; i < LOOP; i++) {
            jdk.channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        }
        return jdk.channel;
    }
}
