import { createServer } from 'node:net';
import { SetupProblem } from './setup-problem.js';

const LAST_PORT = 65_535;
/** How far a search goes beyond the port that was wished for. */
const SEARCH_RANGE = 500;

/** How often a start is tried again because another program took one of its ports in the meantime. */
const MAX_STARTS = 3;

/** True if nothing listens on this loopback port. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The wished port, or the next one above it that is free and not in `except`. */
export async function nextFreePort(wished: number, except: ReadonlySet<number> = new Set()): Promise<number> {
  const last = Math.min(wished + SEARCH_RANGE, LAST_PORT);
  for (let port = wished; port <= last; port += 1) {
    if (!except.has(port) && (await isPortFree(port))) return port;
  }
  throw new SetupProblem(`Every port from ${wished} to ${last} on 127.0.0.1 is taken.`);
}

/**
 * Starts something on ports that were free a moment ago. If it fails and one of them is taken now, another program
 * was faster: then it starts again on others.
 */
export async function startOnFreePorts<Ports extends object, Started>(
  choose: () => Promise<Ports>,
  start: (ports: Ports) => Promise<Started>,
): Promise<Started> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choose();
    try {
      return await start(ports);
    } catch (error) {
      const stillFree = await Promise.all(Object.values(ports).map((port) => isPortFree(Number(port))));
      if (attempt === MAX_STARTS || stillFree.every(Boolean)) throw error;
    }
  }
}
