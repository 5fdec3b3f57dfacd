import { describe, expect, it } from 'vitest';
import { isDue, partsOf, planOf, type DeviceTarget, type HostValues, type Step } from './device-plan.js';
import type { StaticHost } from './static-hosts.js';

const MAC = '00:11:22:aa:bb:cc';
const values = (name: string, ip: string, macAddress: string | null = null): HostValues => ({
  name,
  ip,
  macAddress,
});
const host = (hostId: string, name: string, ip: string, macAddress: string | null = null): StaticHost => ({
  hostId,
  ...values(name, ip, macAddress),
});
/** A device on record under the id `hostId`; without `ip` it is to go. */
const known = (
  hostId: string,
  name: string,
  ip?: string,
  macAddress: string | null = null,
): DeviceTarget => ({
  resourceId: name,
  hostId,
  target: ip === undefined ? undefined : values(name, ip, macAddress),
  lookalikes: [],
});
const fresh = (name: string, ip?: string, lookalikes: HostValues[] = []): DeviceTarget => ({
  resourceId: name,
  hostId: undefined,
  target: ip === undefined ? undefined : values(name, ip),
  lookalikes,
});

/** The plan in short: `~a` updates, `-a` removes, `+a` adds, `!a` is refused, `=a` is done. */
function short(devices: readonly DeviceTarget[], hosts: readonly StaticHost[], refusedBefore: string[] = []) {
  const plan = planOf(devices, hosts, new Set(refusedBefore));
  const marks = { update: '~', remove: '-', add: '+' };
  return [
    ...[...plan.updates, ...plan.changes].map(({ kind, resourceId }) => marks[kind] + resourceId),
    ...[...plan.refused.keys()].map((id) => `!${id}`),
    ...[...plan.done.keys()].map((id) => `=${id}`),
  ].join(' ');
}

describe('what leads from the hosts of a site to its devices', () => {
  it.each<[string, DeviceTarget[], StaticHost[], string]>([
    ['nothing at all', [], [host('1', 'x', '10.0.0.9')], ''],
    ['a new device', [fresh('a', '10.0.0.1')], [], '+a'],
    ['a device as wanted', [known('1', 'a', '10.0.0.1')], [host('1', 'a', '10.0.0.1')], '=a'],
    [
      'a MAC address in other letters',
      [known('1', 'a', '10.0.0.1', MAC)],
      [host('1', 'a', '10.0.0.1', '00-11-22-AA-BB-CC')],
      '=a',
    ],
    ['another address', [known('1', 'a', '10.0.0.2')], [host('1', 'a', '10.0.0.1')], '~a'],
    ['another name', [known('1', 'a', '10.0.0.1')], [host('1', 'renamed', '10.0.0.1')], '~a'],
    ['a MAC address to set', [known('1', 'a', '10.0.0.1', MAC)], [host('1', 'a', '10.0.0.1')], '~a'],
    ['a MAC address to clear', [known('1', 'a', '10.0.0.1')], [host('1', 'a', '10.0.0.1', MAC)], '-a +a'],
    [
      'a MAC address to clear, and another address to set',
      [known('1', 'a', '10.0.0.2')],
      [host('1', 'a', '10.0.0.1', MAC)],
      '-a +a',
    ],
    [
      // Changed in part, it would look like nobody's the next time.
      'its own host of a lost answer, wanted elsewhere and without its MAC address since',
      [fresh('a', '10.0.0.2', [values('a', '10.0.0.1', MAC), values('a', '10.0.0.2')])],
      [host('1', 'a', '10.0.0.1', MAC)],
      '-a +a',
    ],
    ['a device to go', [known('1', 'a')], [host('1', 'a', '10.0.0.1')], '-a'],
    ['a device that is gone', [known('1', 'a')], [], '=a'],
    ['a device that vanished', [known('1', 'a', '10.0.0.1')], [], '+a'],
    ['a stranger of the same name', [fresh('a', '10.0.0.1')], [host('1', 'a', '10.0.0.2')], '!a'],
    ['a stranger of the same address', [fresh('a', '10.0.0.1')], [host('1', 'x', '10.0.0.1')], '!a'],
    ['a stranger like it in everything', [fresh('a', '10.0.0.1')], [host('1', 'a', '10.0.0.1')], '!a'],
    ['a stranger of its name, when it is to go', [fresh('a')], [host('1', 'a', '10.0.0.1')], '=a'],
    [
      'its own host of a lost answer',
      [fresh('a', '10.0.0.1', [values('a', '10.0.0.1')])],
      [host('1', 'a', '10.0.0.1')],
      '=a',
    ],
    [
      'its own host of a lost answer, wanted otherwise since',
      [fresh('a', '10.0.0.2', [values('a', '10.0.0.1')])],
      [host('1', 'a', '10.0.0.1')],
      '~a',
    ],
    [
      'its own host of a lost answer, to go',
      [fresh('a', undefined, [values('a', '10.0.0.1')])],
      [host('1', 'a', '10.0.0.1')],
      '-a',
    ],
    [
      'a lost answer, and a stranger with another MAC address',
      [fresh('a', '10.0.0.1', [values('a', '10.0.0.1')])],
      [host('1', 'a', '10.0.0.1', MAC)],
      '!a',
    ],
    [
      'an address that changes hands',
      [known('1', 'a', '10.0.0.2'), known('2', 'b', '10.0.0.1')],
      [host('1', 'a', '10.0.0.1'), host('2', 'b', '10.0.0.2')],
      '-a -b +a +b',
    ],
    [
      'names that were exchanged at the vendor',
      [known('1', 'a', '10.0.0.1'), known('2', 'b', '10.0.0.2')],
      [host('1', 'b', '10.0.0.1'), host('2', 'a', '10.0.0.2')],
      '-a -b +a +b',
    ],
    [
      'an address that becomes free by an update',
      [fresh('n', '10.0.0.1'), known('1', 'a', '10.0.0.3')],
      [host('1', 'a', '10.0.0.1')],
      '~a +n',
    ],
    [
      'an address that becomes free by a removal',
      [known('1', 'a', '10.0.0.2'), known('2', 'b')],
      [host('1', 'a', '10.0.0.1'), host('2', 'b', '10.0.0.2')],
      '-a -b +a',
    ],
    ['an address that two are to have', [fresh('a', '10.0.0.1'), fresh('b', '10.0.0.1')], [], '+a !b'],
    [
      'an address that another device keeps',
      [fresh('n', '10.0.0.1'), known('1', 'a', '10.0.0.1', MAC)],
      [host('1', 'a', '10.0.0.1')],
      '~a !n',
    ],
    [
      'an address that stays taken because its holder is refused',
      [known('1', 'a', '10.0.0.2'), known('2', 'b', '10.0.0.9')],
      [host('1', 'a', '10.0.0.1'), host('2', 'b', '10.0.0.2'), host('3', 'x', '10.0.0.9')],
      '!b !a',
    ],
  ])('%s', (_name, devices, hosts, expected) => {
    expect(short(devices, hosts)).toBe(expected);
  });

  it('what the vendor has refused stays as it is, and in the way of others', () => {
    const devices = [known('1', 'a', '10.0.0.3'), fresh('n', '10.0.0.1')];
    expect(short(devices, [host('1', 'a', '10.0.0.1')], ['a'])).toBe('!n');
  });

  it('says who has what a device is to have, and sends what differs alone', () => {
    const hosts = [host('1', 'printer', '10.0.0.1'), host('2', 'b', '10.0.0.2')];
    const plan = planOf([fresh('a', '10.0.0.1'), known('2', 'b', '10.0.0.5')], hosts, new Set());
    expect(plan.refused.get('a')).toEqual({
      code: 'NAME_TAKEN',
      message: 'the site has another host with the address 10.0.0.1: "printer"',
      retryable: false,
    });
    expect(plan.updates.map(({ entry }) => entry)).toEqual([{ hostId: '2', ip: '10.0.0.5' }]);
  });
});

