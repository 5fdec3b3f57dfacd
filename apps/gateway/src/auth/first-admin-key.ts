import { setTimeout as pause } from 'node:timers/promises';
import { AppError, Lifecycle } from '@app/runtime';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';

/** Where admin keys are kept. */
export interface AdminKeys {
  /** @returns the text of a key that had to be made, to be shown once */
  ensureAdmin(given: string | undefined): Promise<string | undefined>;
}
export const ADMIN_KEYS = Symbol('AdminKeys');

export interface FirstAdminKeyOptions {
  /** The key that the operator chose; undefined: one is made when there is none at all. */
  given: string | undefined;
  /** Shows a made key to whoever started the process. */
  show(key: string): void;
}
export const FIRST_ADMIN_KEY_OPTIONS = Symbol('FirstAdminKeyOptions');

const RETRY_MS = 1_000;

/** Sees to it that somebody can use the API: a database that is away at the start is waited for. */
@Injectable()
export class FirstAdminKey implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(FirstAdminKey.name);
  private pending: Promise<void> | undefined;

  constructor(
    @Inject(ADMIN_KEYS) private readonly keys: AdminKeys,
    @Inject(FIRST_ADMIN_KEY_OPTIONS) private readonly options: FirstAdminKeyOptions,
    private readonly lifecycle: Lifecycle,
  ) {}

  onApplicationBootstrap(): void {
    this.pending = this.ensure();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pending;
  }

  private async ensure(): Promise<void> {
    while (!this.lifecycle.isDraining) {
      try {
        const made = await this.keys.ensureAdmin(this.options.given);
        if (made !== undefined) this.options.show(made);
        return;
      } catch (error) {
        // A missing table too: the migrations may still be running.
        const isKnown = error instanceof AppError;
        this.logger.warn(
          'the first admin key cannot be stored yet',
          isKnown ? { reason: error.message } : error,
        );
        await pause(RETRY_MS, undefined, { signal: this.lifecycle.draining }).catch(() => undefined);
      }
    }
  }
}
