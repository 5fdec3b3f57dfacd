import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Facilities } from './facilities.js';

export interface ObjectReference {
  kind: string;
  id?: string | undefined;
  name?: string | undefined;
}

/** One vendor's API while it runs, and the back door by which tests look at and change what it stores. */
export interface RunningVendor {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  accounts(): string[];
  /** Everything that the account holds, by kind, secrets included. */
  objects(account: string): Record<string, unknown[]>;
  /** Changes an object out of band and returns it; throws BadAdminRequest or NoSuchObject. */
  mutate(account: string, reference: ObjectReference, set: Record<string, unknown>): unknown;
  remove(account: string, reference: ObjectReference): void;
  settings(): Record<string, unknown>;
  /** Changes some settings; throws BadAdminRequest. */
  configure(changes: Record<string, unknown>): void;
  reset(): void;
  /** Grows whenever what is stored changes. */
  revision(): number;
  /** What is stored, as JSON; `load` takes it back. */
  save(): unknown;
  load(saved: unknown): void;
}

/** What a folder of the sandbox exports as `simulator` to be found and started. */
export interface VendorSimulator {
  vendor: string;
  defaultPort: number;
  /** What follows host and port in the base URL that clients are given. */
  basePath: string;
  create(facilities: Facilities): RunningVendor;
}

export class BadAdminRequest extends Error {}

export class NoSuchObject extends Error {}
