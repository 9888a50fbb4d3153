package dev.reuseport.cli.value;

import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.util.Iterator;

/** The C names of all options, for a shell that completes words. */
public final class OptionNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
        return SockOpts.all().stream().map(SockOpt::name).iterator();
    }
}
