import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSimulators } from '../../simulators.js';
import { ACCOUNT, addSite, at, SandboxClient, textAt } from './sandbox-client.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('what was stored yesterday is there today, and ids go on where they ended', async () => {
  const path = join(folder, 'kept.json');
  const yesterday = await SandboxClient.start({}, path);
  const paris = await addSite(yesterday, 'acme-paris');
  await yesterday.call('siteAddIpsecIkeV2SiteTunnels', {
    siteId: paris,
    addIpsecIkeV2SiteTunnelsInput: { primary: { tunnels: [{ psk: 'key' }] } },
  });
  const added = await yesterday.call('siteAddBgpPeer', {
    addBgpPeerInput: {
      site: { by: 'ID', input: paris },
      name: 'peer',
      peerAsn: 65_001,
      catoAsn: 65_000,
      peerIp: '169.254.1.2',
      defaultAction: 'ACCEPT',
    },
  });
  const before = await yesterday.steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`);
  await yesterday.close();
  expect((await stat(path)).mode & 0o777).toBe(0o600);

  const today = await SandboxClient.start({}, path);
  try {
    expect(await today.steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`)).toEqual(before);
    const id = textAt(added, 'site', 'addBgpPeer', 'bgpPeer', 'id');
    await today.call('siteRemoveBgpPeer', { removeBgpPeerInput: { id } });
    const lyon = await addSite(today, 'acme-lyon');
    expect(Number(lyon)).toBe(Number(paris) + 1);
    const ranges = await today.lookup({ type: 'siteRange', parent: { id: paris, type: 'site' } });
    await today.call('siteUpdateNetworkRange', {
      networkRangeId: textAt(ranges, 'entityLookup', 'items', 0, 'entity', 'id'),
      updateNetworkRangeInput: { subnet: '10.99.0.0/24' },
    });
    expect(at(await today.send('siteRemoveSite', { siteId: paris }), 'body', 'errors')).toBeUndefined();
  } finally {
    await today.close();
  }
});

it('changes are saved while the process runs, so that even a killed one loses little', async () => {
  const path = join(folder, 'running.json');
  const client = await SandboxClient.start({}, path);
  await addSite(client, 'acme-paris');
  await expect
    .poll(
      () =>
        stat(path).then(
          ({ size }) => size,
          () => 0,
        ),
      { timeout: 5000 },
    )
    .toBeGreaterThan(0);
  await client.close();
});

it.each(['not json', '{}', '{"format":1,"vendors":{"cato":{}}}'])(
  'a file with %s stops the start',
  async (text) => {
    const path = join(folder, 'bad.json');
    await writeFile(path, text);
    await expect(startSimulators({ dataFile: path })).rejects.toThrow(/no sandbox data file|cannot be read/);
  },
);
