import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CleanUp } from '../../bench/system/clean-up.js';
import type { PlannedDisturbance } from '../../chaos/plan/disturbance-plan.js';
import { planRound } from '../../chaos/plan/round-plan.js';
import { violationReport } from '../../chaos/report/progress.js';
import { runRound } from '../../chaos/round.js';
import { System } from '../../chaos/system/system.js';
import { createTestDatabase, createTestVhost, testServices } from '../support/services.js';

const SEED = 4;
const GENERATION = { prefix: 'short', number: 1 };

/** What `npm run chaos` leaves to chance is set here, so that each happens; the stores are everybody's and stay up. */
const ROUNDS: PlannedDisturbance[][] = [
  [
    { kind: 'messages_shuffle', atMs: 100, seed: 1 },
    { kind: 'executor_kill', atMs: 800, seed: 2 },
    { kind: 'terraform_kill', atMs: 2_500, seed: 3 },
  ],
  [
    { kind: 'executor_freeze', atMs: 500, seed: 4 },
    { kind: 'programmer_kill', atMs: 1_000, seed: 7 },
    { kind: 'connections_close', atMs: 2_000, seed: 5 },
    { kind: 'gateway_kill', atMs: 2_500, seed: 6 },
  ],
];

describe('under chaos', () => {
  const cleanUp = new CleanUp();
  let system: System;
  beforeAll(async () => {
    const { managementUrl, terraformBin, mirrorDirectory, lockFile } = testServices();
    const [database, vhost] = await Promise.all([createTestDatabase(), createTestVhost()]);
    cleanUp.add(() => Promise.all([database.drop(), vhost.remove()]));
    const stores = { databaseUrl: database.url, amqpUrl: vhost.url, managementUrl };
    const terraform = { terraformBin, mirrorDirectory, lockFile };
    system = await System.start({ stores, terraform, gateways: 1, executors: 2, programmers: 2, cleanUp });
  });
  afterAll(async () => {
    const failures: unknown[] = [];
    await cleanUp.run((error) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'not all could be cleaned up');
  });

  it.each(ROUNDS.map((disturbances, round) => ({ round, disturbances })))(
    'everything accepted ends, once, and nothing is left over (round $round)',
    async ({ round, disturbances }) => {
      const result = await runRound(system, { ...planRound(SEED, round, []), disturbances }, GENERATION);
      expect(result.violations.length === 0 ? '' : violationReport(result)).toBe('');
      expect(result.disturbances.filter(({ hit }) => !hit)).toEqual([]);
      expect(result.requests.accepted).toBeGreaterThan(10);
    },
    150_000,
  );
});
