import { MAX_BATCH, Name, type FieldError } from '@app/contracts';
import type { DeviceBatch } from '@app/ledger';
import type { Vendor } from '@app/vendors';
import { z } from 'zod';
import { fieldErrors, MAX_ERRORS } from '../http/field-errors.js';
import { ValidationFailed } from '../http/request-errors.js';
import { validated } from '../http/validate.js';
import { devicesOf, isObject } from './device-spec.js';

export type ValidBatch = Pick<DeviceBatch, 'put' | 'delete'>;

/** The largest body of a batch, in bytes: room for 1,000 devices with all that a vendor takes of them. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;

const Batch = z.strictObject({
  put: z.array(z.looseObject({ name: Name })).default([]),
  delete: z.array(Name).default([]),
});
type Batch = z.infer<typeof Batch>;

const named = (batch: Batch): { name: string; path: string }[] => [
  ...batch.put.map(({ name }, index) => ({ name, path: `put.${index}.name` })),
  ...batch.delete.map((name, index) => ({ name, path: `delete.${index}` })),
];

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

function sizeFault({ put, delete: gone }: Record<string, unknown>): FieldError | undefined {
  const size = lengthOf(put) + lengthOf(gone);
  if (size >= 1 && size <= MAX_BATCH) return undefined;
  const message = `put and delete must name 1 to ${MAX_BATCH} devices together; these are ${size}`;
  return { path: lengthOf(put) === 0 && lengthOf(gone) > 0 ? 'delete' : 'put', message };
}

/** A name that comes a second time: nobody could say which of the two wishes counts. */
function repeatedNames(batch: Batch): FieldError[] {
  const first = new Map<string, string>();
  return named(batch).flatMap(({ name, path }) => {
    const before = first.get(name);
    if (before !== undefined) return [{ path, message: `${name} is named already, by ${before}` }];
    first.set(name, path);
    return [];
  });
}

/** Reads a batch, each device by the schema of its vendor. All faults are named, and one is enough to refuse it. */
export function validBatch(vendor: Vendor, body: unknown): ValidBatch {
  const { spec } = devicesOf(vendor);
  const size = isObject(body) ? sizeFault(body) : undefined;
  // What is too long is not worth reading.
  if (size !== undefined) throw new ValidationFailed([size]);
  const batch = validated(Batch, body);
  const errors = repeatedNames(batch);
  const put = batch.put.flatMap(({ name, ...rest }, index) => {
    const read = spec.safeParse(rest);
    if (read.success) return [{ name, spec: read.data }];
    errors.push(
      ...fieldErrors(read.error.issues).map(({ path, message }) => ({
        path: path === '' ? `put.${index}` : `put.${index}.${path}`,
        message,
      })),
    );
    return [];
  });
  if (errors.length > 0) throw new ValidationFailed(errors.slice(0, MAX_ERRORS));
  return { put, delete: batch.delete };
}
