import { describe, expect, it } from 'vitest';
import {
  BROKER_PLUGINS,
  brokerConfiguration,
  brokerEnvironment,
  brokerFiles,
  brokerMarker,
} from './rabbitmq-settings.js';

const ports = { amqp: 1, management: 2, prometheus: 3, distribution: 4, epmd: 5 };

describe('brokerConfiguration', () => {
  it('listens on loopback only', () => {
    const configuration = brokerConfiguration(ports, 'secret');
    expect(configuration).toContain('listeners.tcp.default = 127.0.0.1:1\n');
    expect(configuration).toContain('management.tcp.ip = 127.0.0.1\n');
    expect(configuration).toContain('prometheus.tcp.ip = 127.0.0.1\n');
  });

  it('lets a consumer hold a message for four hours', () => {
    expect(brokerConfiguration(ports, 'secret')).toContain('consumer_timeout = 14400000\n');
  });

  it('offers "Move messages" in the management UI to the user that it makes', () => {
    expect(BROKER_PLUGINS).toEqual(expect.arrayContaining(['rabbitmq_shovel', 'rabbitmq_shovel_management']));
    expect(brokerConfiguration(ports, 'secret')).toContain('default_user_tags.administrator = true\n');
  });
});

describe('brokerEnvironment', () => {
  const environment = brokerEnvironment('/usr/bin', brokerFiles('/data/rabbitmq'), ports);

  it('has quorum queues tell of their depths twice a second', () => {
    expect(environment.RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS).toContain(' -rabbit quorum_tick_interval 500 ');
  });

  it('keeps the password out of the environment and the command line', () => {
    expect(JSON.stringify(environment)).not.toContain('secret');
  });

  it('leads away from the broker, the name server and the cookie of the machine', () => {
    expect(environment).toMatchObject({
      HOME: '/data/rabbitmq',
      RABBITMQ_NODENAME: 'sitewright@localhost',
      ERL_EPMD_PORT: '5',
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_DIST_PORT: '4',
    });
  });

  it('marks the command line with a word that holds no path', () => {
    expect(brokerMarker('/a folder/with blanks')).toMatch(/^sitewright_broker [0-9a-f]{16}$/);
    expect(environment['RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS']).toContain(brokerMarker('/data/rabbitmq'));
  });
});
