package dev.reuseport.experiment.group;

import dev.reuseport.abi.ClassicBpf;

/** Who chooses the member instead of the kernel's hash: a classic BPF program on the group, Linux only. */
public sealed interface Steer {
    /** Always the same member; the hash chooses if there is no such index. */
    record ToMember(int index) implements Steer {
        @Override
        public ClassicBpf program(int members) {
            return ClassicBpf.toMember(index);
        }

        @Override
        public String toString() {
            return Integer.toString(index);
        }
    }

    /** The member whose index is the number of the CPU that handles the packet; the hash chooses if there is none. */
    record ByCpu() implements Steer {
        @Override
        public ClassicBpf program(int members) {
            return ClassicBpf.toCpu();
        }

        @Override
        public String toString() {
            return "cpu";
        }
    }

    /** A member drawn at random for each connection. */
    record AtRandom() implements Steer {
        @Override
        public ClassicBpf program(int members) {
            return ClassicBpf.toRandom(members);
        }

        @Override
        public String toString() {
            return "random";
        }
    }

    /** Returns the program for a group of so many members. */
    ClassicBpf program(int members);
}
