/**
 * Calls of libc by their C names, how they fail, and text that a terminal may be shown.
 *
 * <p>Nothing here knows what a call is for. The seam is {@link dev.reuseport.sys.Syscalls}; jnr-ffi, jnr-posix, jffi and java.lang.foreign live behind it.
 */
package dev.reuseport.sys;
