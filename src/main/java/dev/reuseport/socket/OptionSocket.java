package dev.reuseport.socket;

import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.sys.NotPossibleException;
import java.io.Closeable;
import java.io.IOException;

/** A socket whose options can be set and read, natively or through the JDK. */
public interface OptionSocket extends Closeable {
    /**
     * Sets an option.
     *
     * @throws NotDefinedException if this system, or the JDK, has no name for it
     */
    <T> void set(SockOpt<T> option, T value) throws IOException;

    /**
     * As above.
     *
     * @throws NotPossibleException if it is of bytes, and this is the JDK's
     */
    default <T> void set(Setting<T> setting) throws IOException {
        if (setting.typed().isPresent()) {
            throw new NotPossibleException("the JDK takes values of its own and no bytes: " + setting);
        }
        set(setting.option(), setting.value());
    }

    /** Reads an option. Never throws: what cannot be read is an answer too. */
    <T> Probe<T> get(SockOpt<T> option);
}
