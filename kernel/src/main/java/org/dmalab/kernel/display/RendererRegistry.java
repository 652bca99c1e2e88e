package org.dmalab.kernel.display;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Renderers by type. The value's own class decides; then, from it upwards, each superclass after the interfaces of the
 * class below it.
 */
public final class RendererRegistry {
    private final ConcurrentMap<Class<?>, Function<Object, MimeBundle>> renderers = new ConcurrentHashMap<>();

    /** From now on {@code renderer} shows values of {@code type} and of its subtypes that have none of their own. */
    public <T> void register(Class<T> type, Function<? super T, MimeBundle> renderer) {
        renderers.put(type, value -> renderer.apply(type.cast(value)));
    }

    /** The renderer for values of {@code type}. */
    Optional<Function<Object, MimeBundle>> find(Class<?> type) {
        Function<Object, MimeBundle> exact = renderers.get(type);
        if (exact != null) {
            return Optional.of(exact);
        }
        if (Renderable.class.isAssignableFrom(type)) {
            return Optional.ofNullable(renderers.get(Renderable.class));
        }
        for (Class<?> ancestor : ancestors(type)) {
            Function<Object, MimeBundle> renderer = renderers.get(ancestor);
            if (renderer != null) {
                return Optional.of(renderer);
            }
        }
        return Optional.empty();
    }

    private static Set<Class<?>> ancestors(Class<?> type) {
        Set<Class<?>> ancestors = new LinkedHashSet<>();
        for (@Nullable Class<?> up = type; up != null; up = up.getSuperclass()) {
            ancestors.add(up);
            Deque<Class<?>> interfaces = new ArrayDeque<>();
            interfaces.add(up);
            while (!interfaces.isEmpty()) {
                for (Class<?> next : interfaces.remove().getInterfaces()) {
                    ancestors.add(next);
                    interfaces.add(next);
                }
            }
        }
        return ancestors;
    }
}
