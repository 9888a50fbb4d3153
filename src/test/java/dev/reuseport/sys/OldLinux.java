package dev.reuseport.sys;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;

/** This host's kernel, but that it is of an older release and refuses what came later. */
public final class OldLinux {
    private OldLinux() {}

    /** Puts the release before {@code host}. */
    public static Syscalls of(Syscalls host, String release) {
        LinuxRelease kernel = LinuxRelease.parse(release).orElseThrow();
        return (Syscalls) Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(), new Class<?>[] {Syscalls.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("release")) {
                        return Optional.of(kernel);
                    }
                    if (method.getName().endsWith("etsockopt") && lacks(host.abi(), kernel, arguments)) {
                        return -host.abi().number(Const.ENOPROTOOPT);
                    }
                    try {
                        return method.invoke(host, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static boolean lacks(Abi abi, LinuxRelease kernel, Object[] arguments) {
        for (SockOpt<?> option : SockOpts.all()) {
            if (option.sinceAfter(kernel).isPresent()
                    && arguments[1].equals(abi.number(option.level()))
                    && arguments[2].equals(abi.number(option.option()))) {
                return true;
            }
        }
        return false;
    }
}
