import { VendorFaultError } from '../faults.js';
import { isMarkedAs, ownershipMark } from '../ownership-mark.js';
import type { VendorConnection } from '../connection.js';
import type { SiteToConverge } from '../vendor.js';
import {
  createNetwork,
  deleteNetwork,
  listNetworks,
  updateNetwork,
  type MerakiNetwork,
  type NetworkChanges,
  type NetworkDraft,
} from './networks.js';
import type { MerakiSite } from './site-spec.js';
import { isSameSet } from './spec-fields.js';

interface Reach {
  connection: VendorConnection;
  signal: AbortSignal;
}

const outputsOf = ({ id, organizationId }: MerakiNetwork) => ({ siteId: id, organizationId });

const draftOf = ({ resourceId, vendorName, spec }: SiteToConverge<MerakiSite>): NetworkDraft => ({
  name: vendorName,
  productTypes: spec.productTypes,
  timeZone: spec.location.timezone,
  tags: spec.tags,
  notes: spec.description + ownershipMark(resourceId),
});

/** What has to change of a network, and nothing else. */
function changesOf(network: MerakiNetwork, { name, timeZone, tags, notes }: NetworkDraft): NetworkChanges {
  return {
    ...(network.name === name ? {} : { name }),
    ...(network.timeZone === timeZone ? {} : { timeZone }),
    ...(isSameSet(network.tags, tags) ? {} : { tags }),
    ...(network.notes === notes ? {} : { notes }),
  };
}

const nameTaken = (name: string) =>
  new VendorFaultError({
    code: 'NAME_TAKEN',
    message: `a network named ${name} exists already and is not ours`,
    retryable: false,
  });

const isNameTaken = (error: unknown): boolean =>
  error instanceof VendorFaultError && error.fault.code === 'NAME_TAKEN';

/**
 * A new network is one call: the vendor itself refuses a name that another one has. Whatever may be there already is
 * looked for by our mark, whatever its name has become.
 */
export async function convergeNetwork(
  site: SiteToConverge<MerakiSite>,
  { mayExist, connection, signal }: Reach & { mayExist: boolean },
): Promise<Record<string, unknown>> {
  const draft = draftOf(site);
  if (!mayExist) {
    try {
      return outputsOf(await createNetwork(connection, draft, signal));
    } catch (error) {
      if (!isNameTaken(error)) throw error;
    }
  }
  const networks = await listNetworks(connection, {}, signal);
  const own = networks.find(({ notes }) => isMarkedAs(notes, site.resourceId));
  if (own === undefined) {
    if (networks.some(({ name }) => name === draft.name)) throw nameTaken(draft.name);
    return outputsOf(await createNetwork(connection, draft, signal));
  }
  const changes = changesOf(own, draft);
  if (Object.keys(changes).length > 0) await updateNetwork(connection, own.id, changes, signal);
  return outputsOf(own);
}

/** The vendor puts the network's devices back into the inventory. A network that is not ours stays. */
export async function removeNetwork(resourceId: string, { connection, signal }: Reach): Promise<void> {
  const networks = await listNetworks(connection, {}, signal);
  const own = networks.find(({ notes }) => isMarkedAs(notes, resourceId));
  if (own !== undefined) await deleteNetwork(connection, own.id, signal);
}
