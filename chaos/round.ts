import { setTimeout as sleep } from 'node:timers/promises';
import { disturbanceOf } from './disturbances/index.js';
import { misbehave, type FaultRecord } from './faults.js';
import { heal } from './healing/heal.js';
import { checkAll } from './invariants/index.js';
import { runClient } from './load/client.js';
import { accountId, customerName, type Generation } from './load/spec.js';
import { isAccepted, type Submission } from './load/submission.js';
import type { PlannedDisturbance } from './plan/disturbance-plan.js';
import { Random, roundSeed } from './plan/random.js';
import type { RoundPlan } from './plan/round-plan.js';
import type { RoundResult } from './report/journal.js';
import type { Snapshot, Violation } from './snapshot.js';
import { readSnapshot } from './system/snapshot-reader.js';
import { untilQuiet } from './system/quiescence.js';
import type { System } from './system/system.js';

type DisturbanceRecord = RoundResult['disturbances'][number];

interface Turmoil {
  submissions: Submission[];
  disturbances: DisturbanceRecord[];
  faults: FaultRecord[];
  violations: Violation[];
}

/** One round: load under disturbances, then quiet, then everything that must hold. */
export async function runRound(
  system: System,
  plan: RoundPlan,
  generation: Generation,
): Promise<RoundResult> {
  const startedAt = new Date();
  const prefix = customerName(generation, 0).slice(0, -1);
  await addCustomers(system, plan, generation);
  await system.foreignHosts.plant((account) => account.startsWith(prefix));
  const before = await countOperations(system, prefix);
  const turmoil = await causeTurmoil(system, plan, generation);
  const violations = [...turmoil.violations, ...(await restoreServices(system))];

  const quiet = await untilQuiet(system, prefix);
  const snapshot = await readSnapshot(system, prefix);
  violations.push(...restless(quiet.unfinished));
  violations.push(...checkAll({ snapshot, submissions: turmoil.submissions }));

  const random = new Random(roundSeed(plan.seed, plan.round));
  const healing = await heal(system, { prefix, snapshot, random });
  violations.push(...healing.violations);
  // What has failed already would only be told twice.
  if (violations.length === 0 && healing.healed > 0) violations.push(...(await checkHealed(system, prefix)));

  return {
    seed: plan.seed,
    round: plan.round,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    quietAfterMs: quiet.ms,
    ...(quiet.waitedFor !== undefined && { waitedFor: quiet.waitedFor }),
    disturbances: turmoil.disturbances,
    faults: turmoil.faults,
    requests: countRequests(turmoil.submissions),
    ...countEndings(snapshot, before),
    healed: healing.healed,
    violations,
  };
}

async function addCustomers(system: System, { size }: RoundPlan, generation: Generation): Promise<void> {
  const { client } = await system.gateway();
  for (let customer = 1; customer <= size.customers; customer += 1) {
    const account = { accountId: accountId(generation, customer), token: 'token' };
    await client.addCustomer(customerName(generation, customer), account);
  }
}

async function causeTurmoil(system: System, plan: RoundPlan, generation: Generation): Promise<Turmoil> {
  const submissions: Submission[] = [];
  const violations: Violation[] = [];
  const beganAt = performance.now();
  const end = new AbortController();
  const faults = misbehave(system.vendor, plan.faults, {
    accountOf: (customer) => accountId(generation, customer),
    end: end.signal,
  });
  const [disturbances] = await Promise.all([
    Promise.all(plan.disturbances.map((planned) => disturb(system, planned, beganAt, violations))),
    ...plan.clients.map((client, number) =>
      runClient(system, generation, client, {
        number,
        onSubmission: (submission) => submissions.push(submission),
      }),
    ),
  ]);
  end.abort();
  return { submissions, disturbances, faults: await faults, violations };
}

async function disturb(
  system: System,
  { kind, atMs, seed }: PlannedDisturbance,
  beganAt: number,
  violations: Violation[],
): Promise<DisturbanceRecord> {
  await sleep(atMs);
  const since = (): number => Math.round(performance.now() - beganAt);
  const startedAtMs = since();
  try {
    const { hit, detail, complaint } = await disturbanceOf(kind).run(system, new Random(seed));
    if (complaint !== undefined) violations.push({ invariant: 'services', message: complaint, ids: [] });
    return { kind, atMs: startedAtMs, endedAtMs: since(), hit, detail };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    violations.push({ invariant: 'services', message: `after ${kind}: ${detail}`, ids: [] });
    return { kind, atMs: startedAtMs, endedAtMs: since(), hit: true, detail };
  }
}

/** A service that nobody has killed must still be there. */
async function restoreServices({ services }: System): Promise<Violation[]> {
  const gone = services.filter(({ current }) => current === undefined);
  await Promise.all(gone.map((slot) => slot.start()));
  return gone.map(({ app }) => ({ invariant: 'services', message: `a ${app} has ended by itself`, ids: [] }));
}

const restless = (unfinished: readonly string[]): Violation[] =>
  unfinished.map((what) => ({ invariant: 'quiet', message: `did not come to rest: ${what}`, ids: [] }));

async function checkHealed(system: System, prefix: string): Promise<Violation[]> {
  const { unfinished } = await untilQuiet(system, prefix);
  const snapshot = await readSnapshot(system, prefix);
  const devices = snapshot.devices.map((device) => ({ ...device, name: `${device.site}/${device.name}` }));
  const ill = [...snapshot.resources, ...devices].filter(
    ({ phase }) => phase !== 'ready' && phase !== 'deleted',
  );
  return [
    ...restless(unfinished),
    ...checkAll({ snapshot, submissions: [] }),
    ...ill.map(({ id, customer, name, phase }) => ({
      invariant: 'healing',
      message: `${customer}/${name} is ${phase} after it was healed`,
      ids: [id],
    })),
  ];
}

async function countOperations({ ledger }: System, prefix: string): Promise<number> {
  const { count } = await ledger.one<{ count: number }>(
    `select count(*)::int as count from operation o join customer c on c.id = o.customer_id where c.name like $1`,
    [`${prefix}%`],
  );
  return count;
}

function countEndings(
  { operations, items }: Snapshot,
  before: number,
): Pick<RoundResult, 'operations' | 'devices' | 'retries' | 'takeovers'> {
  const ofRound = operations.slice(before);
  const ids = new Set(ofRound.map(({ id }) => id));
  return {
    operations: countStatuses(ofRound),
    devices: countStatuses(items.filter(({ operationId }) => ids.has(operationId))),
    retries: ofRound.reduce((all, { deferrals }) => all + deferrals, 0),
    takeovers: ofRound.reduce((all, { takeovers }) => all + takeovers, 0),
  };
}

function countStatuses(ended: readonly { status: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of ended) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const countRequests = (submissions: readonly Submission[]): RoundResult['requests'] => ({
  sent: submissions.length,
  accepted: submissions.filter(({ answers }) => answers.some(isAccepted)).length,
  refused: submissions.filter(({ answers }) => !answers.some(isAccepted)).length,
  lostAnswers: submissions.reduce((all, { lost }) => all + lost, 0),
});
