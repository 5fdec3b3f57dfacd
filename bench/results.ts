import type { CpuByKind } from './measure/usage.js';
import type { Action, SettledOperation } from './workload/end-to-end.js';
import type { BenchOptions, Part } from './options.js';
import type { AcceptRate } from './workload/accept-rate.js';
import type { IdleStart } from './workload/idle-start.js';

/** Some work of one kind, measured together. */
export interface Block {
  count: number;
  durationMs: number;
  /** CPU-seconds that the machine's processes of each kind used meanwhile. */
  cpu: CpuByKind;
}

export interface EndToEndBlockResult extends Block {
  operations: SettledOperation[];
}

export interface PeerResult {
  id: string;
  name: string;
  processes: number;
  fixedWaitMs: number | undefined;
  blocks: Block[];
}

/** What the simulated vendor counted. */
export interface VendorCount {
  calls: number;
  refused: number;
  accounts: number;
  /** Sites and peers that are there at the end, and that should be. */
  sites: number;
  expectedSites: number;
  bgpPeers: number;
  expectedBgpPeers: number;
}

/** Everything that was measured, as it was measured; the report draws conclusions. */
export interface Results {
  startedAt: string;
  durationMs: number;
  machine: { cpus: number; model: string; memoryBytes: number; platform: string; node: string };
  terraform: { version: string; providers: 'warm' | 'cold' };
  settings: Omit<BenchOptions, 'parts'> & { parts: Part[] };
  endToEnd: Record<Action, EndToEndBlockResult[]>;
  /** Bytes at their highest during the rounds. */
  peakMemory: CpuByKind | undefined;
  floor: Block[];
  peers: PeerResult[];
  gateway: (AcceptRate & { clients: number; cpu: CpuByKind }) | undefined;
  idle: IdleStart | undefined;
  vendor: VendorCount;
}
