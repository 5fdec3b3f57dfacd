/**
 * The Terraform processes that other systems run for one plan and apply, in their order and with their flags, as read
 * in their sources. `{dir}` stands for the working folder. What they do beside Terraform (Git, pods, schedulers,
 * artefact stores, fixed waits) is left out in their favour.
 */
export type PeerStep =
  | {
      kind: 'terraform';
      args: string[];
      /** Exit codes that are no failure, where it is not 0 alone. */
      accepted?: number[];
    }
  /** A new working folder with the configuration; the named files come along. */
  | { kind: 'checkout'; keep?: string[] }
  /** The state of a local backend goes to where the system keeps it: one statement. */
  | { kind: 'store_state' };

export interface PeerSequence {
  id: string;
  name: string;
  /** Where its source was read. */
  source: string;
  backend: 'http' | 'local';
  steps: PeerStep[];
  /** What it waits by design in every run, whatever the hardware. */
  fixedWaitMs?: number;
}

const terraform = (...args: string[]): PeerStep => ({ kind: 'terraform', args });
/** `-detailed-exitcode` says by 2 that there are changes. */
const detailedPlan = (...args: string[]): PeerStep => ({ kind: 'terraform', args, accepted: [0, 2] });
const checkout: PeerStep = { kind: 'checkout' };

const EXEC_PLAN = ['-lock-timeout=0s', '-lock=true', '-parallelism=10', '-refresh=true'];
const EXEC_APPLY = ['-auto-approve', '-input=false', '-lock=true', '-parallelism=10', '-refresh=true'];

export const PEER_SEQUENCES: readonly PeerSequence[] = [
  {
    id: 'terraform-exec',
    name: 'terraform-exec worker',
    source: 'hashicorp/terraform-exec: tfexec/init.go, plan.go, apply.go, output.go',
    backend: 'local',
    steps: [
      checkout,
      terraform('version', '-json'),
      terraform('init', '-no-color', '-input=false', '-backend=true', '-get=true', '-upgrade=true'),
      detailedPlan(
        'plan',
        '-no-color',
        '-input=false',
        '-detailed-exitcode',
        '-out={dir}/tfplan',
        ...EXEC_PLAN,
      ),
      terraform('apply', '-no-color', ...EXEC_APPLY, '{dir}/tfplan'),
      terraform('output', '-no-color', '-json'),
      { kind: 'store_state' },
    ],
  },
  {
    id: 'atlantis',
    name: 'Atlantis',
    source: 'runatlantis/atlantis: server/core/runtime, server/core/terraform/tfclient',
    backend: 'http',
    steps: [
      checkout,
      terraform('version'),
      terraform('init', '-input=false'),
      terraform('version'),
      terraform('workspace', 'show'),
      terraform('version'),
      terraform('plan', '-input=false', '-refresh', '-out', '{dir}/default.tfplan'),
      terraform('version'),
      terraform('apply', '-input=false', '{dir}/default.tfplan'),
    ],
  },
  {
    id: 'tofu-controller',
    name: 'tofu-controller',
    source: 'flux-iac/tofu-controller: controllers/tf_controller_*.go, runner/server_*.go',
    backend: 'http',
    steps: [
      checkout,
      terraform('version', '-json'),
      terraform(
        'init',
        '-no-color',
        '-input=false',
        '-backend=true',
        '-get=true',
        '-upgrade=false',
        '-force-copy',
      ),
      detailedPlan('plan', '-no-color', '-input=false', '-detailed-exitcode', '-out=tfplan', ...EXEC_PLAN),
      terraform('show', '-json', '-no-color', 'tfplan'),
      terraform('apply', '-no-color', ...EXEC_APPLY, 'tfplan'),
      terraform('output', '-no-color', '-json'),
    ],
  },
  {
    id: 'otf',
    name: 'OTF',
    source: 'leg100/otf: internal/runner/operation.go',
    backend: 'local',
    steps: [
      checkout,
      terraform('init', '-input=false'),
      terraform('plan', '-input=false', '-out=plan.out'),
      terraform('show', '-json', 'plan.out'),
      { kind: 'checkout', keep: ['plan.out', '.terraform.lock.hcl'] },
      terraform('init', '-input=false'),
      terraform('apply', '-input=false', 'plan.out'),
      { kind: 'store_state' },
    ],
  },
  {
    id: 'terrakube',
    name: 'Terrakube',
    source:
      'terrakube-io/terrakube: TerraformExecutorServiceImpl.java; terraform-spring-boot: TerraformClient.java',
    backend: 'http',
    fixedWaitMs: 25_000,
    steps: [
      checkout,
      terraform('init', '-no-color', '-input=false'),
      detailedPlan(
        'plan',
        '-no-color',
        '-json',
        '-out=terraformLibrary.tfPlan',
        '-input=false',
        '-detailed-exitcode',
      ),
      terraform('show', 'terraformLibrary.tfPlan'),
      terraform('show', '-json', 'terraformLibrary.tfPlan'),
      { kind: 'checkout', keep: ['terraformLibrary.tfPlan'] },
      terraform('init', '-no-color', '-input=false'),
      terraform('apply', '-no-color', '-json', '-auto-approve', '-input=false', 'terraformLibrary.tfPlan'),
      terraform('show', '-json'),
      terraform('show', '-json'),
      terraform('state', 'pull'),
      terraform('output', '-json'),
      terraform('show', 'terraformLibrary.tfPlan'),
    ],
  },
  {
    id: 'burrito',
    name: 'Burrito',
    source: 'padok-team/burrito: internal/runner/actions.go, internal/runner/tools/base/base.go',
    backend: 'http',
    steps: [
      checkout,
      terraform('init', '-no-color', '-upgrade'),
      terraform('plan', '-no-color', '-out', '{dir}/plan.out'),
      terraform('show', '-no-color', '-json', '{dir}/plan.out'),
      terraform('show', '-no-color', '{dir}/plan.out'),
      { kind: 'checkout', keep: ['plan.out'] },
      terraform('init', '-no-color', '-upgrade'),
      terraform('apply', '-no-color', '-auto-approve', '{dir}/plan.out'),
    ],
  },
];

/** How many Terraform processes one run of it is. */
export const processesOf = ({ steps }: PeerSequence): number =>
  steps.filter(({ kind }) => kind === 'terraform').length;

/** Runs a minute that its fixed waits leave possible with so many at a time, if all else took no time but `runMs`. */
export const boundWithWaits = (runMs: number, fixedWaitMs: number, atATime: number): number =>
  (60_000 * atATime) / (runMs + fixedWaitMs);
