import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { LogThreshold } from '../config/env.js';
import { AppError } from '../errors/app-error.js';
import { currentLogScope } from './log-scope.js';
import { maskUrlCredentials, REDACTED_KEYS } from './redaction.js';

/** What is printed at a threshold. Nest calls `info` by the name `log`, and takes an empty list as "nothing". */
const LEVELS_AT: Record<LogThreshold, LogLevel[]> = {
  silent: [],
  fatal: ['fatal'],
  error: ['error'],
  warn: ['warn'],
  info: ['log'],
  debug: ['debug'],
  verbose: ['verbose'],
};

/** Where Nest tells how it wires the app: a page at every start that only its developers read. */
const WIRING_CONTEXTS = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

export interface JsonLoggerOptions {
  /** The service's name, on every line. */
  app: string;
  level?: LogThreshold;
}

/** One JSON object per line, with the fields of the log scope, secret-named fields masked at any depth. */
export class JsonLogger extends ConsoleLogger {
  readonly #app: string;

  constructor({ app, level = 'info' }: JsonLoggerOptions) {
    super({
      json: true,
      colors: false,
      compact: true,
      flattenParams: true,
      redact: REDACTED_KEYS,
      logLevels: LEVELS_AT[level],
    });
    this.#app = app;
  }

  override log(message: unknown, ...params: unknown[]): void {
    const context = params.at(-1);
    if (typeof context === 'string' && WIRING_CONTEXTS.has(context)) super.debug(message, ...params);
    else super.log(message, ...params);
  }

  protected override getJsonLogObject(
    ...args: Parameters<ConsoleLogger['getJsonLogObject']>
  ): ReturnType<ConsoleLogger['getJsonLogObject']> {
    const record = super.getJsonLogObject(...args);
    const scope = this.redact(currentLogScope());
    return { ...(typeof scope === 'object' && scope), ...record, app: this.#app };
  }

  /** Nest writes only primitive properties of an error; ours say what happened in `details`. */
  protected override serializeError(
    error: Error,
    depth?: number,
    ancestors?: Set<Error>,
  ): Record<string, unknown> {
    const serialized = super.serializeError(error, depth, ancestors);
    if (error instanceof AppError && error.details) serialized['details'] = this.redact(error.details);
    return serialized;
  }

  /** The net for what key names cannot catch: a library's error text with a connection URL in it. */
  protected override stringifyJsonLogObject(record: Record<string, unknown>): string {
    return maskUrlCredentials(super.stringifyJsonLogObject(record));
  }
}

export const createLogger = (options: JsonLoggerOptions): JsonLogger => new JsonLogger(options);
