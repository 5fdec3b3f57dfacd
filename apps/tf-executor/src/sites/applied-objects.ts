import type { AppliedObject, RunGrant, SiteWork } from '@app/ledger';

/**
 * Records what Terraform reports as done, as it comes and in its order, without holding up the stream. A run that is
 * killed later has saved no state; this is what is left of its work.
 */
export class AppliedObjects {
  #tail: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;

  constructor(
    private readonly work: Pick<SiteWork, 'objectApplied'>,
    private readonly grant: RunGrant,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  readonly add = (object: AppliedObject): void => {
    this.#tail = this.#tail.then(() => this.#record(object));
  };

  /** Resolves when everything is recorded. @throws the first error */
  async recorded(): Promise<void> {
    await this.#tail;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #record(object: AppliedObject): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.work.objectApplied(this.grant, object);
    } catch (error) {
      this.#failure = { error };
      this.onFailed(error);
    }
  }
}
