import type { z } from 'zod';
import type { VendorFault } from './faults.js';
import type { VendorConnection } from './connection.js';

/** A device as a round finds it in the ledger, and as it is to be. */
export interface WantedDevice {
  /** The ledger's id of the device. */
  resourceId: string;
  /** Unique within its site: the device's name at the vendor too. */
  name: string;
  /** As it is to be; undefined: it is to go. */
  spec: Record<string, unknown> | undefined;
  /** What the ledger knows to be applied; undefined when nothing is. */
  applied: { spec: Record<string, unknown>; outputs: Record<string, unknown> } | undefined;
  /** Earlier tries may have reached the vendor, and their answers were lost: what looks like them is ours. */
  mayExist: boolean;
  /** What those tries may have wanted, newest first: the wish may have changed since. */
  attempted?: readonly Record<string, unknown>[];
}

/** What became of a device in a round. */
export type DeviceResult =
  /** It is as wanted. `outputs` hold its id at the vendor; empty for one that is gone. */
  | { resourceId: string; outcome: 'applied'; outputs: Record<string, unknown> }
  /** The vendor says no to this one; the others went on without it. `mayExist`: part of it may be there all the same. */
  | { resourceId: string; outcome: 'refused'; fault: VendorFault; mayExist?: boolean };

/** One round over devices of one site. */
export interface DeviceRound {
  site: {
    resourceId: string;
    /** The site's name at the vendor (see `vendorName`). */
    vendorName: string;
    /** The outputs of its convergence, its id at the vendor among them. */
    outputs: Record<string, unknown>;
  };
  /** At most `bulkSize` of them, each name once. */
  devices: readonly WantedDevice[];
  connection: VendorConnection;
  signal: AbortSignal;
}

/** How a vendor's devices are programmed: by direct API calls, a whole round of a site's devices at once. */
export interface DeviceProgramming {
  spec: z.ZodType<Record<string, unknown>>;
  /** Devices that one round takes at most. */
  bulkSize: number;
  /** The calls that a round makes as a rule: reserved together before it begins, by API operation. */
  callsOfRound: Readonly<Record<string, number>>;
  /**
   * Lists what there is, changes what differs and nothing else, and answers for every device. Repeating a round whose
   * answer was lost changes nothing twice. Objects that are not ours are never touched.
   *
   * A round that was cut short after the vendor had refused devices one by one may answer for some devices only; those
   * without an answer stay due. Else a budget that ends too early would have it find out the same again, for ever.
   * @throws VendorFaultError when the round as a whole did not come about; nothing is known of its devices then
   */
  converge(round: DeviceRound): Promise<DeviceResult[]>;
}
