import { applyArgs } from '../../apps/tf-executor/src/terraform/args.js';
import { childEnvironment } from '../../apps/tf-executor/src/terraform/child-environment.js';
import { RunFolder } from '../../apps/tf-executor/src/terraform/run-folder.js';
import { inherited, type BareSite, type BareTerraform } from './bare-terraform.js';
import { runToEnd } from './processes.js';

/**
 * One site by Terraform alone: the process that our executor runs for a create, with its arguments and environment, and
 * nothing around it.
 */
export async function applyBare(bare: BareTerraform, { grant, variables }: BareSite): Promise<void> {
  const { convergence } = bare.vendor.site;
  const state = bare.openState(grant);
  const provider = await bare.leaseProvider();
  let endedBySelf = false;
  try {
    const folder = await RunFolder.create(bare.runs, grant, bare.module.files, variables);
    await runToEnd({
      binary: bare.foundations.terraformBin,
      args: applyArgs({ parallelism: convergence.parallelism, refresh: true, isDestroy: false }),
      cwd: folder.path,
      env: childEnvironment({
        inherited: inherited(),
        home: bare.home,
        cliConfigFile: bare.cliConfigFile,
        dataDirectory: bare.module.dataDirectory,
        backend: state,
        vendor: convergence.environment,
        reattach: provider?.reattach,
      }),
      outputFile: folder.nextOutputFile(),
    });
    await folder.remove();
    endedBySelf = true;
  } finally {
    provider?.release(endedBySelf);
    state.revoke();
  }
}
