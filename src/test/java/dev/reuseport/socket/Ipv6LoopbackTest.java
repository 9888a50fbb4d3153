package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class Ipv6LoopbackTest {
    @TempDir
    private Path folder;

    /** A system on which one call fails. */
    private static Syscalls failing(String wanted, Const errno) {
        return Watched.of(new JnrSyscalls(), (call, arguments) -> {
            // Where the host has no IPv6 itself, bind would not be reached.
            if (call.equals("socket")) {
                arguments[0] = Abi.host().number(Const.AF_INET);
            }
            return call.equals(wanted) ? OptionalInt.of(-Abi.host().number(errno)) : OptionalInt.empty();
        });
    }

    private Proc disabled(String content) throws IOException {
        Path lo = Files.createDirectories(folder.resolve(Path.of("sys", "net", "ipv6", "conf", "lo")));
        Files.writeString(lo.resolve("disable_ipv6"), content);
        return new Proc(folder);
    }

    @Test
    void thisMachineHasOneOrNot() {
        assertEquals(
                Loopback.hasIpv6(),
                Ipv6Loopback.missing(new JnrSyscalls(), Proc.ofHost()).isEmpty());
    }

    @Test
    void whereItIsSwitchedOffTheSwitchIsNamed() throws IOException {
        String why = Ipv6Loopback.missing(failing("bind", Const.EADDRNOTAVAIL), disabled("1\n"))
                .orElseThrow();
        assertTrue(why.startsWith("this machine has no ::1 "), why);
        assertTrue(why.contains("sysctl -w net.ipv6.conf.all.disable_ipv6=0"), why);
        assertTrue(why.contains("docker run --sysctl net.ipv6.conf.all.disable_ipv6=0"), why);
    }

    @Test
    void whereItIsNotSwitchedOffNoSwitchIsNamed() throws IOException {
        for (Proc proc : List.of(disabled("0\n"), new Proc(folder.resolve("none")))) {
            assertEquals(
                    Optional.of("this machine has no ::1 on its loopback interface"),
                    Ipv6Loopback.missing(failing("bind", Const.EADDRNOTAVAIL), proc));
        }
    }

    @Test
    void aKernelWithoutTheFamilyIsNamed() throws IOException {
        String why = Ipv6Loopback.missing(failing("socket", Const.EAFNOSUPPORT), disabled("1\n"))
                .orElseThrow();
        assertTrue(why.startsWith("this kernel has no IPv6"), why);
    }

    @Test
    void whatFailsForAnotherReasonSaysNothingOfIpv6() throws IOException {
        assertEquals(Optional.empty(), Ipv6Loopback.missing(failing("socket", Const.EMFILE), disabled("1\n")));
        assertEquals(Optional.empty(), Ipv6Loopback.missing(failing("bind", Const.EACCES), disabled("1\n")));
    }
}
