import { waitFor } from '../../sandbox/services/wait-for.js';
import type { Disturbance } from './disturbance.js';

/** The broker lists a connection some seconds after it was opened. */
const LISTED_WITHIN_MS = 6_000;

/** The broker ends the services' connections, some or all of them. */
export const connectionsClose: Disturbance = {
  kind: 'connections_close',
  run: async ({ broker }, random) => {
    const listed = async () => {
      const names = await broker.connections().catch(() => []);
      return names.length > 0 && names;
    };
    const open = await waitFor(listed, { what: 'connections', timeoutMs: LISTED_WITHIN_MS }).catch(() => []);
    const chosen = random.shuffled(open).slice(0, random.int(1, Math.max(open.length, 1)));
    // One that has gone meanwhile needs no closing.
    await Promise.allSettled(chosen.map((name) => broker.closeConnection(name)));
    return { hit: chosen.length > 0, detail: `${chosen.length} of ${open.length}` };
  },
};
