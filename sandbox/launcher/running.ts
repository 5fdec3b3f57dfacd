export interface Stoppable {
  stop: () => Promise<unknown>;
}

/** What is stopped together; the layers are stopped one after the other, in this order. */
const LAYERS = ['services', 'sandbox', 'infrastructure'] as const;
export type Layer = (typeof LAYERS)[number];

/**
 * Everything that was started and has to be stopped. It is told of a start before it has succeeded, so that an
 * interruption in the middle of a start misses nothing.
 */
export class Running {
  readonly #layers = new Map<Layer, Promise<Stoppable>[]>(LAYERS.map((layer) => [layer, []]));

  keep<Started extends Stoppable>(layer: Layer, starting: Promise<Started>): Promise<Started> {
    this.#layers.get(layer)?.push(starting);
    // Whoever waits for the start gets its error; here it only means that there is nothing to stop.
    starting.catch(() => undefined);
    return starting;
  }

  /** Stops everything and gives the errors of what could not be stopped. */
  async stopAll(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const layer of LAYERS) {
      const starts = await Promise.allSettled(this.#layers.get(layer) ?? []);
      const started = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
      const stops = await Promise.allSettled(started.map((one) => one.stop()));
      for (const stop of stops) if (stop.status === 'rejected') failures.push(stop.reason);
    }
    return failures;
  }
}
