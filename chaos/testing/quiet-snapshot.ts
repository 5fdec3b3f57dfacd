import { deviceBody, siteBody } from '../load/spec.js';
import type { Submission } from '../load/submission.js';
import type { DeviceFound, ItemFound, OperationFound, ResourceFound, Snapshot } from '../snapshot.js';

export const READY = '11111111-1111-4111-8111-111111111111';
export const DELETED = '22222222-2222-4222-8222-222222222222';
export const FAILED = '33333333-3333-4333-8333-333333333333';

/** Of site 1 in variation 10: a primary and a secondary tunnel, both with BGP. */
const SPEC = siteBody(1, 10);

const resource = (over: Partial<ResourceFound>): ResourceFound => ({
  id: READY,
  customer: 'c1',
  account: 'c1',
  name: 's1',
  phase: 'ready',
  revision: 2,
  appliedRevision: 2,
  isDeleted: false,
  appliedSpec: SPEC,
  ...over,
});

export const operation = (over: Partial<OperationFound>): OperationFound => ({
  id: 'operation-1',
  resourceId: READY,
  siteId: null,
  counts: { total: 0, succeeded: 0, failed: 0 },
  sequence: 1,
  action: 'update',
  revision: 2,
  status: 'succeeded',
  attempt: 1,
  idempotencyKey: 'key-1',
  error: null,
  supersededBy: null,
  hasLease: false,
  isOverdue: false,
  takeovers: 0,
  deferrals: 0,
  ...over,
});

/** Of device 1 in variation 3: with a MAC address. */
const device = (over: Partial<DeviceFound>): DeviceFound => ({
  id: 'device-1',
  siteId: READY,
  customer: 'c1',
  account: 'c1',
  site: 's1',
  name: 'd1',
  phase: 'ready',
  revision: 1,
  appliedRevision: 1,
  isDeleted: false,
  appliedSpec: deviceBody(1, 1, 3),
  hostId: '201',
  ...over,
});

const item = (over: Partial<ItemFound>): ItemFound => ({
  operationId: 'operation-4',
  deviceId: 'device-1',
  action: 'put',
  revision: 1,
  status: 'succeeded',
  error: null,
  ...over,
});

const AWAY = { code: 'VENDOR_UNAVAILABLE', message: 'the vendor is down', retryable: true } as const;

export const host = {
  hostId: '201',
  siteId: '100',
  name: 'd1',
  ip: '10.1.0.23',
  macAddress: '00:11:22:33:01:03',
};
const foreignHost = { hostId: '299', siteId: '100', name: 'not-ours', ip: '10.1.0.254', macAddress: null };

export const submission = (over: Partial<Submission> = {}): Submission => ({
  key: 'key-1',
  method: 'PUT',
  path: '/v1/customers/c1/sites/s1',
  customer: 'c1',
  site: 's1',
  isOfDevices: false,
  body: SPEC,
  answers: [{ status: 202, operationId: 'operation-1', code: undefined }],
  lost: 0,
  isGivenUp: false,
  ...over,
});

const tunnel = (number: number) => ({
  publicSiteIp: `203.0.113.${number * 10}`,
  privateSiteIp: `169.254.${number}.2`,
  privateCatoIp: `169.254.${number}.1`,
  lastMileBw: { downstream: 1_010, upstream: 110 },
  psk: `psk-of-t${number}-at-1010`,
});

const peer = (number: number) => ({
  id: `peer-${number}`,
  siteId: '100',
  name: `t${number}`,
  peerIp: `169.254.${number}.2`,
  peerAsn: 65_010,
  metric: 103,
});

/** A system at rest in which everything is as it must be. Changed freely by the test that asked for it. */
export function quietSnapshot(): Snapshot {
  return {
    customers: [{ name: 'c1', account: 'c1' }],
    resources: [
      resource({}),
      resource({
        id: DELETED,
        name: 's2',
        phase: 'deleted',
        isDeleted: true,
        appliedRevision: null,
        appliedSpec: null,
      }),
      resource({ id: FAILED, name: 's3', phase: 'failed', appliedRevision: null, appliedSpec: null }),
    ],
    operations: [
      operation({}),
      operation({ id: 'operation-2', resourceId: DELETED, action: 'delete', idempotencyKey: 'key-2' }),
      operation({
        id: 'operation-3',
        resourceId: FAILED,
        action: 'create',
        status: 'failed',
        idempotencyKey: 'key-3',
        error: AWAY,
      }),
      // A batch: one device put, one removed, one failed.
      operation({
        id: 'operation-4',
        resourceId: 'devices-of-s1',
        siteId: READY,
        counts: { total: 3, succeeded: 2, failed: 1 },
        status: 'failed',
        idempotencyKey: 'key-4',
        error: { code: 'PARTIAL_FAILURE', message: '1 of 3 devices failed', retryable: true },
      }),
    ],
    devices: [
      device({}),
      device({ id: 'device-2', name: 'd2', phase: 'deleted', isDeleted: true, appliedRevision: null }),
      device({ id: 'device-3', name: 'd3', phase: 'failed', appliedRevision: null, appliedSpec: null }),
    ],
    items: [
      item({}),
      item({ deviceId: 'device-2', action: 'delete' }),
      item({ deviceId: 'device-3', status: 'failed', error: AWAY }),
    ],
    heldDeviceLanes: [],
    stateVersions: [
      { resourceId: READY, version: 1, serial: 1, lineage: 'one' },
      { resourceId: READY, version: 2, serial: 4, lineage: 'one' },
    ],
    stateResources: [
      { resourceId: READY, address: 'cato_ipsec_site.site', objectId: '100', isTainted: false },
      { resourceId: READY, address: 'cato_bgp_peer.peer["t1"]', objectId: 'peer-1', isTainted: false },
      { resourceId: READY, address: 'cato_bgp_peer.peer["t3"]', objectId: 'peer-3', isTainted: false },
    ],
    locks: [],
    outboxRows: 0,
    queues: [
      { name: 'sitewright.cato.site', ready: 0, unacknowledged: 0 },
      { name: 'sitewright.cato.site.dead', ready: 1, unacknowledged: 0 },
    ],
    deadLetters: {
      inQueue: [{ operationId: 'operation-3', contentHash: 'hash-3', death: '{}' }],
      rows: [
        {
          operationId: 'operation-3',
          contentHash: null,
          isOpen: true,
          reason: 'transient',
          isOfDevices: false,
        },
      ],
    },
    vendor: [
      {
        account: 'c1',
        objects: {
          sites: [
            {
              id: '100',
              name: 'c1-s1',
              siteType: 'BRANCH',
              description: `variation 10 [sw:${READY}]`,
              nativeRange: { subnet: '10.1.0.0/24' },
              primary: { tunnels: [tunnel(1)] },
              secondary: { tunnels: [tunnel(3)] },
            },
          ],
          bgpPeers: [peer(1), peer(3)],
          hosts: [{ ...host }, { ...foreignHost }],
        },
      },
    ],
    foreignHosts: [{ ...foreignHost, account: 'c1' }],
  };
}
