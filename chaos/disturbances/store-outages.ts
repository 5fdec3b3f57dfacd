import { signalProcess } from '../../sandbox/services/process-table.js';
import type { Disturbance } from './disturbance.js';

/** kill -9, and a start on the same data. */
export const brokerRestart: Disturbance = {
  kind: 'broker_restart',
  run: async ({ stores }) => {
    if (stores.outages === undefined) return { hit: false, detail: 'the broker is not ours' };
    const startedAt = performance.now();
    await stores.outages.broker();
    return { hit: true, detail: `away for ${Math.round(performance.now() - startedAt)} ms` };
  },
};

/** An immediate shutdown, after which the server recovers as from a crash. */
export const postgresRestart: Disturbance = {
  kind: 'postgres_restart',
  run: async ({ stores }) => {
    if (stores.outages === undefined) return { hit: false, detail: 'the database is not ours' };
    const startedAt = performance.now();
    await stores.outages.postgres();
    return { hit: true, detail: `away for ${Math.round(performance.now() - startedAt)} ms` };
  },
};

/** kill -9 of one session's process: the server throws everybody out and recovers. */
export const backendKill: Disturbance = {
  kind: 'backend_kill',
  run: async ({ stores, ledger }) => {
    if (stores.outages === undefined) return { hit: false, detail: 'the database is not ours' };
    const [victim] = await ledger.rows<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
         and backend_type = 'client backend' order by query_start desc limit 1`,
    );
    if (victim === undefined) return { hit: false, detail: 'no session' };
    signalProcess(victim.pid, 'SIGKILL');
    return { hit: true, detail: `session ${victim.pid}` };
  },
};
