/**
 * The supervisor: a small process beside its executor that is the parent of every Terraform process and warm
 * provider. Fencing does not reach the vendor, so Terraform has to stop by itself when its executor is gone, or is
 * silent for so long that somebody else will take the site over. An executor cannot see to that: it is the one that
 * is gone. It imports nothing of ours at run time, so that it starts fast and stays small.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type {
  FromSupervisor,
  SpawnRequest,
  SupervisorSettings,
  ToSupervisor,
} from './supervisor-protocol.js';

interface Supervised {
  kind: SpawnRequest['kind'];
  child: ChildProcess;
  isInterrupted: boolean;
  killTimer: NodeJS.Timeout | undefined;
}

/** What a provider gets to end by itself. It holds nothing that must be saved. */
const PROVIDER_GRACE_MS = 2_000;

const settings: SupervisorSettings = JSON.parse(process.argv[2] ?? '{}');
const supervised = new Map<number, Supervised>();
let lastHeardAt = Date.now();
let isEnding = false;

/**
 * Our own SIGKILL is the one thing that we cannot act on, so a shell reads from us which processes there are. When we
 * are gone it interrupts each Terraform once, as we would have. (The kernel's parent-death signal will not do: a
 * parent of several threads sends it several times, and a second SIGINT makes Terraform leave without saving.)
 */
const SENTINEL = `
grace=$1; interrupt= ; providers= ; interrupted=
while read -r what pid; do
  others=; for p in $interrupt; do [ "$p" = "$pid" ] || others="$others $p"; done; interrupt=$others
  others=; for p in $interrupted; do [ "$p" = "$pid" ] || others="$others $p"; done; interrupted=$others
  others=; for p in $providers; do [ "$p" = "$pid" ] || others="$others $p"; done; providers=$others
  case $what in
    terraform) interrupt="$interrupt $pid" ;;
    interrupted) interrupted="$interrupted $pid" ;;
    provider) providers="$providers $pid" ;;
  esac
done
[ -z "$interrupt" ] || kill -INT $interrupt 2>/dev/null
left=$grace
while [ "$left" -gt 0 ]; do
  alive=; for p in $interrupt $interrupted; do kill -0 "$p" 2>/dev/null && alive="$alive $p"; done
  [ -n "$alive" ] || break
  sleep 1; left=$((left - 1))
done
for p in $alive $providers; do kill -KILL "-$p" 2>/dev/null; done
`;

let sentinel = startSentinel();

function startSentinel(): ChildProcess {
  const graceSeconds = Math.ceil(settings.graceMs / 1000);
  const child = spawn('/bin/sh', ['-c', SENTINEL, 'sentinel', String(graceSeconds)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
  });
  child.stdin?.on('error', () => {});
  child.once('exit', () => {
    if (isEnding) return;
    sentinel = startSentinel();
    for (const entry of supervised.values()) watch(entry);
  });
  return child;
}

/** Tells the sentinel what it has to do about a process when we are gone. */
function watch({ kind, child, isInterrupted }: Supervised): void {
  const what = kind === 'terraform' && isInterrupted ? 'interrupted' : kind;
  sentinel.stdin?.write(`${what} ${child.pid}\n`);
}

function tell(message: FromSupervisor): void {
  // An executor that is gone is noticed by `disconnect`; there is nobody to tell.
  if (process.connected) process.send?.(message, () => {});
}

function start(request: SpawnRequest): void {
  const { id, kind } = request;
  let output: number | undefined;
  try {
    output = request.outputFile === null ? undefined : openSync(request.outputFile, 'a', 0o600);
    const stdio: StdioOptions = output === undefined ? ['pipe', 'pipe', 'pipe'] : ['ignore', output, output];
    // Its own session: a terminal's Ctrl-C, or a signal to our group, must not reach it beside ours.
    const child = spawn(request.command, request.args, {
      cwd: request.cwd,
      env: request.env,
      detached: true,
      stdio,
    });
    const entry: Supervised = { kind, child, isInterrupted: false, killTimer: undefined };
    child.once('error', (error) => {
      if (child.pid === undefined) tell({ type: 'failed', id, message: error.message });
    });
    if (child.pid === undefined) return;
    supervised.set(id, entry);
    watch(entry);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => tell({ type: 'output', id, text }));
    }
    child.stdin?.on('error', () => {});
    child.once('exit', (code, signal) => ended(id, entry, code, signal));
    tell({ type: 'started', id, pid: child.pid });
  } catch (error) {
    tell({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  } finally {
    if (output !== undefined) closeSync(output);
  }
}

function ended(id: number, entry: Supervised, code: number | null, signal: NodeJS.Signals | null): void {
  clearTimeout(entry.killTimer);
  supervised.delete(id);
  sentinel.stdin?.write(`gone ${entry.child.pid}\n`);
  // Killed, it could not end the providers that it had started.
  if (signal !== null) killGroup(entry);
  tell({ type: 'ended', id, code, signal });
  if (isEnding) endWhenIdle();
}

function killGroup({ child }: Supervised): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}

/** Exactly one SIGINT: a second one would make Terraform leave without saving. */
function interrupt(entry: Supervised | undefined, graceMs: number): void {
  if (entry === undefined || entry.isInterrupted) return;
  entry.isInterrupted = true;
  watch(entry);
  entry.child.kill('SIGINT');
  entry.killTimer = setTimeout(() => killGroup(entry), graceMs);
}

/** Closing its input asks a provider to end; SIGTERM asks one that does not read it. */
function endProvider(entry: Supervised | undefined): void {
  if (entry === undefined || entry.isInterrupted) return;
  entry.isInterrupted = true;
  entry.child.stdin?.end();
  entry.child.kill('SIGTERM');
  entry.killTimer = setTimeout(() => killGroup(entry), PROVIDER_GRACE_MS);
}

/** The executor is gone: stop every Terraform, then the providers that they still need, then ourselves. */
function end(): void {
  if (isEnding) return;
  isEnding = true;
  for (const entry of supervised.values()) {
    if (entry.kind === 'terraform') interrupt(entry, settings.graceMs);
  }
  endWhenIdle();
}

function endWhenIdle(): void {
  const left = [...supervised.values()];
  if (left.some((entry) => entry.kind === 'terraform')) return;
  for (const entry of left) endProvider(entry);
  if (left.length === 0) process.exit(0);
}

process.on('message', (message: ToSupervisor) => {
  lastHeardAt = Date.now();
  switch (message.type) {
    case 'spawn':
      if (isEnding) tell({ type: 'failed', id: message.id, message: 'the supervisor is ending' });
      else start(message);
      return;
    case 'interrupt':
      return interrupt(supervised.get(message.id), message.graceMs);
    case 'end':
      return endProvider(supervised.get(message.id));
    case 'shutdown':
      return end();
    case 'beat':
      return;
  }
});
process.on('disconnect', end);
// Whoever signals a whole container or service stops the executor; the executor decides what becomes of us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

setInterval(
  () => {
    if (Date.now() - lastHeardAt > settings.silenceMs) end();
  },
  Math.max(settings.silenceMs / 20, 10),
);

tell({ type: 'ready' });
