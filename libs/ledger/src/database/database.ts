import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { DatabaseUnavailable, isConnectionFailure } from './database-unavailable.js';
import { isDeadlock } from './deadlock.js';
import { SignsOfLife } from './signs-of-life.js';

/** What runs SQL: the pool, or one transaction. */
export interface Sql {
  /** Rows of one statement. Parameters are `$1`, `$2`, … */
  rows<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** One open transaction. */
export interface Transaction extends Sql {
  /** Runs after the commit, and never after a rollback. */
  afterCommit(effect: () => void): void;
}

/** Runs one statement; with the structured result the rows come the same way for every kind of statement. */
async function run<Row>(runner: QueryRunner, text: string, parameters: readonly unknown[]): Promise<Row[]> {
  const result = await runner.query(text, [...parameters], true);
  return result.records;
}

/** A broken connection has rolled back by itself; the error that led here is the one to report. */
async function rollBack(runner: QueryRunner): Promise<void> {
  if (!runner.isTransactionActive) return;
  try {
    await runner.rollbackTransaction();
  } catch {
    return;
  }
}

/** PostgreSQL has undone all of it, so it can be done again; twice in a row is rare, more often is a bug. */
const TRIES_AFTER_DEADLOCK = 3;

/** The door to PostgreSQL. A database that cannot be reached is always a DatabaseUnavailable. */
@Injectable()
export class Database implements Sql {
  private opening: Promise<DataSource> | undefined;

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async rows<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.guard(async () => {
      const runner = (await this.open()).createQueryRunner();
      try {
        return await run<Row>(runner, text, parameters);
      } finally {
        await runner.release();
      }
    });
  }

  /**
   * Runs `work` in one transaction: committed when it returns, rolled back when it throws. It is run again when the
   * transaction was chosen to end a deadlock.
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    let effects: (() => void)[] = [];
    const result = await this.guard(async () => {
      effects = [];
      const source = await this.open();
      const runner = source.createQueryRunner();
      try {
        await runner.startTransaction();
        const done = await SignsOfLife.during(
          () => runner.query('select 1'),
          (signs) =>
            work({
              rows: <Row>(text: string, parameters: readonly unknown[] = []) =>
                signs.statement(() => run<Row>(runner, text, parameters)),
              afterCommit: (effect) => effects.push(effect),
            }),
        );
        await runner.commitTransaction();
        return done;
      } catch (error) {
        await rollBack(runner);
        throw error;
      } finally {
        await runner.release();
      }
    });
    for (const effect of effects) effect();
    return result;
  }

  /** Throws DatabaseUnavailable when no statement can be run. */
  async ping(): Promise<void> {
    await this.rows('select 1');
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
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (isConnectionFailure(error)) throw new DatabaseUnavailable(error);
        if (!isDeadlock(error) || tries >= TRIES_AFTER_DEADLOCK) throw error;
      }
    }
  }
}
