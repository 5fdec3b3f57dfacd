import type { BreakerState, Lane, OperationError } from '@app/contracts';

/** Endpoints of a vendor's that fail together. */
export type EndpointFamily = 'sites' | 'devices';

/** The family whose endpoints the work of a lane calls. */
export const FAMILY_OF_LANE: Readonly<Record<Lane, EndpointFamily>> = {
  site: 'sites',
  device: 'devices',
  bulk: 'devices',
  drift: 'sites',
};

/** What one breaker is for. */
export interface Endpoints {
  vendorAccountId: string;
  family: EndpointFamily;
}

/** A breaker that is not closed, or was not lately. */
export interface Breaker extends Endpoints {
  vendor: string;
  /** The account's id at the vendor. */
  accountId: string;
  state: BreakerState;
  /** Since when it has been in that state. */
  since: Date;
  /** When the vendor is tried again; null: it is closed. */
  probeAt: Date | null;
  /** Probes in a row that found the vendor still down. */
  failedProbes: number;
  /** What opened it. */
  error: OperationError;
}

/** Whether work may call the vendor now. */
export type Admission =
  | { kind: 'closed' }
  /** The one operation that finds out whether the vendor is back. */
  | { kind: 'probe' }
  | { kind: 'refused'; waitMs: number };

export interface BreakerQueries {
  /** Of all accounts, or of these. */
  breakers(vendorAccountIds?: readonly string[]): Promise<Breaker[]>;
}

/** What is kept of breakers, for all workers together. */
export interface BreakerStore extends BreakerQueries {
  /** For work of these operations. */
  admission(endpoints: Endpoints, operationIds: readonly string[]): Promise<Admission>;
  /** Opens it, or after a failed probe opens it again for longer. @returns how long until the vendor is tried again */
  open(endpoints: Endpoints, opening: BreakerOpening): Promise<{ waitMs: number; hasOpened: boolean }>;
  /** The vendor is back: releases all that has waited for it. @returns false: it was closed before */
  close(endpoints: Endpoints): Promise<boolean>;
}

export interface BreakerOpening {
  error: OperationError;
  /** The probe that has failed, if it was one. */
  wasProbe: boolean;
  probeAfterMs: number;
  /** Waits double with every failed probe, up to this. */
  longestWaitMs: number;
}
