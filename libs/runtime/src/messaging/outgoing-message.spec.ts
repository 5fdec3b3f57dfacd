import { describe, expect, it } from 'vitest';
import { encodeMessage } from './outgoing-message.js';

const message = { queue: 'q', type: 'site.converge.v1', body: { operationId: 'o' } };

describe('a message on the wire', () => {
  it('is persistent JSON that comes back when it cannot be routed', () => {
    const { content, options } = encodeMessage({ ...message, messageId: 'm1' }, 'gateway', 1_700);
    expect(content.toString()).toBe('{"operationId":"o"}');
    expect(options).toEqual({
      mandatory: true,
      persistent: true,
      contentType: 'application/json',
      messageId: 'm1',
      type: 'site.converge.v1',
      timestamp: 1_700,
      appId: 'gateway',
      headers: {},
    });
  });

  it('has an id even when none was given', () => {
    expect(encodeMessage(message, 'gateway', 0).options.messageId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    'x-death',
    'X-Death',
    'x-first-death-queue',
    'x-last-death-reason',
    'x-delivery-count',
    'x-acquired-count',
  ])("the broker's own header %s is not carried over", (name) => {
    const headers = { [name]: 'q', 'x-sw-release-no': 3 };
    expect(encodeMessage({ ...message, headers }, 'g', 0).options.headers).toEqual({ 'x-sw-release-no': 3 });
  });
});
