import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ProviderMirror } from '../../sandbox/cato-provider/mirror.js';

export const TERRAFORM_BIN = process.env['TERRAFORM_BIN'] ?? 'terraform';

export interface TerraformResult {
  readonly exitCode: number | null;
  readonly output: string;
}

export interface PlannedChange {
  readonly address: string;
  readonly actions: readonly string[];
}

/** A folder with one configuration, and Terraform run in it with nothing of this machine's own settings. */
export class TerraformWorkspace {
  private constructor(
    readonly directory: string,
    readonly environment: Record<string, string>,
  ) {}

  static async create(
    configuration: string,
    mirror: ProviderMirror,
    environment: Record<string, string>,
  ): Promise<TerraformWorkspace> {
    const directory = await mkdtemp(join(tmpdir(), 'cato-provider-test-'));
    const cliConfig = join(directory, 'cli.tfrc');
    await writeFile(
      cliConfig,
      `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror.mirrorDirectory)}\n  }\n}\n`,
    );
    await writeFile(join(directory, 'main.tf'), configuration);
    await copyFile(mirror.lockFile, join(directory, '.terraform.lock.hcl'));
    return new TerraformWorkspace(directory, {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      TMPDIR: tmpdir(),
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      TF_CLI_CONFIG_FILE: cliConfig,
      DISABLE_POLICY_RULE_CLEANUP: 'true',
      ...environment,
    });
  }

  configure(configuration: string): Promise<void> {
    return writeFile(join(this.directory, 'main.tf'), configuration);
  }

  run(...args: readonly string[]): Promise<TerraformResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(TERRAFORM_BIN, args, {
        cwd: this.directory,
        env: this.environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.on('error', reject);
      child.on('close', (exitCode) => resolve({ exitCode, output }));
    });
  }

  /** Like `run`, but a failure is an error that shows what Terraform said. */
  async must(...args: readonly string[]): Promise<string> {
    const { exitCode, output } = await this.run(...args);
    if (exitCode !== 0) throw new Error(`terraform ${args.join(' ')} ended with ${exitCode}:\n${output}`);
    return output;
  }

  apply(...options: readonly string[]): Promise<TerraformResult> {
    return this.run('apply', '-auto-approve', '-no-color', ...options);
  }

  /** What a plan would change; an empty list is Terraform's "no changes". */
  async plan(...options: readonly string[]): Promise<PlannedChange[]> {
    await this.must('plan', '-no-color', '-out=check.plan', ...options);
    const { output } = await this.run('show', '-json', 'check.plan');
    const { resource_changes: changes = [] }: ShownPlan = JSON.parse(output);
    return changes
      .map(({ address, change }) => ({ address, actions: change.actions }))
      .filter(({ actions }) => actions.join() !== 'no-op');
  }

  async state(): Promise<TerraformState> {
    const content = await readFile(join(this.directory, 'terraform.tfstate'), 'utf8');
    // Terraform creates the file when it starts and fills it late.
    const state: TerraformState = content === '' ? { resources: [] } : JSON.parse(content);
    return state;
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

interface ShownPlan {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly change: { readonly actions: readonly string[] };
  }[];
}

export interface TerraformState {
  readonly resources: readonly {
    readonly type: string;
    readonly instances: readonly {
      readonly status?: string;
      readonly attributes: Readonly<Record<string, unknown>>;
    }[];
  }[];
}
