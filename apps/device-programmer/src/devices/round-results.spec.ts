import type { DeviceClaim } from '@app/ledger';
import { describe, expect, it } from 'vitest';
import { settledDevices } from './round-results.js';

const device = (resourceId: string) => ({
  resourceId,
  name: resourceId,
  revision: 1,
  spec: {},
  applied: undefined,
  mayExist: false,
  attempted: [],
});

const claim: DeviceClaim = {
  customerId: 'customer',
  collectionId: 'collection',
  workerId: 'worker',
  fencingToken: 1,
  customer: 'acme',
  vendor: 'cato',
  vendorAccountId: 'account',
  account: { accountId: '1', baseUrl: null, credentials: {} },
  site: { resourceId: 'site', name: 'paris', outputs: {} },
  priority: 'bulk',
  devices: [device('a'), device('b'), device('c')],
  operations: [],
};

describe('the answers of a round', () => {
  it('keep the vendor’s words about what it refuses', () => {
    const fault = {
      code: 'VENDOR_REJECTED',
      message: 'no such range',
      retryable: false,
      traceId: 't1',
    } as const;
    expect(
      settledDevices(claim, [
        { resourceId: 'a', outcome: 'applied', outputs: { hostId: '7' } },
        { resourceId: 'b', outcome: 'refused', fault },
      ]),
    ).toEqual([
      { resourceId: 'a', outcome: 'applied', outputs: { hostId: '7' } },
      {
        resourceId: 'b',
        outcome: 'refused',
        mayExist: false,
        error: {
          code: 'VENDOR_REJECTED',
          message: 'no such range',
          retryable: false,
          details: { traceId: 't1' },
        },
      },
    ]);
  });

  it('that are none at all are a fault of ours', () => {
    expect(() => settledDevices(claim, [])).toThrow('answered for no device');
    const stranger = { resourceId: 'x', outcome: 'applied', outputs: {} } as const;
    expect(() => settledDevices(claim, [stranger])).toThrow('answered for no device');
  });
});
