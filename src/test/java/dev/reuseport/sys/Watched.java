package dev.reuseport.sys;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpt;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** A libc whose calls a test sees, and may answer itself. */
@FunctionalInterface
public interface Watched {
    /**
     * Sees a call before it is made.
     *
     * @return the answer, a negative errno or another; empty to have the host's libc asked
     */
    OptionalInt call(String name, Object[] arguments);

    /** Puts {@code watched} before {@code host}. */
    static Syscalls of(Syscalls host, Watched watched) {
        return (Syscalls) Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(), new Class<?>[] {Syscalls.class}, (proxy, method, arguments) -> {
                    OptionalInt answer = watched.call(method.getName(), arguments);
                    try {
                        return answer.isPresent() ? (Object) answer.getAsInt() : method.invoke(host, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Refuses these calls: ENOSYS is the answer of a kernel that is too old for them. */
    static Syscalls refusing(Syscalls host, Const errno, String... calls) {
        return of(
                host,
                (call, arguments) -> List.of(calls).contains(call)
                        ? OptionalInt.of(-host.abi().number(errno))
                        : OptionalInt.empty());
    }

    /** Has no sock_diag(7), as a kernel without it. */
    static Syscalls withoutSockDiag(Syscalls host) {
        Abi abi = host.abi();
        return of(
                host,
                (call, arguments) -> call.equals("socket") && arguments[0].equals(abi.number(Const.AF_NETLINK))
                        ? OptionalInt.of(-abi.number(Const.EPROTONOSUPPORT))
                        : OptionalInt.empty());
    }

    /** Refuses to set these options, as the kernel does to a process without the privilege. */
    static Syscalls withoutPrivilege(Syscalls host, SockOpt<?>... refused) {
        Abi abi = host.abi();
        return of(
                host,
                (call, arguments) -> call.equals("setsockopt")
                                && Stream.of(refused)
                                        .anyMatch(option -> arguments[1].equals(abi.number(option.level()))
                                                && arguments[2].equals(abi.number(option.option())))
                        ? OptionalInt.of(-abi.number(Const.EPERM))
                        : OptionalInt.empty());
    }
}
