/** What has to be undone when a group of changes turns out to be impossible halfway. */
export class Journal {
  #undo: (() => void)[] | undefined;

  /** Every change of the store says here how it is undone. */
  record(undo: () => void): void {
    this.#undo?.push(undo);
  }

  /** All of the changes that `work` makes, or none when it throws. */
  atomically<T>(work: () => T): T {
    if (this.#undo) throw new Error('a group of changes is under way already');
    const undo: (() => void)[] = [];
    this.#undo = undo;
    try {
      return work();
    } catch (error) {
      this.#undo = undefined;
      for (const step of undo.toReversed()) step();
      throw error;
    } finally {
      this.#undo = undefined;
    }
  }
}
