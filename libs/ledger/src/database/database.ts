import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { DatabaseUnavailable, isConnectionFailure } from './database-unavailable.js';

/** What runs SQL: the pool, or one transaction. */
export interface Sql {
  /** Rows of one statement. Parameters are `$1`, `$2`, … */
  rows<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** One open transaction. */
export interface Transaction extends Sql {
  readonly manager: EntityManager;
  /** Runs after the commit, and never after a rollback. */
  afterCommit(effect: () => void): void;
}

/** A statement's result as TypeORM hands it over: rows, or for a data-changing one `[rows, count]`. */
function rowsOf<Row>(result: unknown): Row[] {
  if (!Array.isArray(result)) return [];
  const [rows, count] = result as [unknown, unknown];
  return (result.length === 2 && Array.isArray(rows) && typeof count === 'number' ? rows : result) as Row[];
}

/** The door to PostgreSQL. A database that cannot be reached is always a DatabaseUnavailable. */
@Injectable()
export class Database implements Sql, OnApplicationShutdown {
  private opening: Promise<DataSource> | undefined;

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async rows<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.guard(async () => {
      const source = await this.open();
      return rowsOf<Row>(await source.query(text, [...parameters]));
    });
  }

  /** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const effects: (() => void)[] = [];
    const result = await this.guard(async () => {
      const source = await this.open();
      return source.transaction((manager) =>
        work({
          manager,
          rows: async <Row>(text: string, parameters: readonly unknown[] = []) =>
            rowsOf<Row>(await manager.query(text, [...parameters])),
          afterCommit: (effect) => effects.push(effect),
        }),
      );
    });
    for (const effect of effects) effect();
    return result;
  }

  /** Throws DatabaseUnavailable when no statement can be run. */
  async ping(): Promise<void> {
    await this.rows('select 1');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  /** The pool opens with its first use, and again after a failure: a service may start before its database. */
  private open(): Promise<DataSource> {
    if (this.dataSource.isInitialized) return Promise.resolve(this.dataSource);
    this.opening ??= this.dataSource.initialize().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isConnectionFailure(error)) throw new DatabaseUnavailable(error);
      throw error;
    }
  }
}
