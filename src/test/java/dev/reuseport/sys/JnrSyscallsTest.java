package dev.reuseport.sys;

final class JnrSyscallsTest extends BindingContract {
    @Override
    Syscalls open() {
        return new JnrSyscalls();
    }
}
