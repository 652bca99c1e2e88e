/**
 * Time and prices: a clock that only events advance, one price table per board with a source beside each price, and a
 * ledger that says what the time went to.
 *
 * <p>A first model: prices are constants per operation, line or byte; one thing happens at a time; no contention for the bus.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.cost;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
