package org.dmalab.engine.base;

import java.util.function.Function;

/** What an operation of the simulated machine came to: a value, or the reason why there is none. */
public sealed interface Outcome<T> {
    /** The operation succeeded with {@code value}. */
    record Done<T>(T value) implements Outcome<T> {
        @Override
        public <R> R fold(Function<? super T, ? extends R> done, Function<? super Reason, ? extends R> failed) {
            return done.apply(value);
        }

        @Override
        public String toString() {
            return String.valueOf(value);
        }
    }

    /** The operation failed for {@code reason}; nothing of it remains unless its description says so. */
    record Failed<T>(Reason reason) implements Outcome<T> {
        @Override
        public <R> R fold(Function<? super T, ? extends R> done, Function<? super Reason, ? extends R> failed) {
            return failed.apply(reason);
        }

        @Override
        public String toString() {
            return reason.errno() + ": " + reason.message();
        }
    }

    /** Handles both cases; the one way to the value that cannot forget the failure. */
    <R> R fold(Function<? super T, ? extends R> done, Function<? super Reason, ? extends R> failed);

    /** A success. */
    static <T> Outcome<T> done(T value) {
        return new Done<>(value);
    }

    /** A failure. */
    static <T> Outcome<T> failed(Reason reason) {
        return new Failed<>(reason);
    }

    /** Whether there is a reason instead of a value. */
    default boolean isFailed() {
        return this instanceof Failed;
    }

    /** The value, or an exception made of the reason. */
    default <X extends RuntimeException> T orElseThrow(Function<? super Reason, X> exception) {
        return fold(value -> value, reason -> {
            throw exception.apply(reason);
        });
    }

    /** What {@code next} makes of the value; a failure stays as it is. */
    default <R> Outcome<R> then(Function<? super T, Outcome<R>> next) {
        return fold(next, Outcome::failed);
    }

    /** This failure as the outcome of the operation around it; only for one that {@link #isFailed}. */
    default <R> Outcome<R> asFailed() {
        return fold(
                value -> {
                    throw new IllegalStateException("succeeded with " + value);
                },
                Outcome::failed);
    }

    /** In words: the value's text, or the reason's explanation. */
    default String explain() {
        return fold(String::valueOf, Reason::explain);
    }
}
