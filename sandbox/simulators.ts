import { readdir } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createAdminApi } from './admin/admin-api.js';
import type { ClockOptions } from './admin/clock.js';
import { DataFile } from './admin/data-file.js';
import { createFacilities } from './admin/facilities.js';
import { listen, type Listener } from './admin/http.js';
import type { RunningVendor, VendorSimulator } from './admin/vendor-simulator.js';

export interface SimulatorsOptions {
  host?: string;
  /** The port of a vendor, given its usual one; by default the system chooses. */
  portOf?: (vendor: string, defaultPort: number) => number;
  adminPort?: number;
  clock?: ClockOptions;
  /** Where the vendors' objects are kept from one start to the next; by default they end with the process. */
  dataFile?: string | undefined;
}

export interface RunningSimulators {
  /** The base URL of each vendor's API, as its clients are configured with. */
  vendors: Record<string, string>;
  adminUrl: string;
  close(): Promise<void>;
}

/** Starts every vendor that has a folder here, each on a port of its own, and one admin API for all of them. */
export async function startSimulators(options: SimulatorsOptions = {}): Promise<RunningSimulators> {
  const { host = '127.0.0.1', portOf = () => 0, adminPort = 0, clock } = options;
  const facilities = createFacilities(clock);
  const running = new Map<string, RunningVendor>();
  const urls: Record<string, string> = {};
  const listeners: Listener[] = [];
  let data: DataFile | undefined;
  const close = async (): Promise<void> => {
    facilities.reset();
    await Promise.all(listeners.map((listener) => listener.close()));
    data?.close();
  };
  try {
    const simulators = await discoverSimulators();
    for (const simulator of simulators) running.set(simulator.vendor, simulator.create(facilities));
    if (options.dataFile !== undefined) {
      data = new DataFile(options.dataFile, running);
      data.open();
    }
    for (const simulator of simulators) {
      const vendor = running.get(simulator.vendor);
      if (!vendor) continue;
      const port = portOf(simulator.vendor, simulator.defaultPort);
      const listener = await listen(serve(vendor), host, port);
      listeners.push(listener);
      urls[simulator.vendor] = listener.url + simulator.basePath;
    }
    const admin = await listen(createAdminApi({ facilities, vendors: running, urls }), host, adminPort);
    listeners.push(admin);
    return { vendors: urls, adminUrl: admin.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A vendor is added by adding a folder with a `simulator` module; nothing else has to know of it. */
export async function discoverSimulators(): Promise<VendorSimulator[]> {
  const found: VendorSimulator[] = [];
  const root = import.meta.dirname;
  const entries = await readdir(root, { withFileTypes: true });
  for (const folder of entries.filter((entry) => entry.isDirectory())) {
    const files = await readdir(join(root, folder.name));
    const file =
      files.find((name) => name === 'simulator.js') ?? files.find((name) => name === 'simulator.ts');
    if (file === undefined) continue;
    const module: unknown = await import(pathToFileURL(join(root, folder.name, file)).href);
    if (hasSimulator(module)) found.push(module.simulator);
  }
  return found.toSorted((one, other) => one.defaultPort - other.defaultPort);
}

function hasSimulator(module: unknown): module is { simulator: VendorSimulator } {
  return typeof module === 'object' && module !== null && 'simulator' in module;
}

function serve(vendor: RunningVendor): RequestListener {
  return (request: IncomingMessage, response: ServerResponse) => {
    vendor.handle(request, response).catch((error: unknown) => {
      // A fault of the simulator itself, not an ordered one: it must be seen, and no client may wait for it.
      process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`);
      response.destroy();
    });
  };
}
