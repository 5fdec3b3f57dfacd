import type { DeviceClaim, DeviceSubmitResult, SettledDevice } from '@app/ledger';
import type { Operation } from '@app/contracts';
import { wakeOf, worker, type TestLedger } from './ledger-fixture.js';

export const BULK = 100;
export const ip = (last: number): string => `10.20.0.${last}`;
export const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `d${index}`);
export const accepted = (result: DeviceSubmitResult): Operation => {
  if (result.kind !== 'accepted') throw new Error(`the request was ${result.kind}`);
  return result.operation;
};
export const applied = (claimed: DeviceClaim): SettledDevice[] =>
  claimed.devices.map(({ resourceId, name }) => ({
    resourceId,
    outcome: 'applied',
    outputs: { hostId: `host-${name}` },
  }));
export const refused = { code: 'VENDOR_REJECTED', message: 'no', retryable: false } as const;
export const away = { code: 'VENDOR_UNAVAILABLE', message: 'away', retryable: true } as const;

/** What a test asks of the devices of its site, and does to them as a worker. */
export function devicesOf(place: () => { ledger: TestLedger; site: string }) {
  const requester = () => ({ apiKeyId: place().ledger.apiKeyId, name: 'tester' });
  const request = (site = place().site) => ({ customer: 'acme', site, requester: requester() });
  const message = async (id: string) => ({
    ...(await wakeOf(place().ledger, id)),
    lane: 'device' as const,
  });
  return {
    requester,
    message,
    put: (device: string, spec: Record<string, unknown>, at?: string) =>
      place().ledger.devices.put({ ...request(at), device, spec, preconditions: {} }),
    drop: (device: string) => place().ledger.devices.delete({ ...request(), device, preconditions: {} }),
    batch: async (wanted: string[], gone: string[] = []) =>
      accepted(
        await place().ledger.devices.batch({
          ...request(),
          put: wanted.map((name, index) => ({ name, spec: { ip: ip(index + 1) } })),
          delete: gone,
        }),
      ),
    operation: (id: string) => place().ledger.operations.get(id, undefined),
    device: (name: string) => place().ledger.devices.get('acme', place().site, name),
    claim: async (id: string, bulkSize = BULK): Promise<DeviceClaim> => {
      const claimed = await place().ledger.rounds.claim(await message(id), worker(), () => bulkSize);
      if (typeof claimed === 'string') throw new Error(`the claim was refused: ${claimed}`);
      return claimed;
    },
    settle: (claimed: DeviceClaim, results = applied(claimed), bulkSize = BULK) =>
      place().ledger.rounds.settle(claimed, results, { bulkSize, mayGoOn: true }),
  };
}
