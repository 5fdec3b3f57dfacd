import type { OperationAction } from '@app/contracts';

/** A request that a vendor's provider for Terraform makes. It holds credentials and secrets: never log it. */
export interface ProviderRequest {
  method: string;
  path: string;
  body: Buffer;
}

/** How the vendor answered it. */
export interface ProviderAnswer {
  status: number;
  retryAfter: string | undefined;
  /** The beginning of the body, far more than an error needs. */
  start: string;
}

/** What decides how many calls a run of Terraform makes. */
export interface PlannedRun {
  action: OperationAction;
  /** One process, two with a saved plan between them, or finding out first what an earlier run has left. */
  step: 'apply' | 'plan' | 'reconcile';
  /** Every object is read back before the plan. */
  refresh: boolean;
  applied: Record<string, unknown> | undefined;
  next: Record<string, unknown>;
}

/** The calls of a provider, as the vendor counts them. */
export interface ProviderCalls {
  /** The calls that a run makes at worst as a rule, by API operation. */
  ofRun(run: PlannedRun): Readonly<Record<string, number>>;
  /** The API operations of a request, by the names under which they count; none: the vendor does not count it. */
  operationsOf(request: ProviderRequest): readonly string[];
  /** When the vendor refused for its rate limit: how long to wait, as far as it says so. */
  refusal(answer: ProviderAnswer): { retryAfterMs: number | undefined } | undefined;
}
