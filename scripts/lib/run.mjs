import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** The environment in which the project's own Node and tools come first on PATH. */
const environment = (root) => ({
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
});

const pinnedNode = (root) => join(root, 'node_modules', '.bin', 'node');

/** Runs a script on the pinned Node in our place: our terminal, our signals, its exit code as the result. */
export async function run(root, args, extraEnvironment = {}) {
  const child = spawn(pinnedNode(root), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...environment(root), ...extraEnvironment },
  });
  // A terminal's Ctrl-C reaches parent and child alike; `kill` reaches the parent alone. Passing the signal
  // on serves both, because who handles it takes signals that come together for one.
  const forward = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  try {
    return await exitCode(child);
  } finally {
    for (const signal of signals) process.off(signal, forward);
  }
}

/** Runs a script on the pinned Node and collects what it prints. */
export async function capture(root, args) {
  const child = spawn(pinnedNode(root), args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(root),
  });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const code = await exitCode(child);
  return { code, output: Buffer.concat(chunks).toString() };
}

function exitCode(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
