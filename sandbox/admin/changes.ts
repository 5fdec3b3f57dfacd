/** Lets a test await a condition over the simulators' state instead of polling or sleeping. */
export class Changes {
  readonly #waiters = new Set<() => void>();

  notify(): void {
    for (const waiter of this.#waiters) waiter();
  }

  /** Resolves when `holds()` is true, when the time is over, or when the signal is aborted. */
  async until(holds: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (holds() || timeoutMs <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const check = (): void => {
        if (holds()) finish();
      };
      const timer = setTimeout(finish, timeoutMs);
      signal.addEventListener('abort', finish);
      this.#waiters.add(check);
    });
  }
}
