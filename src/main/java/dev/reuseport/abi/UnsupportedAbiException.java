package dev.reuseport.abi;

/** A pair of os.name and os.arch whose numbers or layout are not known. The message is one sentence that names the pair. */
public final class UnsupportedAbiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsupportedAbiException(String osName, String osArch) {
        super("os.name \"" + osName + "\" with os.arch \"" + osArch
                + "\" is not supported, because its constants and layouts are not known here");
    }
}
