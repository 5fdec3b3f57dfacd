import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogThreshold } from '../config/env.js';
import { AppError } from '../errors/app-error.js';
import { JsonLogger } from './json-logger.js';
import { withLogScope } from './log-scope.js';

class Refused extends AppError {
  readonly code = 'VENDOR_REJECTED';
}

let written: string[] = [];
const lines = (): Record<string, unknown>[] =>
  written.map((line): Record<string, unknown> => JSON.parse(line));
const logger = (level: LogThreshold = 'info') => new JsonLogger({ app: 'gateway', level });

beforeEach(() => {
  written = [];
  const capture = (chunk: unknown): boolean => {
    written.push(String(chunk));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(capture);
  vi.spyOn(process.stderr, 'write').mockImplementation(capture);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the log', () => {
  it('is one JSON object per line with the message, the fields and the service', () => {
    logger().log('plan finished', { outcome: 'changed', durationMs: 12 }, 'Planner');
    expect(written).toHaveLength(1);
    expect(lines()[0]).toMatchObject({
      level: 'log',
      app: 'gateway',
      message: 'plan finished',
      context: 'Planner',
      outcome: 'changed',
      durationMs: 12,
    });
  });

  it.each([
    ['psk', { psk: 'hunter2' }],
    ['a nested password', { site: { tunnels: [{ auth: { password: 'hunter2' } }] } }],
    ['any case', { headers: { Authorization: 'Bearer hunter2' } }],
    ['a BGP key', { bgp: { md5AuthKey: 'hunter2' } }],
    ['whole credentials', { account: { credentials: { anything: 'hunter2' } } }],
    ['a map', { values: new Map([['token', 'hunter2']]) }],
    ['a connection URL', { target: 'postgres://sw:hunter2@db/sw' }],
    ['a user without password in a URL', { target: 'https://hunter2@api.example/x' }],
  ])('%s is masked', (_name, fields) => {
    logger().log('something happened', fields);
    expect(written.join('')).not.toContain('hunter2');
    expect(written.join('')).toContain('[REDACTED]');
  });

  it('secrets in the details and the cause of an error are masked', () => {
    const cause = new Error('connect amqp://guest:hunter2@mq failed');
    logger().error(new Refused('refused', { cause, details: { field: 'a', secret: 'hunter2' } }));
    const [line] = lines();
    expect(written.join('')).not.toContain('hunter2');
    expect(line?.['error']).toMatchObject({ code: 'VENDOR_REJECTED', details: { field: 'a' } });
  });

  it('secrets in the scope are masked', () => {
    withLogScope({ request: { token: 'hunter2' } }, () => logger().log('x'));
    expect(written.join('')).not.toContain('hunter2');
  });

  it('lines carry the fields of the scopes around them, across awaits and no further', async () => {
    const log = logger();
    await withLogScope({ operationId: 'o1' }, async () => {
      await Promise.resolve();
      withLogScope({ attempt: 2 }, () => log.log('inside'));
    });
    log.log('outside');
    expect(lines()[0]).toMatchObject({ operationId: 'o1', attempt: 2, message: 'inside' });
    expect(lines()[1]).not.toHaveProperty('operationId');
  });

  it('a field cannot pose as the level or the message of its line', () => {
    withLogScope({ level: 'fatal' }, () => logger().log('true', { message: 'false' }));
    expect(lines()[0]).toMatchObject({ level: 'log', message: 'true' });
  });

  it.each<[LogThreshold, string[]]>([
    ['silent', []],
    ['fatal', ['fatal']],
    ['warn', ['warn', 'error', 'fatal']],
    ['info', ['log', 'warn', 'error', 'fatal']],
    ['debug', ['debug', 'log', 'warn', 'error', 'fatal']],
  ])('at %s it writes %j', (level, expected) => {
    const log = logger(level);
    for (const method of ['debug', 'log', 'warn', 'error', 'fatal'] as const) log[method](method);
    expect(lines().map((line) => line['level'])).toEqual(expected);
  });

  it("Nest's account of the wiring is for debugging", () => {
    logger('info').log('Mapped {/health/live, GET} route', 'RouterExplorer');
    expect(written).toEqual([]);
    logger('debug').log('Mapped {/health/live, GET} route', 'RouterExplorer');
    expect(lines()[0]).toMatchObject({ level: 'debug' });
  });

  it('is what loggers by context write to once it is installed', () => {
    Logger.overrideLogger(logger());
    new Logger('Relay').log('published', { count: 3 });
    expect(lines()[0]).toMatchObject({ context: 'Relay', count: 3, message: 'published' });
  });
});
