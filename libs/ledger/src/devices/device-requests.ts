import type { Device, DeviceResult, Operation, Page } from '@app/contracts';
import type { IdempotencyInput, Preconditions, Requester } from '../resources/site-requests.js';

interface DeviceRequest {
  customer: string;
  site: string;
  requester: Requester;
  idempotency?: IdempotencyInput | undefined;
}

export interface PutDevice extends DeviceRequest {
  device: string;
  spec: Record<string, unknown>;
  preconditions: Preconditions;
}

export interface DeleteDevice extends DeviceRequest {
  device: string;
  preconditions: Preconditions;
}

/** Every name once. */
export interface DeviceBatch extends DeviceRequest {
  put: { name: string; spec: Record<string, unknown> }[];
  delete: string[];
}

/** A request that has yet to be validated. */
export interface CheckDevices extends DeviceRequest {
  /** Absent for a batch. */
  device?: string | undefined;
  preconditions: Preconditions;
}

/** What became of a request. `isReplay`: the idempotency key had been used for the same request before. */
export type DeviceSubmitResult =
  { kind: 'accepted'; operation: Operation; isReplay: boolean } | { kind: 'unchanged'; device: Device };

/**
 * What the gateway does with devices. Throws the ledger's named errors: NotFound, SiteDeleting, SiteNotReady,
 * PreconditionFailed, IdempotencyKeyReused, IdempotencyKeyInUse.
 */
export interface DeviceRequests {
  put(request: PutDevice): Promise<DeviceSubmitResult>;
  delete(request: DeleteDevice): Promise<DeviceSubmitResult>;
  /** One operation for all of them; deleting what is not there is done already. */
  batch(request: DeviceBatch): Promise<DeviceSubmitResult>;
  /**
   * Idempotency key and preconditions alone, for a request that has yet to be validated: answers what the key stood
   * for before, or undefined.
   */
  check(request: CheckDevices): Promise<DeviceSubmitResult | undefined>;
  /** The vendor of a site, whose schema a device's spec has to fit. @throws NotFound */
  vendorOfSite(customer: string, site: string): Promise<string>;
  get(customer: string, site: string, device: string): Promise<Device>;
  /** By name. */
  list(
    customer: string,
    site: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Device>>;
  /** What became of each device of an operation, in the order of the request. */
  results(operationId: string): Promise<DeviceResult[]>;
}
