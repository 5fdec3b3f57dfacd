import type { CleanUp } from '../system/clean-up.js';
import type { Foundations } from '../system/foundations.js';
import { siteBody } from '../workload/sites.js';
import { DeviceSystem, type DeviceSite } from './device-system.js';
import type { FloodingSites } from './flooding-account.js';
import { measureLoad, type LoadResults } from './load.js';
import { DEVICES_AND_LOOK_UPS, EDITED_SITE, WITH_TERRAFORM } from './orderly-load.js';
import { switchBudgetOff } from './without-budget.js';

export interface BudgetPartOptions {
  accounts: number;
  simulatedMinutes: number;
  clockScale: number;
}

/** As many as one customer may have in work at a time, and some more. */
const FLOODING_SITES = 24;
/** Their creation takes what an account may look up in a minute, which is a real one beside Terraform. */
const FLOODING_SITES_BESIDE_TERRAFORM = 6;
const REQUESTS_PER_MINUTE = 500;

/** Devices and look-ups with the clock faster than it is, so that half an hour takes minutes. */
export async function measureFlood(
  foundations: Foundations,
  ending: CleanUp,
  { accounts, simulatedMinutes, clockScale }: BudgetPartOptions,
): Promise<LoadResults> {
  const system = await DeviceSystem.start(foundations, { clockScale }, ending);
  const sites = await makeSites(system, accounts);
  return measureLoad(system, sites, {
    mix: DEVICES_AND_LOOK_UPS,
    simulatedMinutes,
    requestsPerMinute: REQUESTS_PER_MINUTE,
  });
}

export interface WithAndWithout {
  withBudget: LoadResults;
  withoutBudget: LoadResults;
  /** Calls that the vendor has refused. */
  refused: { withBudget: number; withoutBudget: number };
}

/** The flood's load twice on the same sites: with the budget, and then without it. */
export async function measureWithoutBudget(
  foundations: Foundations,
  ending: CleanUp,
  { accounts, simulatedMinutes, clockScale }: BudgetPartOptions,
): Promise<WithAndWithout> {
  const system = await DeviceSystem.start(foundations, { clockScale }, ending);
  const sites = await makeSites(system, accounts);
  const load = { mix: DEVICES_AND_LOOK_UPS, simulatedMinutes, requestsPerMinute: REQUESTS_PER_MINUTE };
  const withBudget = await measureLoad(system, sites, load);
  await switchBudgetOff(system.database);
  const withoutBudget = await measureLoad(system, sites, { ...load, edition: 7 });
  return {
    withBudget,
    withoutBudget,
    refused: { withBudget: withBudget.calls.refused, withoutBudget: withoutBudget.calls.refused },
  };
}

/** Everything at once at the pace of real time: Terraform, single devices, batches and look-ups. */
export async function measureMixed(
  foundations: Foundations,
  ending: CleanUp,
  { accounts, simulatedMinutes }: Omit<BudgetPartOptions, 'clockScale'>,
): Promise<LoadResults> {
  const system = await DeviceSystem.start(foundations, { clockScale: 1 }, ending);
  const { orderly, flooding } = await makeSites(system, accounts, FLOODING_SITES_BESIDE_TERRAFORM);
  const edited = { account: flooding.devices[0]?.account ?? '', site: EDITED_SITE };
  const toEdit = [...orderly.map(({ account }) => ({ account, site: EDITED_SITE })), edited];
  await system.putSites(toEdit.map((site) => ({ ...site, body: siteBody({ index: 0 }) })));
  return measureLoad(
    system,
    { orderly, flooding: { ...flooding, edited } },
    { mix: WITH_TERRAFORM, simulatedMinutes, requestsPerMinute: REQUESTS_PER_MINUTE },
  );
}

export interface Fairness {
  alone: LoadResults;
  flooded: LoadResults;
  waitRatio: number;
}

/** What a flood does to the waits of the others. */
export async function measureFairness(
  foundations: Foundations,
  ending: CleanUp,
  { accounts, simulatedMinutes, clockScale }: BudgetPartOptions,
): Promise<Fairness> {
  const system = await DeviceSystem.start(foundations, { clockScale }, ending);
  const { orderly, flooding } = await makeSites(system, accounts);
  const load = { mix: DEVICES_AND_LOOK_UPS, simulatedMinutes, requestsPerMinute: REQUESTS_PER_MINUTE };
  const alone = await measureLoad(system, { orderly, flooding: undefined }, load);
  const flooded = await measureLoad(system, { orderly, flooding }, { ...load, edition: 7 });
  return { alone, flooded, waitRatio: flooded.waitP50Ms / alone.waitP50Ms };
}

async function makeSites(
  system: DeviceSystem,
  accounts: number,
  floodingSites = FLOODING_SITES,
): Promise<{ orderly: DeviceSite[]; flooding: FloodingSites }> {
  const orderly = await system.makeSites('orderly', accounts);
  const devices = await system.makeSites('flood', 1, floodingSites);
  return { orderly, flooding: { devices } };
}
