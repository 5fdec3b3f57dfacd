import type { Call, ObjectValue, Outcome, Resource } from '../../terraform-plugin/index.js';
import { errorDiagnostic, nullObject } from '../../terraform-plugin/index.js';
import { CatoApiError } from '../api/api-error.js';
import type { CatoClient } from '../api/cato-client.js';
import type { Operation } from '../api/documents.js';
import { OPERATIONS } from '../api/documents.js';
import type { BgpPeerAnswer } from './bgp-peer.api.js';
import { bgpPeerFromAnswer, bgpPeerInput } from './bgp-peer.api.js';
import { toBgpPeer } from './bgp-peer.model.js';
import { bgpPeerSchema } from './bgp-peer.schema.js';

/** `cato_bgp_peer`: one call per action. */
export const bgpPeerResource: Resource<CatoClient> = {
  schema: bgpPeerSchema,

  create: (call, planned) =>
    failingAs('Cato API error in SiteAddBgpPeer', null, async () => {
      const peer = toBgpPeer(planned);
      const addBgpPeerInput = {
        site: { by: 'ID', input: peer.site_id },
        ...REQUIRED_LISTS,
        ...bgpPeerInput(peer),
      };
      const data = await execute<{
        site?: { addBgpPeer?: { bgpPeer?: { id?: string } | null } | null } | null;
      }>(call, OPERATIONS.addBgpPeer, { addBgpPeerInput });
      const id = data?.site?.addBgpPeer?.bgpPeer?.id;
      // The vendor's provider follows the pointer and crashes.
      if (id === undefined) throw new TypeError('the answer has no peer id');
      return { ...planned, id };
    }),

  read: (call, state) =>
    failingAs('Cato API error in SiteBgpPeer', state, async () => {
      const data = await execute<{ site?: { bgpPeer?: BgpPeerAnswer | null } | null }>(
        call,
        OPERATIONS.bgpPeer,
        {
          bgpPeerRefInput: { by: 'ID', input: state['id'] },
        },
      );
      return data?.site?.bgpPeer ? bgpPeerFromAnswer(data.site.bgpPeer) : null;
    }),

  update: (call, planned, prior) =>
    failingAs('Cato API error in SiteUpdateBgpPeer', prior, async () => {
      const updateBgpPeerInput = { id: planned['id'], ...bgpPeerInput(toBgpPeer(planned)) };
      await execute(call, OPERATIONS.updateBgpPeer, { updateBgpPeerInput });
      return planned;
    }),

  /** A peer that is already gone is an error here, as it is in the vendor's provider. */
  delete: (call, state) =>
    failingAs('Cato API error in SiteRemoveBgpPeer', state, async () => {
      await execute(call, OPERATIONS.removeBgpPeer, { removeBgpPeerInput: { id: state['id'] } });
      return null;
    }),

  importState: (id) => ({ ...nullObject(bgpPeerSchema), id }),
};

/** Lists that the API demands when a peer is added: the SDK sends them empty where nothing is set. */
const REQUIRED_LISTS = { summaryRoute: [], defaultRouteCommunities: [], defaultActionExclusion: [] } as const;

function execute<Data>(
  { client, signal }: Call<CatoClient>,
  operation: Operation,
  variables: Readonly<Record<string, unknown>>,
): Promise<Data | undefined> {
  return client.execute<Data>(operation, { ...variables, accountId: client.accountId }, signal);
}

async function failingAs(
  summary: string,
  stateOnError: ObjectValue | null,
  run: () => Promise<ObjectValue | null>,
): Promise<Outcome> {
  try {
    return { state: await run() };
  } catch (error) {
    if (!(error instanceof CatoApiError)) throw error;
    return { state: stateOnError, diagnostics: [errorDiagnostic(summary, error.message)] };
  }
}
