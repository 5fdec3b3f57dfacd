import { describe, expect, it } from 'vitest';
import { findRabbitmq, installCommands, type Machine, rabbitmqFolders } from './rabbitmq-installation.js';

const machine = (platform: NodeJS.Platform, isRoot: boolean, ...commands: string[]): Machine => ({
  platform,
  isRoot,
  has: (command) => commands.includes(command),
});
const lines = (of: Machine): string[] | undefined =>
  installCommands(of)?.map(({ command, args }) => [command, ...args].join(' '));

describe('installCommands', () => {
  it('uses apt-get as root', () => {
    expect(lines(machine('linux', true, 'apt-get'))).toEqual([
      'env DEBIAN_FRONTEND=noninteractive apt-get update -q',
      'env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends rabbitmq-server',
    ]);
  });

  it('uses sudo only where it asks for no password', () => {
    expect(lines(machine('linux', false, 'apt-get', 'sudo'))).toEqual([
      'sudo -n env DEBIAN_FRONTEND=noninteractive apt-get update -q',
      'sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends rabbitmq-server',
    ]);
  });

  it('uses Homebrew', () => {
    expect(lines(machine('darwin', false, 'brew'))).toEqual(['brew install rabbitmq']);
  });

  it.each([
    ['an unprivileged user without sudo', machine('linux', false, 'apt-get')],
    ['a system without a package manager that we know', machine('linux', true)],
    ['Homebrew as root, which refuses that', machine('darwin', true, 'brew')],
  ])('knows no way for %s', (_case, of) => {
    expect(installCommands(of)).toBeUndefined();
  });
});

describe('findRabbitmq', () => {
  it('finds nothing in folders that hold nothing', () => {
    expect(findRabbitmq(['/nonexistent'])).toBeUndefined();
  });

  it("prefers the release's own scripts to what PATH has", () => {
    expect(rabbitmqFolders('/usr/sbin:/usr/bin').slice(0, 2)).toEqual(['/usr/lib/rabbitmq/bin', '/usr/sbin']);
  });
});
