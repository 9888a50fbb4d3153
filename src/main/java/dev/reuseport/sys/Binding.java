package dev.reuseport.sys;

/** What carries the calls to libc. */
public enum Binding {
    /** jnr-ffi, on any Java. */
    JNR {
        @Override
        public Syscalls load() {
            return new JnrSyscalls();
        }
    },
    /** java.lang.foreign, since Java 22. */
    FFM {
        @Override
        public Syscalls load() throws NotPossibleException {
            int java = Runtime.version().feature();
            if (java < FFM_SINCE) {
                throw new NotPossibleException(
                        "java.lang.foreign needs Java " + FFM_SINCE + " or newer, and this is Java " + java);
            }
            try {
                return (Syscalls) Class.forName("dev.reuseport.sys.FfmSyscalls")
                        .getConstructor()
                        .newInstance();
            } catch (ClassNotFoundException e) {
                throw new NotPossibleException(
                        "this build has no java.lang.foreign in it: it was built on a Java before " + FFM_SINCE, e);
            } catch (ReflectiveOperationException | LinkageError e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                throw new NotPossibleException("java.lang.foreign does not reach this system's libc: " + cause, e);
            }
        }
    };

    private static final int FFM_SINCE = 22;

    /**
     * Loads the host's libc.
     *
     * @throws NotPossibleException if this Java, or this build, does not have the binding
     */
    public abstract Syscalls load() throws NotPossibleException;
}
