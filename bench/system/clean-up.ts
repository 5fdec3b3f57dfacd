/** What has to be undone at the end, whatever comes in between; the last first. */
export class CleanUp {
  readonly #steps: (() => unknown)[] = [];
  #running: Promise<void> | undefined;

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Never rejects: a step that fails does not keep the others from being taken. */
  run(onFailed: (error: unknown) => void): Promise<void> {
    this.#running ??= this.#run(onFailed);
    return this.#running;
  }

  async #run(onFailed: (error: unknown) => void): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        onFailed(error);
      }
    }
  }
}
