import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { terraformVendorOf, vendorOf, vendorName, type VendorConnection } from '@app/vendors';
import { testServices } from '../support/services.js';

export interface PlannedSite {
  vendor: string;
  customer: string;
  site: string;
  resourceId: string;
  /** The spec with its secrets in place. */
  spec: Record<string, unknown>;
  state: Buffer;
  connection: VendorConnection;
}

const run = promisify(execFile);

/**
 * Plans a site with nothing of the executor: a fresh `init` against the mirror, a cold provider with mutual TLS, a
 * full refresh at the vendor, and the state that the ledger holds. Answers what the plan would do.
 */
export async function planIndependently(site: PlannedSite): Promise<'no changes' | 'changes'> {
  const { terraformBin, mirrorDirectory, lockFile } = testServices();
  const { convergence } = terraformVendorOf(site.vendor).site;
  const folder = mkdtempSync(join(tmpdir(), 'sitewright-plan-'));
  const stateServer = createServer((_request, response) => response.end(site.state));
  try {
    for (const file of readdirSync(convergence.moduleDirectory)) {
      if (file.endsWith('.tf')) copyFileSync(join(convergence.moduleDirectory, file), join(folder, file));
    }
    copyFileSync(lockFile, join(folder, '.terraform.lock.hcl'));
    writeFileSync(
      join(folder, 'cli.tfrc'),
      `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirrorDirectory)}\n  }\n}\n`,
    );
    const values = convergence.variables(
      {
        resourceId: site.resourceId,
        vendorName: vendorName(site.customer, site.site, vendorOf(site.vendor).maxNameLength),
        spec: site.spec,
      },
      site.connection,
    );
    writeFileSync(join(folder, 'values.auto.tfvars.json'), JSON.stringify(values));
    await new Promise<void>((resolve) => stateServer.listen(0, '127.0.0.1', resolve));
    const address = stateServer.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      TF_CLI_CONFIG_FILE: join(folder, 'cli.tfrc'),
      TF_HTTP_ADDRESS: `http://127.0.0.1:${address.port}/`,
      DISABLE_POLICY_RULE_CLEANUP: 'true',
    };
    await run(terraformBin, ['init', '-input=false', '-lockfile=readonly'], { cwd: folder, env });
    const plan = run(terraformBin, ['plan', '-input=false', '-lock=false', '-detailed-exitcode'], {
      cwd: folder,
      env,
    });
    const exitCode = await plan.then(
      () => 0,
      (error: { code: number; stderr: string }) => (error.code === 2 ? 2 : error.stderr),
    );
    if (typeof exitCode === 'string') throw new Error(`the plan failed: ${exitCode}`);
    return exitCode === 0 ? 'no changes' : 'changes';
  } finally {
    stateServer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
