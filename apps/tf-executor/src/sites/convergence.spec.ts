import type { SiteClaim, StateResource } from '@app/ledger';
import {
  VendorFaultError,
  type FoundSite,
  type TerraformConvergence,
  unmetered,
  type VendorConnection,
} from '@app/vendors';
import { describe, expect, it } from 'vitest';
import { TerraformFailed } from '../terraform/failures.js';
import type { SavedPlan, SiteTerraform } from '../terraform/terraform-run.js';
import { Convergence } from './convergence.js';

const SITE = 'x_site.site';
const PEER = 'x_peer.peer["a"]';
const HARMLESS = 'the documented error after an import';

const failed = (changes: Partial<ConstructorParameters<typeof TerraformFailed>[0]> = {}): TerraformFailed =>
  new TerraformFailed({
    code: 'VENDOR_REJECTED',
    stage: 'apply',
    message: 'no',
    retryable: false,
    diagnostics: ['no'],
    ...changes,
  });
const harmless = failed({ code: 'TF_APPLY_FAILED', retryable: true, diagnostics: [HARMLESS] });

const SHA256 = Buffer.alloc(32);
const CHANGES: SavedPlan = {
  hasChanges: true,
  planned: [{ address: SITE, action: 'update' }],
  sha256: SHA256,
};
const EMPTY: SavedPlan = { hasChanges: false, planned: [], sha256: SHA256 };

/** The next answer, or the usual one. */
function answer<T>(answers: (T | TerraformFailed)[], otherwise: T): T {
  const next = answers.shift() ?? otherwise;
  if (next instanceof TerraformFailed) throw next;
  return next;
}

/** What the world answers, one after another; an error is thrown. Calls are written down. */
interface World {
  claim?: Partial<SiteClaim>;
  found?: FoundSite | VendorFaultError;
  state?: StateResource[];
  plans?: (SavedPlan | TerraformFailed)[];
  applies?: ('done' | TerraformFailed)[];
  imports?: TerraformFailed[];
}

async function converge({ claim, found, state = [], plans = [], applies = [], imports = [] }: World) {
  const calls: string[] = [];
  const apply = async (call: string): Promise<Record<string, unknown>> => {
    calls.push(call);
    answer(applies, 'done');
    return { id: 'from the stream' };
  };
  const terraform: SiteTerraform = {
    apply: ({ isDestroy, refresh }) =>
      apply(`${isDestroy ? 'destroy' : 'create'}${refresh ? '' : ' as recorded'}`),
    plan: async ({ refresh }) => {
      calls.push(refresh ? 'plan' : 'plan as recorded');
      return answer(plans, EMPTY);
    },
    applyPlan: () => apply('apply plan'),
    import: async (address) => {
      calls.push(`import ${address}`);
      answer(imports, undefined);
    },
    untaint: async (address) => void calls.push(`untaint ${address}`),
    forget: async (addresses) => void calls.push(`forget ${addresses.join()}`),
  };
  const convergence: TerraformConvergence = {
    kind: 'terraform',
    provider: { source: 'x/y/z', version: '1' },
    moduleDirectory: '/',
    siteAddress: SITE,
    variables: () => ({}),
    environment: {},
    calls: { ofRun: () => ({}), operationsOf: () => [], refusal: () => undefined },
    parallelism: 1,
    destroyedBy: ({ peers }: { peers?: string[] } = {}) => peers ?? [],
    outputs: (raw) => raw,
    isCheckedByPlan: (text) => text === HARMLESS,
    find: async () => {
      if (found instanceof VendorFaultError) throw found;
      return found;
    },
    remove: async (siteId) => void calls.push(`remove ${siteId}`),
    removeBelow: async ({ id }) => void calls.push(`remove below ${id}`),
    readsSiteInPart: true,
  };
  const connection: VendorConnection = {
    baseUrl: 'http://vendor',
    accountId: '1',
    credentials: {},
    meter: unmetered,
  };
  const stored = { visible: {}, secrets: {} };
  const saved: Buffer[] = [];
  const run = new Convergence({
    claim: {
      operationId: 'operation',
      customerId: 'customer',
      resourceId: 'site',
      workerId: 'worker',
      fencingToken: 1,
      customer: 'acme',
      site: 'paris',
      vendor: 'x',
      action: 'update',
      revision: 1,
      spec: stored,
      appliedSpec: undefined,
      vendorAccountId: 'account',
      triedSpecs: [],
      reportedIds: [],
      account: { accountId: '1', baseUrl: null, credentials: {} },
      attempt: 1,
      ladderStart: 0,
      idempotencyKey: 'key',
      deadlineAt: new Date(0),
      hasStateHeldResources: true,
      isUnreconciled: true,
      ...claim,
    },
    convergence,
    site: { resourceId: 'site', vendorName: 'acme-paris', spec: {} },
    connection,
    terraform,
    work: {
      enterPhase: async (_grant, phase) => void calls.push(phase),
      planSaved: async (_grant, { sha256 }) => void saved.push(sha256),
      planConsumed: async (_grant, { sha256 }) => {
        calls.push(saved.pop() === sha256 ? 'plan consumed' : 'plan unknown');
      },
      applyStarted: async () => void calls.push('apply started'),
    },
    state: {
      read: async () => Buffer.from(JSON.stringify({ outputs: { id: { value: 'from the state' } } })),
      resources: async () => state,
    },
    redact: (text) => text,
    signal: new AbortController().signal,
    onRemoved: () => {},
  });
  try {
    return { calls, outputs: await run.run() };
  } catch (error) {
    return { calls, error };
  }
}

