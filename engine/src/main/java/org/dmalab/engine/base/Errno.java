package org.dmalab.engine.base;

/** The kernel's error numbers that the modelled code returns ({@code asm-generic/errno.h}). */
public enum Errno {
    ENOENT(2, "No such file or directory"),
    EIO(5, "Input/output error"),
    ENXIO(6, "No such device or address"),
    EAGAIN(11, "Resource temporarily unavailable"),
    ENOMEM(12, "Cannot allocate memory"),
    EFAULT(14, "Bad address"),
    EBUSY(16, "Device or resource busy"),
    EEXIST(17, "File exists"),
    ENODEV(19, "No such device"),
    EINVAL(22, "Invalid argument"),
    ENOSPC(28, "No space left on device"),
    ERANGE(34, "Numerical result out of range"),
    EADDRINUSE(98, "Address already in use");

    private final int number;
    private final String text;

    Errno(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** The positive number; the kernel returns its negative. */
    public int number() {
        return number;
    }

    /** The words of {@code strerror}. */
    public String text() {
        return text;
    }

    /** Name and value as a log shows them: {@code ENOMEM (-12)}. */
    @Override
    public String toString() {
        return name() + " (-" + number + ")";
    }
}
