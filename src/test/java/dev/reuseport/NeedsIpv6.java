package dev.reuseport;

import dev.reuseport.abi.Const;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** A test, or all tests of a class, of what only IPv6 has. Skipped, by name, on a machine that has none. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(NeedsIpv6.Condition.class)
public @interface NeedsIpv6 {
    /** Whether ::1 is needed; else a socket of AF_INET6 will do, which most machines without ::1 have. */
    boolean loopback() default true;

    /** Asks the machine. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            boolean loopback = AnnotationSupport.findAnnotation(context.getElement(), NeedsIpv6.class)
                    .map(NeedsIpv6::loopback)
                    .orElse(true);
            if (loopback && !Loopback.hasIpv6()) {
                return ConditionEvaluationResult.disabled(Loopback.NO_IPV6);
            }
            return Loopback.hasSockets(Const.AF_INET6)
                    ? ConditionEvaluationResult.enabled("there is IPv6")
                    : ConditionEvaluationResult.disabled(Loopback.NO_FAMILY);
        }
    }
}
