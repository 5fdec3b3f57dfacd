import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { vendors } from '@app/vendors';
import { z } from 'zod';
import type { RunningSimulators } from '../../sandbox/simulators.js';

export interface SimulatorsProcess extends RunningSimulators {
  pid: number;
}

const Started = z.object({ vendors: z.record(z.string(), z.string()), adminUrl: z.string() });

/** The simulated vendors in a process of their own: what they use is theirs, and they have an event loop to themselves. */
export async function startSimulatorsProcess(nodeOptions: string): Promise<SimulatorsProcess> {
  const ports = [...vendors.keys()].map((id) => [`SITEWRIGHT_SANDBOX_${id.toUpperCase()}_PORT`, '0']);
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '..', '..', 'sandbox', 'simulators.main.js')],
    {
      env: {
        NODE_ENV: 'production',
        NODE_OPTIONS: nodeOptions,
        SITEWRIGHT_SANDBOX_ADMIN_PORT: '0',
        ...Object.fromEntries(ports),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      // Ctrl-C is for the benchmark alone: it stops what it has started, in order.
      detached: true,
    },
  );
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), exited]);
  if (child.pid === undefined || child.exitCode !== null) throw new Error('the simulators did not start');
  lines.close();
  child.stdout.resume();
  const { vendors: urls, adminUrl } = Started.parse(JSON.parse(String(first[0])));
  return {
    pid: child.pid,
    vendors: urls,
    adminUrl,
    close: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