const inState = (address: string, objectId: string, isTainted = false): StateResource => ({
  address,
  type: 'x',
  objectId,
  isTainted,
});
const ours: FoundSite = { address: SITE, id: 's1', isOurs: true, children: [], strangers: [] };
const applied = { appliedSpec: { visible: {}, secrets: {} } };

describe('the steps of a run', () => {
  it.each<[string, World, string[]]>([
    [
      'what an unfinished run made for a revision in between goes with the newest one',
      {
        claim: { ...applied, triedSpecs: [{ peers: ['peer.between'] }] },
        found: { ...ours, strangers: [{ address: 'peer.between', id: 'p1' }] },
        state: [inState(SITE, 's1'), inState('peer.between', 'p1')],
        plans: [
          { hasChanges: true, planned: [{ address: 'peer.between', action: 'delete' }], sha256: SHA256 },
        ],
      },
      [
        'reconciling',
        `forget ${SITE}`,
        `import ${SITE}`,
        'planning',
        'plan',
        'apply started',
        'plan consumed',
        'apply plan',
      ],
    ],
    [
      'what it made and no state knows is removed at the vendor, with the apply on record before',
      {
        claim: { ...applied, triedSpecs: [{ peers: ['peer.between'] }], reportedIds: ['p2'] },
        found: {
          ...ours,
          strangers: [
            { address: 'peer.between', id: 'p1' },
            { address: 'peer.renamed', id: 'p2' },
            { address: 'peer.of.others', id: 'p3' },
          ],
        },
        state: [inState(SITE, 's1')],
      },
      [
        'reconciling',
        'apply started',
        'remove below p1',
        'remove below p2',
        `forget ${SITE}`,
        `import ${SITE}`,
        'planning',
        'plan',
      ],
    ],
    [
      'an update plans as recorded and applies that plan',
      { claim: { ...applied, isUnreconciled: false, attempt: 0 }, plans: [CHANGES] },
      ['plan as recorded', 'apply started', 'plan consumed', 'apply plan'],
    ],
    [
      'an update that changes nothing applies nothing',
      { claim: { ...applied, isUnreconciled: false }, plans: [EMPTY] },
      ['plan'],
    ],
    [
      'after an import the harmless error is verified by a plan',
      { found: ours, plans: [CHANGES, EMPTY], applies: [harmless] },
      [
        'reconciling',
        `import ${SITE}`,
        'planning',
        'plan',
        'apply started',
        'plan consumed',
        'apply plan',
        'planning',
        'plan',
      ],
    ],
    [
      'what the verification still finds is applied, as the same attempt',
      { found: ours, plans: [CHANGES, CHANGES], applies: [harmless] },
      [
        'reconciling',
        `import ${SITE}`,
        'planning',
        'plan',
        'apply started',
        'plan consumed',
        'apply plan',
        'planning',
        'plan',
        'applying',
        'plan consumed',
        'apply plan',
      ],
    ],
    [
      'an orphan that cannot be imported is removed and created again',
      { found: ours, imports: [failed({ code: 'TF_IMPORT_FAILED', stage: 'import' })] },
      ['reconciling', `import ${SITE}`, 'apply started', 'remove s1', 'create'],
    ],
    [
      'an orphan that cannot be completed is removed and created again',
      { found: ours, state: [inState(SITE, 's1', true)], plans: [CHANGES], applies: [failed()] },
      [
        'reconciling',
        `untaint ${SITE}`,
        'planning',
        'plan',
        'apply started',
        'plan consumed',
        'apply plan',
        'remove s1',
        `forget ${SITE}`,
        'create',
      ],
    ],
    [
      'what hung below a site that is gone is forgotten when it cannot be read',
      {
        claim: applied,
        state: [inState(SITE, 's1'), inState(PEER, 'a1')],
        plans: [failed({ stage: 'plan' }), CHANGES],
      },
      [
        'reconciling',
        'planning',
        'plan',
        `forget ${PEER}`,
        'plan',
        'apply started',
        'plan consumed',
        'apply plan',
      ],
    ],
    [
      'a delete that the vendor refuses finds out what is there',
      {
        claim: { ...applied, action: 'delete', isUnreconciled: false },
        state: [inState(SITE, 's1'), inState(PEER, 'a1')],
        found: ours,
        applies: [failed()],
      },
      ['apply started', 'destroy as recorded', 'reconciling', `forget ${PEER}`, 'applying', 'destroy'],
    ],
  ])('%s', async (_claim, world, expected) => {
    const { calls, error } = await converge(world);
    expect(error).toBeUndefined();
    expect(calls).toEqual(expected);
  });

  it.each<[string, World, string]>([
    [
      'a site that was converged is never removed for a refusal',
      { claim: applied, found: ours, state: [inState(SITE, 's1')], plans: [CHANGES], applies: [failed()] },
      'VENDOR_REJECTED',
    ],
    [
      'nothing is removed for a token that does not work',
      { found: ours, plans: [CHANGES], applies: [failed({ code: 'VENDOR_AUTH_FAILED' })] },
      'VENDOR_AUTH_FAILED',
    ],
    [
      'nothing is removed for a fault that may pass',
      { found: ours, plans: [CHANGES], applies: [failed({ code: 'VENDOR_UNAVAILABLE', retryable: true })] },
      'VENDOR_UNAVAILABLE',
    ],
    [
      'a site that was converged keeps what the request did not ask to destroy',
      {
        claim: applied,
        found: ours,
        state: [inState(SITE, 's1')],
        plans: [{ hasChanges: true, planned: [{ address: SITE, action: 'replace' }], sha256: SHA256 }],
      },
      'PLAN_GUARD',
    ],
    [
      'an error that stays harmless without end is an error',
      {
        found: ours,
        plans: Array.from({ length: 9 }, () => CHANGES),
        applies: Array.from({ length: 9 }, () => harmless),
      },
      'TF_APPLY_FAILED',
    ],
    [
      'a lookup that fails is a fault of the vendor',
      {
        found: new VendorFaultError({ code: 'VENDOR_UNAVAILABLE', message: 'away', retryable: true }),
      },
      'VENDOR_UNAVAILABLE',
    ],
  ])('%s', async (_claim, world, code) => {
    const { calls, error } = await converge(world);
    expect(error).toMatchObject({ code });
    expect(calls.filter((call) => call.startsWith('remove'))).toEqual([]);
  });

  it('takes the outputs from the state when nothing was applied', async () => {
    const { outputs } = await converge({ claim: { ...applied, isUnreconciled: false } });
    expect(outputs).toEqual({ id: 'from the state' });
  });
});
