import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { VARIABLES_FILE } from '../../apps/tf-executor/src/terraform/run-folder.js';
import type { BackendAccess } from '../../apps/tf-executor/src/terraform/child-environment.js';
import { inherited, type BareSite, type BareTerraform } from './bare-terraform.js';
import type { PeerSequence } from './peer-sequences.js';
import { runToEnd } from './processes.js';

/** One site by a peer's sequence: fresh folders, the peer's commands, our provider, state and mirror. */
export async function runSequence(
  bare: BareTerraform,
  sequence: PeerSequence,
  site: BareSite,
): Promise<void> {
  const state = bare.openState(site.grant);
  const provider = await bare.leaseProvider();
  const home = join(bare.runs, `${sequence.id}-${site.grant.resourceId}`);
  const env = peerEnvironment(bare, sequence, state, provider?.reattach);
  let endedBySelf = false;
  try {
    await mkdir(home, { mode: 0o700 });
    let folder = home;
    let processes = 0;
    for (const [index, step] of sequence.steps.entries()) {
      switch (step.kind) {
        case 'checkout': {
          const next = join(home, String(index));
          await checkOut(bare, sequence, site, next);
          for (const file of step.keep ?? []) await copyFile(join(folder, file), join(next, file));
          folder = next;
          break;
        }
        case 'terraform':
          processes += 1;
          await runToEnd({
            binary: bare.foundations.terraformBin,
            args: step.args.map((argument) => argument.replace('{dir}', folder)),
            cwd: folder,
            env,
            outputFile: join(home, `output-${processes}`),
            accepted: step.accepted,
          });
          break;
        case 'store_state':
          await bare.database.rows(`insert into local_state (id, content) values ($1, $2)`, [
            site.grant.resourceId,
            await readFile(join(folder, 'terraform.tfstate'), 'utf8'),
          ]);
      }
    }
    await rm(home, { recursive: true });
    endedBySelf = true;
  } finally {
    provider?.release(endedBySelf);
    state.revoke();
  }
}

async function checkOut(
  bare: BareTerraform,
  { backend }: PeerSequence,
  { variables }: BareSite,
  folder: string,
): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  await Promise.all([
    ...bare.module.files.map((file) => copyFile(file, join(folder, basename(file)))),
    writeFile(join(folder, VARIABLES_FILE), JSON.stringify(variables), { mode: 0o600 }),
    backend === 'local'
      ? writeFile(join(folder, 'backend_override.tf'), 'terraform {\n  backend "local" {}\n}\n')
      : undefined,
  ]);
}

/** Nothing that slows a peer down: no check for new versions, providers from the mirror or warm. */
function peerEnvironment(
  bare: BareTerraform,
  { backend }: PeerSequence,
  state: BackendAccess,
  reattach: string | undefined,
): Record<string, string> {
  return {
    ...inherited(),
    ...bare.vendor.site.convergence.environment,
    HOME: bare.home,
    TF_IN_AUTOMATION: 'true',
    CHECKPOINT_DISABLE: '1',
    TF_CLI_CONFIG_FILE: bare.cliConfigFile,
    ...(backend === 'http' && {
      TF_HTTP_ADDRESS: state.address,
      TF_HTTP_LOCK_ADDRESS: state.address,
      TF_HTTP_UNLOCK_ADDRESS: state.address,
      TF_HTTP_USERNAME: state.username,
      TF_HTTP_PASSWORD: state.password,
    }),
    ...(reattach !== undefined && { TF_REATTACH_PROVIDERS: reattach }),
  };
}
