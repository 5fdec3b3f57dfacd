import { AsyncLocalStorage } from 'node:async_hooks';

/** Fields that every log line within a scope carries. */
export type LogFields = Readonly<Record<string, unknown>>;

const scopes = new AsyncLocalStorage<LogFields>();

/** Runs `work` with the fields added to every log line written meanwhile, whoever writes it. */
export const withLogScope = <T>(fields: LogFields, work: () => T): T =>
  scopes.run({ ...scopes.getStore(), ...fields }, work);

export const currentLogScope = (): LogFields => scopes.getStore() ?? {};