const add = (name: string, ip = '10.0.0.1'): Step => ({
  kind: 'add',
  resourceId: name,
  entry: values(name, ip),
});
const remove = (name: string, ip = '10.0.0.1'): Step => {
  const removed = host(name, name, ip);
  return { kind: 'remove', resourceId: name, entry: { hostId: name }, host: removed };
};
const update = (hostId: string, ip: string): Step => ({
  kind: 'update',
  resourceId: 'a',
  entry: { hostId, ip },
});

const parts = (steps: Step[], named: string[] = []) =>
  partsOf(steps, ({ resourceId }) => named.includes(resourceId)).map((part) =>
    part.map(({ kind, resourceId }) => (kind === 'add' ? '+' : '-') + resourceId).join(' '),
  );

describe('the parts of a refused call', () => {
  const [a, b, c] = [add('a', '10.0.0.1'), add('b', '10.0.0.2'), add('c', '10.0.0.3')];

  it.each<[string, Step[], string[], string[]]>([
    ['halves, when nobody is named', [a, b, c], [], ['+a +b', '+c']],
    ['halves, when all are named', [a, b, c], ['a', 'b', 'c'], ['+a +b', '+c']],
    ['the named one alone, then the others', [a, b, c], ['b'], ['+b', '+a +c']],
    ['two named ones alone', [a, b, c], ['a', 'c'], ['+a', '+c', '+b']],
    ['removals that have nothing to do with it', [remove('x', '10.0.0.9'), a, b], ['b'], ['+b', '-x +a']],
    ['first what an addition needs', [remove('x', '10.0.0.1'), a, b], ['a'], ['-x', '+a +b']],
    ['first what an addition of the same name needs', [remove('a', '10.0.0.9'), a], [], ['-a', '+a']],
  ])('%s', (_name, steps, named, expected) => {
    expect(parts(steps, named)).toEqual(expected);
  });
});

describe('whether a step has anything left to do', () => {
  const hosts = new Map([['1', host('1', 'a', '10.0.0.1')]]);

  it.each<[string, Step, boolean]>([
    ['an addition', add('b'), true],
    ['an addition that took place', add('a'), false],
    ['an addition of another address', add('a', '10.0.0.2'), true],
    ['a removal', remove('1'), true],
    ['a removal that took place', remove('2'), false],
    ['an update', update('1', '10.0.0.2'), true],
    ['an update that took place', update('1', '10.0.0.1'), false],
    ['an update of a host that is gone', update('2', '10.0.0.2'), false],
  ])('%s', (_name, step, expected) => {
    expect(isDue(step, hosts)).toBe(expected);
  });
});
