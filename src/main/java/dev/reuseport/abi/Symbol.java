package dev.reuseport.abi;

import java.util.Locale;
import java.util.Optional;

/** What a level or an option goes by: the symbol that C has for it, or a number, which is the platform's that it is used on. */
public sealed interface Symbol permits Const, Symbol.Numeral {
    /** A number without a name here. */
    record Numeral(int number) implements Symbol {
        @Override
        public String name() {
            return Integer.toUnsignedString(number);
        }

        @Override
        public boolean definedOn(Platform platform) {
            return true;
        }

        @Override
        public int on(Platform platform) {
            return number;
        }

        @Override
        public String text(int value) {
            return Integer.toUnsignedString(value);
        }

        @Override
        public String toString() {
            return name();
        }
    }

    /** Returns the C name, or the number in decimal. */
    String name();

    /** Tells whether a platform has it. */
    boolean definedOn(Platform platform);

    /** Returns its number on a platform that has it. */
    int on(Platform platform);

    /** Writes such a number as the field does. */
    String text(int value);

    /** Reads a number of 32 bits, decimal or behind {@code 0x}, or a C name, in lower case too; empty if it is neither. */
    static Optional<Symbol> parse(String text) {
        boolean hex = text.matches("0[xX][0-9a-fA-F]{1,8}");
        if (hex || text.matches("\\d{1,10}")) {
            long number = hex ? Long.parseLong(text.substring("0x".length()), 16) : Long.parseLong(text);
            return number > 0xffffffffL ? Optional.empty() : Optional.of(new Numeral((int) number));
        }
        String wanted = text.toUpperCase(Locale.ROOT);
        for (Const row : Const.values()) {
            if (row.name().equals(wanted)) {
                return Optional.of(row);
            }
        }
        return Optional.empty();
    }
}
