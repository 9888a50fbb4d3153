package dev.reuseport.sys;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.OptionalInt;

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
}
