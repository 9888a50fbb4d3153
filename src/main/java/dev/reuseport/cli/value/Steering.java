package dev.reuseport.cli.value;

import dev.reuseport.experiment.group.Steer;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads who chooses the member: {@code cpu}, {@code random} or an index. */
public final class Steering implements ITypeConverter<Steer> {
    @Override
    public Steer convert(String text) {
        if (text.equals("cpu")) {
            return Steer.BY_CPU;
        }
        if (text.equals("random")) {
            return Steer.AT_RANDOM;
        }
        if (text.matches("\\d{1,9}")) {
            return Steer.toMember(Integer.parseInt(text));
        }
        throw new TypeConversionException("'" + text + "' is not cpu, random or the index of a member");
    }
}
