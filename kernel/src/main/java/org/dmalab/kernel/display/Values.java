package org.dmalab.kernel.display;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.dmalab.engine.base.Addr;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.experiment.Columns;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;
import org.jspecify.annotations.Nullable;

/** Plain Java values as tables: records by component, collections and arrays by element, maps by key. */
final class Values {
    private Values() {}

    /** A record: its own text, and a row per component. */
    static MimeBundle render(Record value) {
        RecordComponent[] components = value.getClass().getRecordComponents();
        if (components.length < 2) {
            return MimeBundle.text(SafeText.of(value));
        }
        List<List<String>> rows = new ArrayList<>();
        for (RecordComponent component : components) {
            rows.add(List.of(component.getName(), cell(read(component, value))));
        }
        List<Header> headers = List.of(new Header("component", Kind.TEXT), new Header("value", Kind.TEXT));
        return new Grid(value.getClass().getSimpleName(), headers, rows, rows.size()).bundle(SafeText.of(value));
    }

    /** A collection: a column per component if its elements are records of one class, else one column. */
    static MimeBundle render(Collection<?> values) {
        List<@Nullable Object> first = new ArrayList<>();
        Iterator<?> all = values.iterator();
        while (first.size() < Grid.ROWS && all.hasNext()) {
            first.add(all.next());
        }
        return list(title(values.getClass(), values.size()), first, values.size());
    }

    /** An array; bytes are dumped in hex. */
    static MimeBundle renderArray(Object array) {
        if (array instanceof byte[] bytes) {
            return dump(bytes);
        }
        int length = Array.getLength(array);
        List<@Nullable Object> first = new ArrayList<>();
        for (int i = 0; i < Math.min(length, Grid.ROWS); i++) {
            first.add(Array.get(array, i));
        }
        String title = array.getClass().getComponentType().getSimpleName() + "[" + length + "]";
        return list(title, first, length);
    }

