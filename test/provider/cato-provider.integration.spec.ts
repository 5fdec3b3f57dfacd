import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { ProviderMirror } from '../../sandbox/cato-provider/mirror.js';
import { installProviderMirror } from '../../sandbox/cato-provider/mirror.js';
import type { ScriptedCato } from '../../sandbox/cato-provider/testing/scripted-cato.js';
import { SITE_ID, startScriptedCato } from '../../sandbox/cato-provider/testing/scripted-cato.js';
import type { WarmProvider } from '../../sandbox/cato-provider/testing/warm-provider.js';
import { startWarmProvider } from '../../sandbox/cato-provider/testing/warm-provider.js';
import { siteConfiguration } from './site-configuration.js';
import { TERRAFORM_BIN, TerraformWorkspace } from './terraform-workspace.js';

const HYDRATE = [
  'entityLookup site',
  'accountSnapshot',
  'entityLookup siteRange',
  'entityLookup networkInterface',
];
const CREATE = [
  'siteAddIpsecIkeV2Site',
  'entityLookup siteRange',
  'siteUpdateIpsecIkeV2SiteGeneralDetails',
  'siteAddIpsecIkeV2SiteTunnels',
  ...HYDRATE,
  'siteAddBgpPeer',
];
const REFRESH = [...HYDRATE, 'site'];

let home: string;
let mirror: ProviderMirror;
let cato: ScriptedCato;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'cato-mirror-'));
  mirror = await installProviderMirror({ directory: home, terraformBin: TERRAFORM_BIN });
});

afterAll(() => rm(home, { recursive: true, force: true }));

beforeEach(async () => {
  cato = await startScriptedCato();
});

afterEach(() => cato.close());

const callsOf = async (action: () => Promise<unknown>): Promise<string[]> => {
  const before = cato.calls.length;
  await action();
  return cato.sequence().slice(before);
};
const credentials = (): Record<string, string> => ({ CATO_BASEURL: cato.url, CATO_TOKEN: 'token-1' });

