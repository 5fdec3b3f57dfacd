import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';

const AGAIN_AFTER_MS = 200;
const PATIENCE_MS = 60_000;

/** Reads the tables beside the services, and never writes. A database that is away is waited for. */
export class LedgerReader {
  readonly #pool: Pool;

  constructor(databaseUrl: string) {
    this.#pool = new Pool({
      connectionString: databaseUrl,
      max: 3,
      connectionTimeoutMillis: 5_000,
      options: '-c default_transaction_read_only=on',
    });
    // A connection that ends while it is idle is replaced by the next question.
    this.#pool.on('error', () => undefined);
  }

  async rows<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return (await this.#pool.query<Row>(sql, [...parameters])).rows;
      } catch (error) {
        if (!isOutage(error) || performance.now() > deadline) throw error;
        await sleep(AGAIN_AFTER_MS);
      }
    }
  }

  async one<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row> {
    const [row] = await this.rows<Row>(sql, parameters);
    if (row === undefined) throw new Error('the question has no answer');
    return row;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

/** Anything that says something about the connection and not about the question. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isOfTheQuestion = /^(?:22|23|25|42)/.test(code);
  return !isOfTheQuestion;
}