    /** A map: key and value, and the value's components if all are records of one class. */
    static MimeBundle render(Map<?, ?> map) {
        List<@Nullable Object> keys = new ArrayList<>();
        List<@Nullable Object> values = new ArrayList<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (keys.size() == Grid.ROWS) {
                break;
            }
            keys.add(entry.getKey());
            values.add(entry.getValue());
        }
        List<Header> headers = new ArrayList<>(List.of(new Header("key", kind(keys))));
        List<List<String>> rows = new ArrayList<>();
        List<List<String>> cells = columns(values, headers);
        for (int i = 0; i < keys.size(); i++) {
            List<String> row = new ArrayList<>(List.of(cell(keys.get(i))));
            row.addAll(cells.get(i));
            rows.add(row);
        }
        return new Grid(title(map.getClass(), map.size()), headers, rows, map.size()).bundle();
    }

    private static MimeBundle list(String title, List<@Nullable Object> first, long total) {
        List<Header> headers = new ArrayList<>();
        List<List<String>> cells = columns(first, headers);
        if (recordClass(first).isPresent()) {
            return new Grid(title, headers, cells, total).bundle();
        }
        headers.add(0, new Header("#", Kind.NUMBER));
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < cells.size(); i++) {
            List<String> row = new ArrayList<>(List.of(Integer.toString(i)));
            row.addAll(cells.get(i));
            rows.add(row);
        }
        return new Grid(title, headers, rows, total).bundle();
    }

    /** The cells of {@code values}, one list per value, with the headers of their columns added to {@code headers}. */
    private static List<List<String>> columns(List<@Nullable Object> values, List<Header> headers) {
        Optional<Class<?>> record = recordClass(values);
        List<List<String>> rows = new ArrayList<>();
        values.forEach(value -> rows.add(new ArrayList<>()));
        if (record.isEmpty()) {
            headers.add(new Header("value", kind(values)));
            for (int i = 0; i < values.size(); i++) {
                rows.get(i).add(cell(values.get(i)));
            }
            return rows;
        }
        for (RecordComponent component : record.get().getRecordComponents()) {
            List<@Nullable Object> column = new ArrayList<>();
            values.forEach(value -> column.add(value == null ? null : read(component, value)));
            headers.add(new Header(component.getName(), kind(column)));
            for (int i = 0; i < values.size(); i++) {
                rows.get(i).add(values.get(i) == null ? "" : cell(column.get(i)));
            }
        }
        return rows;
    }

    /** The class of {@code values} if all are records of it with at least two components. */
    private static Optional<Class<?>> recordClass(List<@Nullable Object> values) {
        Class<?> common = null;
        for (Object value : values) {
            if (value == null) {
                continue;
            }
            boolean isRow = value instanceof Record && !(value instanceof Addr) && !Renderers.isOneLine(value);
            if (!isRow || (common != null && common != value.getClass())) {
                return Optional.empty();
            }
            common = value.getClass();
        }
        return Optional.<Class<?>>ofNullable(common).filter(type -> type.getRecordComponents().length >= 2);
    }

    private static Kind kind(List<@Nullable Object> values) {
        boolean numbers = values.stream().anyMatch(value -> value != null);
        boolean addresses = numbers;
        for (Object value : values) {
            numbers &= value == null || isNumber(value);
            addresses &= value == null || value instanceof Addr;
        }
        return addresses ? Kind.ADDRESS : numbers ? Kind.NUMBER : Kind.TEXT;
    }

    private static boolean isNumber(Object value) {
        return value instanceof Number
                || value instanceof OptionalInt
                || value instanceof OptionalLong
                || value instanceof OptionalDouble;
    }

    /** The one line that stands for {@code value} in a cell. */
    static String cell(@Nullable Object value) {
        if (value instanceof Double || value instanceof Float) {
            return Tables.number(((Number) value).doubleValue());
        }
        if (value instanceof Optional<?> optional) {
            return optional.isPresent() ? cell(optional.get()) : "";
        }
        if (value instanceof OptionalInt optional) {
            return optional.isPresent() ? Integer.toString(optional.getAsInt()) : "";
        }
        if (value instanceof OptionalLong optional) {
            return optional.isPresent() ? Long.toString(optional.getAsLong()) : "";
        }
        if (value instanceof OptionalDouble optional) {
            return optional.isPresent() ? Tables.number(optional.getAsDouble()) : "";
        }
        if (value instanceof Collection<?> collection) {
            return collection.size() > 8 ? title(collection.getClass(), collection.size()) : preview(collection);
        }
        if (value instanceof Columns columns) {
            return SafeText.line(columns.toString(), Grid.CELL);
        }
        if (value != null && value.getClass().isArray()) {
            int length = Array.getLength(value);
            List<@Nullable Object> first = new ArrayList<>();
            for (int i = 0; i < Math.min(length, 8); i++) {
                first.add(Array.get(value, i));
            }
            return preview(first).replaceFirst("]$", length > 8 ? ", … " + (length - 8) + " more]" : "]");
        }
        return SafeText.line(SafeText.of(value), Grid.CELL);
    }

    private static String preview(Collection<?> values) {
        List<String> texts = new ArrayList<>();
        values.forEach(value -> texts.add(SafeText.line(SafeText.of(value), 60)));
        return SafeText.line("[" + String.join(", ", texts) + "]", Grid.CELL);
    }

    private static String title(Class<?> type, int size) {
        String name = type.getSimpleName();
        String kind = Map.class.isAssignableFrom(type) ? "map" : "list";
        boolean own = !type.getName().startsWith("java.") && !name.isEmpty();
        return (own ? name : kind) + " of " + size;
    }

    private static MimeBundle dump(byte[] bytes) {
        List<List<String>> rows = new ArrayList<>();
        int width = 16;
        for (int at = 0; at < bytes.length && rows.size() < Grid.ROWS; at += width) {
            StringBuilder hex = new StringBuilder();
            StringBuilder text = new StringBuilder();
            for (byte value : Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + width))) {
                hex.append(hex.length() == 0 ? "" : " ").append(String.format(java.util.Locale.ROOT, "%02x", value));
                text.append(value >= 0x20 && value < 0x7f ? (char) value : '.');
            }
            rows.add(List.of(Addresses.hex(at), hex.toString(), text.toString()));
        }
        List<Header> headers = List.of(
                new Header("offset", Kind.ADDRESS), new Header("bytes", Kind.ADDRESS), new Header("text", Kind.TEXT));
        long lines = (bytes.length + width - 1L) / width;
        return new Grid("byte[" + bytes.length + "]", headers, Collections.unmodifiableList(rows), lines).bundle();
    }

    /** The component's value, or a sentence why it cannot be had. */
    private static @Nullable Object read(RecordComponent component, Object record) {
        try {
            if (!component.getAccessor().canAccess(record)) {
                component.getAccessor().setAccessible(true);
            }
            return component.getAccessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException | RuntimeException thrown) {
            Throwable cause = thrown.getCause() == null ? thrown : thrown.getCause();
            return "cannot be read: " + cause.getClass().getName() + ": " + SafeText.message(cause);
        }
    }
}
