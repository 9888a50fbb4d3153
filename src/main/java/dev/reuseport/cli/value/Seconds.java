package dev.reuseport.cli.value;

import java.math.BigDecimal;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time: {@code 30s}, {@code 0.5s}, {@code 500ms}, {@code 2m}; without a unit it is seconds. */
public final class Seconds implements ITypeConverter<Duration> {
    private static final Duration LONGEST = Duration.ofDays(365);

    @Override
    public Duration convert(String text) {
        String unit = text.replaceFirst("^[0-9.]+", "");
        int nanosDigits = switch (unit) {
            case "", "s", "m" -> 9;
            case "ms" -> 6;
            default -> -1;
        };
        try {
            BigDecimal number = new BigDecimal(text.substring(0, text.length() - unit.length()));
            if (nanosDigits > 0 && number.compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) <= 0) {
                long nanos = number.movePointRight(nanosDigits).longValue();
                Duration time = Duration.ofNanos(nanos).multipliedBy(unit.equals("m") ? 60 : 1);
                if (time.compareTo(LONGEST) <= 0) {
                    return time;
                }
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new TypeConversionException("'" + text + "' is not a time like 30s, 0.5s or 500ms, of a year at most");
    }
}
