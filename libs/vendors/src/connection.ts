import type { CallMeter } from './call-meter.js';

/** How to reach a customer's account at a vendor. Holds credentials: never log it. */
export interface VendorConnection {
  baseUrl: string;
  accountId: string;
  credentials: Readonly<Record<string, string>>;
  /** Every call goes through it. */
  meter: CallMeter;
  /** How much faster than real time the vendor's clock goes: the sandbox's may. Absent: it goes like ours. */
  clockScale?: number;
}
