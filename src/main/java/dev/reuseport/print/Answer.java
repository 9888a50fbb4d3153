package dev.reuseport.print;

import java.io.PrintWriter;

/** What a command found, in the two formats that it may be asked for. */
public interface Answer {
    /** Returns it as JSON. */
    Json json();

    /** Prints it for people. */
    void print(PrintWriter out);
}
