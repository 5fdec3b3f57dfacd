import { describe, expect, it } from 'vitest';
import { CatoDevice } from './device-spec.js';

describe('a Cato device', () => {
  it.each([['00:11:22:AA:BB:CC'], ['00-11-22-aa-bb-cc'], ['0011.22aa.bbcc'], ['00:11:22:aa:bb:cc']])(
    'takes %s for the MAC address that it is',
    (macAddress) => {
      expect(CatoDevice.parse({ ip: '10.20.0.5', macAddress })).toEqual({
        ip: '10.20.0.5',
        macAddress: '00:11:22:aa:bb:cc',
      });
    },
  );

  it.each([
    ['no address', { ip: undefined }, 'ip'],
    ['a range', { ip: '10.20.0.0/24' }, 'ip'],
    ['an address of IPv6', { ip: '::1' }, 'ip'],
    ['a leading zero', { ip: '10.20.0.05' }, 'ip'],
    ['a short MAC address', { macAddress: '00:11:22:33:44' }, 'macAddress'],
    ['mixed separators', { macAddress: '00:11-22:33:44:55' }, 'macAddress'],
    ['no hexadecimal digit', { macAddress: '00:11:22:33:44:5g' }, 'macAddress'],
    ['null for a MAC address', { macAddress: null }, 'macAddress'],
    ['an empty description', { description: '' }, 'description'],
    ['an overlong description', { description: 'x'.repeat(201) }, 'description'],
    ['a NUL in the description', { description: 'a\0b' }, 'description'],
    ['an unknown key', { colour: 'red' }, ''],
  ])('%s is refused, by field', (_name, over, field) => {
    const result = CatoDevice.safeParse({ ip: '10.20.0.5', ...over });
    expect(result.error?.issues.map(({ path }) => path.join('.'))).toEqual([field]);
  });

  it('says what it wants', () => {
    const result = CatoDevice.safeParse({ ip: '10.20.0', macAddress: 'none' });
    expect(result.error?.issues.map(({ message }) => message)).toEqual([
      'must be an IPv4 address, e.g. 203.0.113.10',
      'must be a MAC address, e.g. 00:11:22:aa:bb:cc',
    ]);
  });
});
