package org.dmalab.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.DefaultTranslation;
import org.dmalab.engine.iommu.FaultLog;
import org.dmalab.engine.iommu.Iommu;
import org.dmalab.engine.iommu.IommuCore;
import org.dmalab.engine.iommu.IommuDevice;
import org.dmalab.engine.iommu.IommuFwspec;
import org.dmalab.engine.pagetable.TableMemory;

/** The IOMMUs of a machine, and which devices are behind which. */
final class BoardIommus {
    private final Board board;
    private final IommuCore core;
    private final Map<String, Iommu> iommus = new LinkedHashMap<>();

    BoardIommus(SocBuilder<?> choices, Hardware hardware, BootedKernel booted, FaultLog faults) {
        this.board = choices.board();
        TableMemory tables = new TableMemory(
                hardware.ram(), booted.memory().pages(), hardware.maintenance(), hardware.truth(), hardware.trace());
        this.core = new IommuCore(new IommuCore.Platform(
                choices.era(),
                DefaultTranslation.STRICT,
                tables,
                hardware.ram(),
                pfn -> hardware.ram().contains(PhysAddr.ofPfn(pfn), PageSize.PAGE_BYTES),
                faults,
                hardware.trace()));
        for (Board.IommuNode node : board.iommus()) {
            iommus.put(node.name(), core.iommu(node.name(), node.registers(), node.model()));
        }
    }

    IommuCore core() {
        return core;
    }

    /** The instance of that name. */
    Iommu iommu(String name) {
        Iommu iommu = iommus.get(name);
        if (iommu == null) {
            throw new IllegalArgumentException("board " + board.name() + " has no IOMMU " + name
                    + (iommus.isEmpty() ? "; it has none" : "; it has " + String.join(", ", iommus.keySet())));
        }
        return iommu;
    }

    /** The device that {@code description} says, with its interfaces. */
    IommuDevice device(BusMaster master, Board.Master description) {
        List<IommuFwspec.Interface> interfaces = new ArrayList<>();
        for (Board.Link link : description.links()) {
            interfaces.add(new IommuFwspec.Interface(link.name(), iommu(link.iommu()), link.ids(), link.bank()));
        }
        return core.device(master, new IommuFwspec(interfaces), List.of());
    }
}
