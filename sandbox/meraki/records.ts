/** What the simulated vendor stores. Records are replaced, never changed in place, so that a batch can be undone. */
export interface NetworkRecord {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly productTypes: readonly string[];
  readonly timeZone: string;
  readonly tags: readonly string[];
  readonly notes: string | null;
  readonly siteToSiteVpn: Readonly<Record<string, unknown>>;
}

export interface DeviceRecord {
  readonly serial: string;
  /** Null: in the organization's inventory, and in no network. */
  readonly networkId: string | null;
  readonly model: string;
  readonly productType: string;
  readonly mac: string;
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly address: string;
  readonly notes: string | null;
  readonly lat: number;
  readonly lng: number;
  readonly claimedAt: number;
  /** When it came into its network. */
  readonly placedAt: number;
}

export interface BatchAction {
  readonly resource: string;
  readonly operation: string;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

export interface BatchStatus {
  readonly completed: boolean;
  readonly failed: boolean;
  readonly errors: readonly string[];
  readonly createdResources: readonly { id: string; uri: string }[];
}

export interface BatchRecord {
  readonly id: string;
  readonly confirmed: boolean;
  readonly synchronous: boolean;
  readonly status: BatchStatus;
  readonly actions: readonly BatchAction[];
  readonly createdAt: number;
  /** How long its run takes, and when it ends; null until it is confirmed. */
  readonly runMs: number | null;
  readonly dueAt: number | null;
}

export const isFinished = ({ status }: BatchRecord): boolean => status.completed || status.failed;

export const isRunning = (batch: BatchRecord): boolean => batch.confirmed && !isFinished(batch);
