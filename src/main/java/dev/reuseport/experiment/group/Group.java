package dev.reuseport.experiment.group;

import dev.reuseport.abi.Sockaddr;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** Listeners that share an address, and how many connections each of them got. */
public interface Group extends Closeable {
    /** Returns the address that they share, with its port. */
    Sockaddr address();

    /** Returns how many there are. */
    int size();

    /** Gives those that do not accept by themselves the time to. */
    void sweep() throws IOException;

    /** Takes note of what a client read until its connection was closed. */
    void answered(String reply);

    /** Lets the busy members accept what is queued on them. */
    void release() throws IOException;

    /** Counts. Nothing is accepted from here on. */
    List<Member> members() throws IOException;

    /** Returns what went otherwise than asked for, in sentences. */
    List<String> notes();
}
