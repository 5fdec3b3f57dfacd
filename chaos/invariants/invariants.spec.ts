import { expect, it } from 'vitest';
import { evidence, must } from '../testing/break-it.js';
import { operation, submission } from '../testing/quiet-snapshot.js';
import { checkAll } from './index.js';

it('a system at rest in which all is as it must be passes', () => {
  expect(checkAll(evidence())).toEqual([]);
});

it('an operation that ends as cancelled for a later one, or at its deadline, is allowed', () => {
  const fine = evidence();
  fine.snapshot.operations.unshift(
    operation({
      id: 'earlier',
      sequence: 0,
      revision: 1,
      status: 'cancelled',
      supersededBy: 'operation-1',
      idempotencyKey: 'a',
    }),
    operation({
      id: 'late',
      sequence: 0,
      status: 'timed_out',
      error: { code: 'TF_TIMED_OUT', message: 'stopped', retryable: true },
      idempotencyKey: 'b',
    }),
  );
  expect(checkAll(fine)).toEqual([]);
});

it.each(['NOT_FOUND', 'SITE_DELETING', 'SITE_NOT_READY'])('devices may be refused with %s', (code) => {
  const fine = evidence();
  const status = code === 'NOT_FOUND' ? 404 : 409;
  fine.submissions.push(
    submission({ key: 'other', isOfDevices: true, answers: [{ status, operationId: undefined, code }] }),
  );
  expect(checkAll(fine)).toEqual([]);
});

it('a dead letter of devices that another message had begun with has no message', () => {
  const fine = evidence();
  must(fine.snapshot.deadLetters).rows.push({
    operationId: 'operation-4',
    contentHash: null,
    isOpen: true,
    reason: 'transient',
    isOfDevices: true,
  });
  expect(checkAll(fine)).toEqual([]);
});

it('devices of a site whose removal failed may be there or not', () => {
  const fine = evidence();
  const { snapshot } = fine;
  must(snapshot.resources[0]).phase = 'delete_failed';
  Object.assign(must(snapshot.operations[0]), {
    action: 'delete',
    status: 'failed',
    error: { code: 'VENDOR_UNAVAILABLE', message: 'down', retryable: true },
  });
  must(snapshot.vendor[0]).objects = { sites: [], bgpPeers: [], hosts: [] };
  expect(checkAll(fine)).toEqual([]);
});
