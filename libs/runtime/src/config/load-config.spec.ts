import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BrokerEnv, DatabaseEnv, httpEnv, LogEnv, onOff } from './env.js';
import { InvalidConfiguration, loadConfig } from './load-config.js';

const Env = z.object({
  ...DatabaseEnv.shape,
  ...BrokerEnv.shape,
  ...httpEnv(3107).shape,
  ...LogEnv.shape,
  WARM: onOff(false),
});
const good = { DATABASE_URL: 'postgres://u:hunter2@db/x', AMQP_URL: 'amqp://u:hunter2@mq' };

function faultsOf(env: NodeJS.ProcessEnv): InvalidConfiguration {
  try {
    loadConfig(Env, env);
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('configuration', () => {
  it('is typed, defaulted, frozen and holds nothing that the schema does not name', () => {
    const config = loadConfig(Env, { ...good, PORT: '8080', HOME: '/root', WARM: 'true' });
    expect(config).toEqual({
      ...good,
      DATABASE_POOL_SIZE: 10,
      HOST: '127.0.0.1',
      PORT: 8080,
      LOG_LEVEL: 'info',
      WARM: true,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('an empty variable counts as absent', () => {
    expect(loadConfig(Env, { ...good, PORT: '', WARM: '' })).toMatchObject({ PORT: 3107, WARM: false });
  });

  it('all faults are reported at once, by name', () => {
    const { faults, message } = faultsOf({ AMQP_URL: 'http://mq', PORT: '70000', LOG_LEVEL: 'loud' });
    expect(faults.map(({ variable }) => variable)).toEqual(['DATABASE_URL', 'AMQP_URL', 'PORT', 'LOG_LEVEL']);
    expect(message).toContain('DATABASE_URL is missing');
    expect(message).toContain('AMQP_URL is wrong (expected an amqp:// or amqps:// URL)');
  });

  it('values never appear in the error', () => {
    const error = faultsOf({
      DATABASE_URL: 'hunter2',
      AMQP_URL: 'hunter2://x',
      PORT: 'hunter2',
      LOG_LEVEL: 'hunter2',
      WARM: 'hunter2',
    });
    expect(error.faults).toHaveLength(5);
    expect(JSON.stringify([error.message, error.details, error.stack])).not.toContain('hunter2');
  });
});
