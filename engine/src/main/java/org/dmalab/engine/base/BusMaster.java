package org.dmalab.engine.base;

/**
 * Somebody who puts addresses on a bus: a device.
 *
 * @param id unique on its board, from 0 in the order of the board description
 * @param name as in the device tree, {@code fimc0}
 */
public record BusMaster(int id, String name) {
    @Override
    public String toString() {
        return name;
    }
}
