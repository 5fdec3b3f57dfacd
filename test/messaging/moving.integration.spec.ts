import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { repositoryRoot } from '../../sandbox/services/repository-root.js';
import { until } from './support/broker-fixture.js';
import { consumerSuite } from './support/consumer-suite.js';
import { DEAD, WORK } from './support/worker.js';

const suite = consumerSuite();

describe('"Move messages" of the management UI', () => {
  it('brings dead letters back as replays, in order, with all they had', async () => {
    const worker = await suite.consuming();
    const replays: unknown[] = [];
    worker.jobs.handler = (n, { isReplay, type, messageId, correlationId, headers }) => {
      if (!isReplay) throw new TypeError('a bug');
      replays.push([
        n,
        type,
        messageId,
        correlationId,
        headers['x-sw-idempotency-key'],
        headers['x-sw-release-no'],
      ]);
    };
    for (const n of [1, 2, 3]) {
      suite.broker.sendJob(WORK, n, {
        correlationId: `c${n}`,
        headers: { 'x-sw-idempotency-key': `k${n}`, 'x-sw-release-no': n },
      });
    }
    await suite.broker.untilReady(DEAD, 3);
    await suite.broker.moveMessages(DEAD, WORK);
    await until(() => replays.length === 3);
    expect(replays).toEqual([
      [1, 'job.v1', 'm1', 'c1', 'k1', 1],
      [2, 'job.v1', 'm2', 'c2', 'k2', 2],
      [3, 'job.v1', 'm3', 'c3', 'k3', 3],
    ]);
    await worker.stop();
    expect(await suite.broker.ready(WORK)).toBe(0);
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });

  it('works again for a message that is rejected again', async () => {
    const worker = await suite.consuming();
    const seen: unknown[] = [];
    worker.jobs.handler = (_n, { isReplay, headers }) => {
      seen.push([isReplay, headers['x-sw-idempotency-key']]);
      if (seen.length < 3) throw new TypeError('a bug');
    };
    suite.broker.sendJob(WORK, 1, { headers: { 'x-sw-idempotency-key': 'k1' } });
    for (let moves = 0; moves < 2; moves++) {
      await suite.broker.untilReady(DEAD, 1);
      await suite.broker.moveMessages(DEAD, WORK);
    }
    await until(() => worker.jobs.finished.length === 1);
    expect(seen).toEqual([
      [false, 'k1'],
      [true, 'k1'],
      [true, 'k1'],
    ]);
    await worker.stop();
    expect(await suite.broker.ready(WORK)).toBe(0);
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });

  it('brings back what nobody can read, and it is dead-lettered again', async () => {
    const worker = await suite.consuming();
    suite.broker.send(WORK, '{', { type: 'job.v1' });
    await suite.broker.untilReady(DEAD, 1);
    await suite.broker.moveMessages(DEAD, WORK);
    await suite.broker.untilReady(DEAD, 1);
    await worker.stop();
    expect(await suite.broker.ready(WORK)).toBe(0);
  });

  it('is offered: the plugins are on, and the user may use them', async () => {
    expect(await suite.broker.manage('GET', 'extensions')).toContainEqual({ javascript: 'shovel.js' });
    const { tags } = z
      .object({ tags: z.array(z.string()) })
      .parse(await suite.broker.manage('GET', 'whoami'));
    expect(tags.some((tag) => tag === 'administrator' || tag === 'policymaker')).toBe(true);
  });

  it('is offered by the broker of docker-compose.yml', () => {
    const Compose = z.object({
      services: z.object({
        rabbitmq: z.object({ configs: z.array(z.object({ source: z.string(), target: z.string() })) }),
      }),
      configs: z.record(z.string(), z.object({ content: z.string() })),
    });
    const { services, configs } = Compose.parse(
      parse(readFileSync(join(repositoryRoot(), 'docker-compose.yml'), 'utf8'), { merge: true }),
    );
    const contentAt = (path: string): string => {
      const source = services.rabbitmq.configs.find(({ target }) => target.startsWith(path))?.source;
      return (source !== undefined && configs[source]?.content) || '';
    };
    const plugins = contentAt('/etc/rabbitmq/enabled_plugins').match(/\w+/g);
    expect(plugins).toEqual(expect.arrayContaining(['rabbitmq_shovel', 'rabbitmq_shovel_management']));
    // RABBITMQ_DEFAULT_USER is an administrator unless the configuration says otherwise.
    expect(contentAt('/etc/rabbitmq/conf.d/')).not.toContain('default_user_tags');
  });
});
