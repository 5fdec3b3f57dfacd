import type { ConsumeMessage } from 'amqplib';
import { expect, it } from 'vitest';
import { encodeMessage } from './outgoing-message.js';
import { parkedCopy } from './parking.js';

const delivered = (type: unknown, headers: Record<string, unknown> | undefined): ConsumeMessage => ({
  content: Buffer.from('{'),
  fields: { consumerTag: 't', deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'work' },
  properties: {
    type,
    headers,
    correlationId: 'c1',
    messageId: 'theirs',
    contentType: undefined,
    contentEncoding: undefined,
    deliveryMode: 2,
    priority: undefined,
    replyTo: undefined,
    expiration: '5',
    timestamp: undefined,
    userId: undefined,
    appId: undefined,
    clusterId: undefined,
  },
});

it('a parked copy has the same bytes, and no header that is not ours', () => {
  const operationId = '01890000-0000-7000-8000-000000000001';
  const headers = {
    'x-sw-operation-id': operationId,
    'x-sw-release-no': 'x',
    'x-death': [1],
    CC: ['elsewhere'],
  };
  const { content, options } = encodeMessage(parkedCopy(delivered('job.v1', headers), 'dead'), 'worker', 1);
  expect(content.toString()).toBe('{');
  expect(options).toMatchObject({ type: 'job.v1', correlationId: 'c1', persistent: true });
  expect(options.headers).toEqual({ 'x-sw-operation-id': operationId });
  expect(options.messageId).not.toBe('theirs');
  expect(options).not.toHaveProperty('expiration');
});

it('a parked copy of a message without headers, with a type that is too long', () => {
  expect(parkedCopy(delivered('\uFFFD'.repeat(255), undefined), 'dead')).toMatchObject({
    queue: 'dead',
    type: '\uFFFD'.repeat(80),
    headers: {},
  });
});
