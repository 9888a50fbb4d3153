package dev.reuseport.sys;

final class JnrSyscallsTest extends SyscallsContract {
    @Override
    Syscalls open() {
        return new JnrSyscalls();
    }
}
