package dev.reuseport.portability;

import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.SimulatedDarwin;
import dev.reuseport.sys.Syscalls;

/** Errors as macOS counts them. */
class SimulatedDarwinRefusalTest extends RefusalTest {
    @Override
    Syscalls open() {
        return new SimulatedDarwin(new JnrSyscalls());
    }
}
