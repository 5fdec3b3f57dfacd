import { z } from 'zod';
import { FAULT_EFFECTS } from './fault-rules.js';

const vendor = z.string().min(1);
const account = z.string().min(1);
const token = z.string().min(1);
const waitMs = z.coerce.number().int().min(0).max(60_000).default(0);

export const CallsQuery = z.strictObject({
  vendor: vendor.optional(),
  account: account.optional(),
  /** With `atLeast` and `waitMs`: answer when so many calls of the operation have arrived, or the time is over. */
  operation: z.string().min(1).optional(),
  atLeast: z.coerce.number().int().min(1).optional(),
  waitMs,
  recent: z.enum(['true', 'false']).default('false'),
});

export const ObjectsQuery = z.strictObject({ vendor, account: account.optional() });

export const FaultQuery = z.strictObject({
  waitMs,
  /** How often the rule must have fired before the answer is given. */
  fired: z.coerce.number().int().min(1).default(1),
});

export const NoQuery = z.strictObject({});

export const FaultBody = z
  .strictObject({
    vendor,
    account: account.optional(),
    operation: z.string().min(1),
    nth: z.int().min(1).optional(),
    times: z.int().min(1).optional(),
    probability: z.number().gt(0).max(1).optional(),
    seed: z.int().optional(),
    effect: z.enum(FAULT_EFFECTS),
    status: z.int().min(400).max(599).optional(),
    message: z.string().optional(),
    delayMs: z.number().min(0).max(3_600_000).optional(),
  })
  .refine(({ effect, status }) => effect === 'status' || status === undefined, {
    path: ['status'],
    message: 'belongs to the effect "status"',
  })
  .refine(({ effect, delayMs }) => effect === 'delay' || delayMs === undefined, {
    path: ['delayMs'],
    message: 'belongs to the effect "delay"',
  });

export const ClockBody = z
  .strictObject({
    scale: z.number().gt(0).max(1_000_000).optional(),
    advanceMs: z.number().min(0).optional(),
  })
  .refine(({ scale, advanceMs }) => scale !== undefined || advanceMs !== undefined, {
    message: 'give scale or advanceMs',
  });

export const LatencyBody = z
  .strictObject({
    vendor,
    operation: z.string().min(1).optional(),
    p50Ms: z.number().min(0).max(600_000),
    p99Ms: z.number().min(0).max(600_000).optional(),
  })
  .transform((body) => ({ ...body, p99Ms: body.p99Ms ?? body.p50Ms }))
  .refine(({ p50Ms, p99Ms }) => p99Ms >= p50Ms, { path: ['p99Ms'], message: 'is below p50Ms' });

export const TokenBody = z.strictObject({ vendor, account, token });
export const ExpectedTokenBody = z.strictObject({ vendor, account, token: token.nullable() });
export const SeenTokenBody = z.strictObject({ vendor, token });

const reference = {
  vendor,
  account,
  kind: z.string().min(1),
  id: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
};
const isNamed = ({ id, name }: { id?: string | undefined; name?: string | undefined }): boolean =>
  (id === undefined) !== (name === undefined);
const namedOnce = { message: 'give either id or name' };

export const MutateBody = z
  .strictObject({ ...reference, set: z.record(z.string(), z.unknown()) })
  .refine(isNamed, namedOnce);
export const DeleteBody = z.strictObject(reference).refine(isNamed, namedOnce);

export const SettingsBody = z.looseObject({ vendor });
