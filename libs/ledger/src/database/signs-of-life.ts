/** PostgreSQL ends a transaction whose process has sent nothing for so long: others wait for its locks. */
export const SILENCE_MS = 5_000;
const SIGN_EVERY_MS = SILENCE_MS / 4;

/**
 * The signs of life of a process that has a transaction open. One that waits, for a broker's confirms or for other
 * connections, keeps the transaction; one that is stopped or hangs gives no sign, and loses it.
 */
export class SignsOfLife {
  private readonly timer = setInterval(() => this.giveSign(), SIGN_EVERY_MS);
  private sign: Promise<void> | undefined;
  private statements = 0;

  private constructor(private readonly sendSign: () => Promise<unknown>) {}

  /** Gives signs until `work` has ended, none of them at once with a statement that it runs by way of them. */
  static async during<T>(
    sendSign: () => Promise<unknown>,
    work: (signs: SignsOfLife) => Promise<T>,
  ): Promise<T> {
    const signs = new SignsOfLife(sendSign);
    try {
      return await work(signs);
    } finally {
      clearInterval(signs.timer);
      await signs.sign;
    }
  }

  /** Runs a statement, which is a sign itself. */
  async statement<T>(run: () => Promise<T>): Promise<T> {
    this.statements += 1;
    try {
      await this.sign;
      return await run();
    } finally {
      this.statements -= 1;
    }
  }

  private giveSign(): void {
    if (this.statements === 0) this.sign ??= this.awaitSign();
  }

  private async awaitSign(): Promise<void> {
    try {
      await this.sendSign();
    } catch {
      // A connection that has broken says so by the next statement.
    } finally {
      this.sign = undefined;
    }
  }
}
