import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  FromSupervisor,
  SpawnRequest,
} from '../../apps/tf-executor/src/terraform/supervisor-protocol.js';
import { ProcessNotStarted, Supervisor } from '../../apps/tf-executor/src/terraform/supervisor.js';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { testServices } from '../support/services.js';
import type { ParentTask } from './support/parent.main.js';

const SUPERVISOR = join(import.meta.dirname, '../../apps/tf-executor/src/terraform/supervisor.main.ts');
const PARENT = join(import.meta.dirname, 'support/parent.main.ts');
const PATH = process.env['PATH'] ?? '';

/** An object that takes long to be made, below a finished one. */
const CONFIGURATION = `
resource "terraform_data" "done" {}
resource "terraform_data" "long" {
  input = terraform_data.done.id
  provisioner "local-exec" { command = "touch started; exec sleep 60" }
}
`;

let directory: string;
let pids: number[];
let parents: ChildProcess[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supervision-'));
  pids = [];
  parents = [];
});
afterEach(async () => {
  for (const parent of parents) parent.kill('SIGKILL');
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  }
  await rm(directory, { recursive: true, force: true });
});

const at = (name: string): string => join(directory, name);
/** A process that has ended stays in the table until its parent has asked how; a stopped parent never does. */
const gone = (pid: number, timeoutMs = 10_000) =>
  waitFor(() => !existsSync(`/proc/${pid}`) || /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')), {
    what: `the end of process ${pid}`,
    timeoutMs,
  });
const there = (name: string) =>
  waitFor(() => existsSync(at(name)), { what: `the file ${name}`, timeoutMs: 20_000 });
const linesOf = async (name: string): Promise<string[]> =>
  (await readFile(at(name), 'utf8')).split('\n').filter((line) => line !== '');

