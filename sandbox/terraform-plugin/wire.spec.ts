import { describe, expect, it } from 'vitest';

import { MessageReader, MessageWriter } from './wire.js';

describe('a message', () => {
  it('is read back field by field', () => {
    const inner = new MessageWriter().string(1, 'inner');
    const bytes = new MessageWriter()
      .string(1, 'x'.repeat(300))
      .int(2, 70_000_000_000)
      .message(3, inner)
      .bool(17, true)
      .finish();

    const message = new MessageReader(bytes);

    expect(message.string(1)).toHaveLength(300);
    expect(message.int(2)).toBe(70_000_000_000);
    expect(message.message(3)?.string(1)).toBe('inner');
    expect(message.int(17)).toBe(1);
    expect(message.bytes(4)).toBeUndefined();
  });

  it('leaves default values out and keeps an empty message', () => {
    const bytes = new MessageWriter()
      .string(1, '')
      .bool(2, false)
      .int(3, 0)
      .message(4, new MessageWriter())
      .finish();
    expect(bytes.toString('hex')).toBe('2200');
  });

  it('skips fields of fixed length that it does not know', () => {
    const fixed64 = Buffer.from('090000000000000000', 'hex');
    const fixed32 = Buffer.from('1500000000', 'hex');
    const known = new MessageWriter().string(3, 'known').finish();
    expect(new MessageReader(Buffer.concat([fixed64, fixed32, known])).string(3)).toBe('known');
  });

  it.each(['0a05', '08', '0b'])('is refused when it is malformed: %s', (hex) => {
    expect(() => new MessageReader(Buffer.from(hex, 'hex'))).toThrow(RangeError);
  });
});
