package org.dmalab.engine.iommu;

import java.util.List;
import java.util.stream.Collectors;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.pagetable.DriverQuirk;
import org.dmalab.engine.pagetable.FaultKind;
import org.dmalab.engine.pagetable.Translation;

/**
 * A device's access that its IOMMU could not translate.
 *
 * @param master whose access
 * @param iommu which instance stopped it
 * @param iova the address the device used
 * @param write whether it wanted to write
 * @param end why the walk gave no address, and where it ended
 * @param table the root of the table walked
 * @param before what was mapped there until when; empty if nothing was, as far as is known
 * @param quirks the driver's oddities that this table met
 * @param report what registers and the kernel's log say
 */
public record IommuFault(
        BusMaster master,
        String iommu,
        DmaAddr iova,
        boolean write,
        Translation.Fault end,
        PhysAddr table,
        String before,
        List<DriverQuirk> quirks,
        FaultReport report)
        implements Reason {
    public IommuFault {
        quirks = List.copyOf(quirks);
    }

    /** Why the walk gave no address. */
    public FaultKind kind() {
        return end.kind();
    }

    /** The level at which the walk ended: 1 or 2 of short descriptors, 0 to 3 of long ones. */
    public int level() {
        return end.level();
    }

    /** Where the last descriptor stands in RAM. */
    public PhysAddr descriptorAddress() {
        return end.descriptorAddress();
    }

    /** What the walker read there. */
    public long descriptor() {
        return end.descriptor();
    }

    @Override
    public Errno errno() {
        return Errno.EFAULT;
    }

    @Override
    public String message() {
        return "IOMMU fault: " + kind() + ", level " + level() + " [iova=" + iova + "] [descriptor at "
                + descriptorAddress() + " = " + Addresses.hex(descriptor()) + "]";
    }

    @Override
    public String explain() {
        return master + " " + (write ? "wrote to" : "read from") + " IOVA " + iova + "; its IOMMU " + iommu
                + " walked the table at " + table + " and found " + found() + " at level " + level()
                + " [descriptor at " + descriptorAddress() + " = " + Addresses.hex(descriptor()) + "]: " + advice()
                + aftermath() + quirkTexts();
    }

    private String found() {
        return switch (kind()) {
            case TRANSLATION -> "a fault word";
            case PERMISSION -> "a page that forbids it";
            default -> "an end with " + kind();
        };
    }

    private String advice() {
        return switch (kind()) {
            case TRANSLATION ->
                before.isEmpty()
                        ? "nothing is mapped there. Map the buffer to this device first, or look for an unmap that came too early"
                        : "nothing is mapped there any more, " + before
                                + ": the unmap came too early, or the device goes on too long";
            case PERMISSION -> "map the buffer with the direction that the device uses";
            default -> "look for what wrote over the table or its registers";
        };
    }

    private String aftermath() {
        String first = report.kernelLog().isEmpty()
                ? ""
                : ". The kernel prints \"" + report.kernelLog().get(0) + "\"";
        String rest = report.aftermath().toString();
        return first.isEmpty() ? ". " + Character.toUpperCase(rest.charAt(0)) + rest.substring(1) : first + "; " + rest;
    }

    private String quirkTexts() {
        return quirks.isEmpty()
                ? ""
                : ". QUIRK met by this table: "
                        + quirks.stream().map(DriverQuirk::toString).collect(Collectors.joining("; "));
    }
}
