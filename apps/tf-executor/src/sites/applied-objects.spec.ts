import type { AppliedObject, RunGrant } from '@app/ledger';
import { describe, expect, it } from 'vitest';
import { AppliedObjects } from './applied-objects.js';

const grant: RunGrant = {
  customerId: 'customer',
  resourceId: 'site',
  operationId: 'operation',
  workerId: 'worker',
  fencingToken: 1,
};
const object = (id: string): AppliedObject => ({ address: `x.${id}`, id, action: 'create' });

describe('objects that Terraform reports', () => {
  it('are recorded one after another, in their order', async () => {
    const recorded: string[] = [];
    let atOnce = 0;
    const objects = new AppliedObjects(
      {
        objectApplied: async (_grant, { id }) => {
          atOnce += 1;
          expect(atOnce).toBe(1);
          await Promise.resolve();
          recorded.push(id);
          atOnce -= 1;
        },
      },
      grant,
      () => {},
    );
    for (const id of ['1', '2', '3']) objects.add(object(id));
    expect(recorded).toEqual([]);
    await objects.recorded();
    expect(recorded).toEqual(['1', '2', '3']);
  });

  it('tell at once and at the end when they cannot be recorded', async () => {
    const errors: unknown[] = [];
    let calls = 0;
    const refused = new Error('stale');
    const objects = new AppliedObjects(
      {
        objectApplied: () => {
          calls += 1;
          return Promise.reject(refused);
        },
      },
      grant,
      (error) => errors.push(error),
    );
    objects.add(object('1'));
    objects.add(object('2'));
    await expect(objects.recorded()).rejects.toBe(refused);
    expect([errors, calls]).toEqual([[refused], 1]);
  });
});
