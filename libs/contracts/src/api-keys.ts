import { z } from 'zod';
import { Instant, Name } from './names.js';

/** Roles, weakest first: each may do all that the ones before it may. */
export const Role = z.enum(['viewer', 'operator', 'approver', 'admin']).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

export const hasRole = (held: Role, needed: Role): boolean =>
  Role.options.indexOf(held) >= Role.options.indexOf(needed);

export const ApiKeySpec = z
  .strictObject({ name: Name, role: Role, customer: Name.nullish() })
  .meta({ id: 'ApiKeySpec' });
export type ApiKeySpec = z.infer<typeof ApiKeySpec>;

export const ApiKey = z
  .object({ id: z.uuid(), name: Name, role: Role, customer: Name.nullable(), createdAt: Instant })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;

/** The answer to making a key: the only time the key itself is shown. */
export const CreatedApiKey = ApiKey.extend({ key: z.string() }).meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;
