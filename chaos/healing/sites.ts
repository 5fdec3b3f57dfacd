import { Site } from '@app/contracts';
import type { Answer } from '../../sandbox/stack/gateway-client.js';
import type { Random } from '../plan/random.js';
import type { ResourceFound, Snapshot } from '../snapshot.js';
import type { System } from '../system/system.js';
import {
  accepted,
  complaintOf,
  moveBack,
  openLetters,
  replay,
  untilSucceeded,
  type Healing,
  type Letter,
} from './treatment.js';

/** What failed, and the dead letter of its operation if it has one. */
interface Patient {
  resource: ResourceFound;
  letter: Letter | undefined;
}

/** Ways to have it done after all; those of a dead letter are for patients that have one. */
type Way = 'ask_again' | 'replay' | 'move';

export async function healSites(
  system: System,
  { resources }: Pick<Snapshot, 'resources'>,
  random: Random,
): Promise<Healing> {
  const failed = resources.filter(({ phase }) => phase === 'failed' || phase === 'delete_failed');
  const letters = await openLetters(system);
  const complaints = await Promise.all(
    failed.map((resource) => {
      const letter = letters.find(({ resourceId }) => resourceId === resource.id);
      const way = letter === undefined ? 'ask_again' : random.pick(['ask_again', 'replay', 'move']);
      const what = `${pathOf(resource)} (${resource.phase}) after ${way}`;
      return complaintOf(what, [resource.id], async () => {
        await untilSucceeded(system, await begin(system, { resource, letter }, way));
      });
    }),
  );
  const violations = complaints.filter((complaint) => complaint !== undefined);
  return { healed: failed.length - violations.length, violations };
}

/** @returns the operation that runs now */
async function begin(system: System, { resource, letter }: Patient, way: Way): Promise<string> {
  if (letter === undefined || way === 'ask_again') return accepted(() => askAgain(system, resource));
  await (way === 'replay' ? replay(system, letter) : moveBack(system, letter));
  return letter.operationId;
}

/** The same spec, with the secrets that are stored; or the deletion. */
async function askAgain(system: System, resource: ResourceFound): Promise<Answer> {
  const { client } = await system.gateway();
  const path = pathOf(resource);
  if (resource.phase === 'delete_failed') return client.call('DELETE', path);
  const { spec } = Site.parse((await client.call('GET', path)).body);
  return client.call('PUT', path, { body: spec });
}

const pathOf = ({ customer, name }: ResourceFound): string => `/v1/customers/${customer}/sites/${name}`;
