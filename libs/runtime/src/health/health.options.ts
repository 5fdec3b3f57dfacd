import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';

/** Throws when the thing is not there; stops trying when the signal fires. */
export type HealthProbe = (signal: AbortSignal) => Promise<unknown>;

export interface HealthOptions {
  /** Asks the database something cheap. */
  database?: HealthProbe;
  /**
   * What it means that the broker is away: a worker can do nothing (`down`), the gateway accepts requests
   * into the outbox (`degraded`).
   */
  brokerAway: 'down' | 'degraded';
  /** Further conditions of readiness, by name. */
  probes?: Record<string, HealthProbe>;
  /** Further facts for `/health/broker`, by name: depth of the outbox, breakers. */
  details?: Record<string, () => unknown>;
}

export interface HealthAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  inject?: FactoryProvider['inject'];
  useFactory: FactoryProvider<HealthOptions>['useFactory'];
}

export const HEALTH_OPTIONS = Symbol('HEALTH_OPTIONS');