describe.each(['cold through the mirror', 'warm by reattaching'] as const)(
  'Terraform with the provider %s',
  (way) => {
    let warm: WarmProvider | undefined;
    let workspace: TerraformWorkspace;

    const open = async (configuration: string): Promise<TerraformWorkspace> => {
      workspace = await TerraformWorkspace.create(configuration, mirror, {
        ...credentials(),
        ...(warm && { TF_REATTACH_PROVIDERS: warm.reattach }),
      });
      await workspace.must('init', '-no-color', '-lockfile=readonly');
      return workspace;
    };

    beforeEach(async () => {
      if (way === 'warm by reattaching') {
        warm = await startWarmProvider(mirror.binary, {
          PATH: process.env['PATH'] ?? '',
          DISABLE_POLICY_RULE_CLEANUP: 'true',
          ...credentials(),
        });
      }
    });

    afterEach(async () => {
      await warm?.stop();
      warm = undefined;
      await workspace?.remove();
    });

    it('creates, plans nothing, updates in place and destroys with the calls of the real provider', async () => {
      await open(siteConfiguration());

      expect(await callsOf(() => workspace.must('apply', '-auto-approve'))).toEqual(CREATE);
      expect(await callsOf(async () => expect(await workspace.plan()).toEqual([]))).toEqual(REFRESH);

      await workspace.configure(
        siteConfiguration({ description: 'acme paris, edited', psks: ['second pre-shared key'] }),
      );
      expect(await workspace.plan('-refresh=false')).toEqual([
        { address: 'cato_ipsec_site.site', actions: ['update'] },
      ]);
      expect(await callsOf(() => workspace.must('apply', '-auto-approve', '-refresh=false'))).toEqual([
        'siteUpdateSiteGeneralDetails',
        'siteUpdateIpsecIkeV2SiteGeneralDetails',
        ...HYDRATE,
        'siteUpdateIpsecIkeV2SiteTunnels',
      ]);
      expect(await workspace.plan()).toEqual([]);

      const edited = {
        description: 'acme paris, edited',
        psks: ['second pre-shared key'],
        range: '10.21.0.0/24',
      };
      await workspace.configure(siteConfiguration(edited));
      expect(await callsOf(() => workspace.must('apply', '-auto-approve', '-refresh=false'))).toEqual([
        'siteUpdateSiteGeneralDetails',
        'siteUpdateNetworkRange',
        'siteUpdateIpsecIkeV2SiteGeneralDetails',
        ...HYDRATE,
        'siteUpdateIpsecIkeV2SiteTunnels',
      ]);
      await workspace.configure(siteConfiguration({ ...edited, peerMetric: 70 }));
      expect(await callsOf(() => workspace.must('apply', '-auto-approve', '-refresh=false'))).toEqual([
        'siteUpdateBgpPeer',
      ]);
      expect(await workspace.plan()).toEqual([]);

      expect(await callsOf(() => workspace.must('destroy', '-auto-approve', '-refresh=false'))).toEqual([
        'siteRemoveBgpPeer',
        'entityLookup site',
        'siteRemoveSite',
      ]);
    });

    it('leaves the site tainted when a later step fails', async () => {
      await open(siteConfiguration());
      cato.script = ({ operationName }) =>
        operationName === 'siteAddIpsecIkeV2SiteTunnels' ? { status: 500, body: 'oops' } : undefined;

      const { exitCode, output } = await workspace.apply();

      expect(exitCode).toBe(1);
      expect(output).toContain('Cato API error in SiteAddIpsecIkeV2SiteTunnels');
      const [site] = (await workspace.state()).resources;
      expect(site?.instances[0]).toMatchObject({ status: 'tainted', attributes: { id: SITE_ID } });
    });

    it('leaves nothing in the state when the first step fails', async () => {
      await open(siteConfiguration());
      cato.script = () => ({ status: 503, body: '' });

      expect((await workspace.apply()).output).toContain('Cato API error');
      expect((await workspace.state()).resources).toEqual([]);
    });

    it.each([
      [
        'an answer without a tunnel',
        { site: { addIpsecIkeV2SiteTunnels: { primaryAddIpsecIkeV2SiteTunnelsPayload: { tunnels: [] } } } },
        'Provider returned invalid result object after apply',
      ],
      [
        'an answer with a key nobody asked for',
        { site: { addIpsecIkeV2SiteTunnels: { siteId: SITE_ID, primary: null } } },
        'struct field for "primary" doesn\'t exist in any of',
      ],
    ])('fails on %s', async (_name, data, message) => {
      await open(siteConfiguration());
      cato.script = ({ operationName }) =>
        operationName === 'siteAddIpsecIkeV2SiteTunnels' ? { body: { data } } : undefined;

      const { exitCode, output } = await workspace.apply();

      expect(exitCode).toBe(1);
      expect(unwrapped(output)).toContain(message);
    });

    it('imports a site and its peer, and plans to write the settings that cannot be read', async () => {
      await open(siteConfiguration());
      await workspace.must('apply', '-auto-approve');
      await rm(join(workspace.directory, 'terraform.tfstate'));

      expect(await callsOf(() => workspace.must('import', 'cato_ipsec_site.site', SITE_ID))).toEqual(HYDRATE);
      expect(await callsOf(() => workspace.must('import', 'cato_bgp_peer.peer0', 'peer-1'))).toEqual([
        'site',
      ]);
      expect(await workspace.plan()).toEqual([{ address: 'cato_ipsec_site.site', actions: ['update'] }]);

      const { exitCode, output } = await workspace.apply();
      expect(exitCode).toBe(1);
      expect(unwrapped(output)).toContain('Provider returned invalid result object after apply');
      expect(cato.calls.at(-1)?.variables).toMatchObject({
        updateIpsecIkeV2SiteTunnelsInput: { primary: { tunnels: [{ tunnelId: 'PRIMARY1' }] } },
      });
      expect((await workspace.state()).resources.map(({ instances }) => instances[0]?.status)).not.toContain(
        'tainted',
      );
      expect(await workspace.plan()).toEqual([]);
    });
  },
);

/** Terraform breaks long lines of an error message and draws a bar beside them. */
function unwrapped(output: string): string {
  return output.replace(/\s*\n│?\s*/g, ' ');
}
