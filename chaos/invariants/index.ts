import type { Evidence, Violation } from '../snapshot.js';
import { checkDeadLetters } from './dead-letters.js';
import { checkDeviceResults } from './device-results.js';
import { checkDevices } from './devices.js';
import { checkEndings } from './endings.js';
import { checkForeignHosts } from './foreign-hosts.js';
import { checkLeftovers } from './leftovers.js';
import { checkRequests } from './requests.js';
import { checkStates } from './states.js';
import { checkVendorObjects } from './vendor-objects.js';

/** All that must hold when the system has come to rest. */
export function checkAll(evidence: Evidence): Violation[] {
  const { snapshot } = evidence;
  return [
    ...checkRequests(evidence),
    ...checkVendorObjects(snapshot),
    ...checkDevices(snapshot),
    ...checkForeignHosts(snapshot),
    ...checkStates(snapshot),
    ...checkLeftovers(snapshot),
    ...checkEndings(snapshot),
    ...checkDeviceResults(snapshot),
    ...checkDeadLetters(snapshot),
  ];
}
