import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SealBroken, Sealer } from './sealer.js';

const key = (): string => randomBytes(32).toString('base64');

describe('sealing', () => {
  const first = key();
  const sealer = new Sealer([first]);

  it('opens what it sealed, in the same context only', () => {
    const sealed = sealer.seal('s3cret', 'resource/1');
    expect(sealer.open(sealed, 'resource/1').toString()).toBe('s3cret');
    expect(() => sealer.open(sealed, 'resource/2')).toThrow(SealBroken);
  });

  it('shows nothing of the value and never repeats itself', () => {
    const [one, two] = [sealer.seal('s3cret', 'x'), sealer.seal('s3cret', 'x')];
    expect(one.includes('s3cret')).toBe(false);
    expect(one.equals(two)).toBe(false);
  });

  it('refuses changed bytes, whichever they are', () => {
    const sealed = sealer.seal('s3cret', 'x');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(sealed.readUInt8(at) ^ 1, at);
      expect(() => sealer.open(changed, 'x'), `byte ${at}`).toThrow(SealBroken);
    }
    expect(() => sealer.open(Buffer.alloc(3), 'x')).toThrow(SealBroken);
  });

  it('a new key seals while the old one still opens what it sealed', () => {
    const old = sealer.sealRecord({ a: '1' }, 'x');
    const rotated = new Sealer([key(), first]);
    expect(rotated.openRecord(old, 'x')).toEqual({ a: '1' });
    expect(() => sealer.open(rotated.seal('b', 'x'), 'x')).toThrow('not in the key ring');
  });

  it.each([
    ['too short', 'AAAA'],
    ['no base64 at all', '?'],
    ['empty', ''],
  ])('a key that is %s is refused', (_name, text) => {
    expect(() => new Sealer([text])).toThrow('32 bytes in base64');
  });
});