async function terraformRequest(): Promise<SpawnRequest> {
  await writeFile(at('main.tf'), CONFIGURATION);
  return {
    type: 'spawn',
    id: 1,
    kind: 'terraform',
    command: testServices().terraformBin,
    args: ['apply', '-auto-approve', '-input=false', '-json'],
    cwd: directory,
    env: { PATH, HOME: directory, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
    outputFile: at('output.jsonl'),
  };
}

const script = (text: string, kind: SpawnRequest['kind'] = 'terraform') => ({
  kind,
  command: '/bin/sh',
  args: ['-c', text],
  cwd: directory,
  env: { PATH },
  outputFile: kind === 'terraform' ? at('output.txt') : null,
});

/** Starts a parent with a supervisor of its own, and waits until all of it runs. */
async function family(requests: SpawnRequest[], silenceMs: number) {
  const task: ParentTask = {
    supervisor: SUPERVISOR,
    settings: { silenceMs, graceMs: 10_000 },
    requests,
  };
  const parent = fork(PARENT, [JSON.stringify(task)], { execArgv: [] });
  parents.push(parent);
  const members = { parent, supervisor: 0, children: new Map<number, number>() };
  parent.on('message', (message: FromSupervisor | { type: 'supervisor'; pid: number }) => {
    if (message.type === 'supervisor') members.supervisor = message.pid;
    if (message.type === 'started') members.children.set(message.id, message.pid);
  });
  await waitFor(() => members.children.size === requests.length, { what: 'the family', timeoutMs: 10_000 });
  pids.push(members.supervisor, ...members.children.values());
  return members;
}

/** How Terraform ended, by its own words and by what it left. */
async function endOfTerraform() {
  const output = await readFile(at('output.jsonl'), 'utf8');
  const state = JSON.parse(await readFile(at('terraform.tfstate'), 'utf8'));
  return {
    interrupts: output.match(/Interrupt received/g)?.length,
    wasForced: output.includes('Two interrupts received'),
    isLocked: existsSync(at('.terraform.tfstate.lock.info')),
    resources: state.resources,
  };
}

/** Interrupted once, it saved what it had done and left by itself. */
const gracefulEnd = {
  interrupts: 1,
  wasForced: false,
  isLocked: false,
  resources: [
    { name: 'done', instances: [{ attributes: { id: expect.any(String) } }] },
    { name: 'long', instances: [{ status: 'tainted' }] },
  ],
};

describe.skipIf(process.platform !== 'linux')('Terraform whose executor', () => {
  it('was killed stops by itself, saves its state, and takes the providers along', async () => {
    const terraform = await terraformRequest();
    const provider: SpawnRequest = { type: 'spawn', id: 2, ...script('exec sleep 60', 'provider') };
    const { parent, supervisor, children } = await family([terraform, provider], 60_000);
    await there('started');
    parent.kill('SIGKILL');
    await gone(supervisor);
    for (const pid of children.values()) await gone(pid);
    expect(await endOfTerraform()).toMatchObject(gracefulEnd);
  });

  it('is silent for too long stops by itself and saves its state', async () => {
    const { parent, supervisor, children } = await family([await terraformRequest()], 800);
    await there('started');
    parent.kill('SIGSTOP');
    await gone(supervisor);
    for (const pid of children.values()) await gone(pid);
    expect(await endOfTerraform()).toMatchObject(gracefulEnd);
  });

  it('speaks now and then goes on', async () => {
    const { children } = await family([{ type: 'spawn', id: 1, ...script('sleep 1; echo done') }], 300);
    await gone(children.get(1) ?? 0);
    expect(await linesOf('output.txt')).toEqual(['done']);
  });
});

async function start(): Promise<Supervisor> {
  const supervisor = new Supervisor({ silenceMs: 60_000, graceMs: 10_000 }, PATH);
  pids.push(await supervisor.start());
  return supervisor;
}

describe('a supervisor', () => {
  it('gives exactly one SIGINT, however often it is told', async () => {
    const supervisor = await start();
    const child = await supervisor.spawn(
      script('trap "echo INT" INT; echo ready; for i in 1 2 3 4 5 6 7 8; do sleep 0.1; done'),
    );
    await there('output.txt');
    await waitFor(async () => (await linesOf('output.txt')).includes('ready'), {
      what: 'ready',
      timeoutMs: 5_000,
    });
    for (let time = 0; time < 3; time += 1) child.interrupt(10_000);
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(await linesOf('output.txt')).toEqual(['ready', 'INT']);
    await supervisor.close();
  });

  it('kills what does not stop within the grace, with all that it has started', async () => {
    const supervisor = await start();
    const child = await supervisor.spawn(script('trap "" INT; sleep 60 & echo $!; wait; sleep 60'));
    const [grandchild] = await waitFor(
      async () => {
        const lines = existsSync(at('output.txt')) ? await linesOf('output.txt') : [];
        return lines.length > 0 && lines;
      },
      { what: 'the grandchild', timeoutMs: 5_000 },
    );
    child.interrupt(200);
    expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL' });
    await gone(Number(grandchild));
    await supervisor.close();
  });

  it('hands on what a provider says, and ends it', async () => {
    const supervisor = await start();
    let said = '';
    const child = await supervisor.spawn(script('echo hello; cat', 'provider'), (text) => (said += text));
    await waitFor(() => said === 'hello\n', { what: 'its greeting', timeoutMs: 5_000 });
    child.end();
    expect(await child.ended).toHaveProperty('signal');
    await supervisor.close();
  });

  it('says when a program cannot be started', async () => {
    const supervisor = await start();
    const request = { ...script(''), command: join(directory, 'no-such-program') };
    await expect(supervisor.spawn(request)).rejects.toBeInstanceOf(ProcessNotStarted);
    await expect(supervisor.spawn({ ...script(''), cwd: at('nowhere') })).rejects.toBeInstanceOf(
      ProcessNotStarted,
    );
    await supervisor.close();
  });

  it('that dies interrupts Terraform once, and another one takes its place', async () => {
    const supervisor = await start();
    const pid = await supervisor.start();
    const { type: _type, id: _id, ...request } = await terraformRequest();
    const child = await supervisor.spawn(request);
    pids.push(child.pid);
    await there('started');
    process.kill(pid, 'SIGKILL');
    expect(await child.ended).toEqual({ isLost: true });
    expect(await endOfTerraform()).toMatchObject(gracefulEnd);

    const next = await supervisor.spawn(script('echo again'));
    expect(await next.ended).toEqual({ code: 0, signal: null });
    expect(await supervisor.start()).not.toBe(pid);
    await supervisor.close();
  });

  it('ends with its providers when it is closed', async () => {
    const supervisor = await start();
    const pid = await supervisor.start();
    const child = await supervisor.spawn(script('exec sleep 60', 'provider'));
    await supervisor.close();
    await child.ended;
    if (process.platform === 'linux') await gone(pid);
    await expect(supervisor.spawn(script(''))).rejects.toBeInstanceOf(ProcessNotStarted);
  });
});
