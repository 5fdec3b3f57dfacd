import { bringUp } from './launcher/bring-up.js';
import { launcherConfig } from './launcher/config.js';
import { openHome } from './launcher/home.js';
import { Installation } from './launcher/installation.js';
import { Interrupted, listenForInterruption } from './launcher/interruption.js';
import { takeLock } from './launcher/lock.js';
import { Running } from './launcher/running.js';
import { summary } from './launcher/summary.js';
import { SetupProblem } from './services/setup-problem.js';

const LOCK_MARKER = 'sandbox/start';

const announce = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Brings Sitewright up, stays until it is interrupted, and stops what it started. Gives the exit code. */
async function start(): Promise<number> {
  const config = launcherConfig();
  const home = openHome(config.home);
  const releaseLock = takeLock(home.lock, LOCK_MARKER);
  const interruption = listenForInterruption();
  const failure = new AbortController();
  // Once one part has failed, the others need not finish their start.
  const starting = { ...interruption, stop: AbortSignal.any([interruption.stop, failure.signal]) };
  const running = new Running();
  let exitCode = 0;
  try {
    const installation = new Installation({ config, home, running, interruption: starting, announce });
    await installation.endEarlierServices();
    announce(summary(await bringUp(installation, config, home, starting)));
    await interrupted(interruption.stop);
  } catch (error) {
    failure.abort();
    if (!interruption.stop.aborted) {
      exitCode = 1;
      announce(`\n${describe(error)}`);
    }
  }
  if (interruption.stop.aborted) announce('\nStopping; Ctrl-C again hurries.');
  for (const problem of await running.stopAll()) {
    exitCode = 1;
    announce(describe(problem));
  }
  releaseLock();
  announce('Stopped.');
  return exitCode;
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // A timer keeps the process alive: child processes in sessions of their own and signals do not.
    const alive = setInterval(() => undefined, 60_000);
    const finish = () => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) finish();
    else signal.addEventListener('abort', finish, { once: true });
  });
}

function describe(error: unknown): string {
  if (error instanceof SetupProblem) return [error.message, error.detail].filter(Boolean).join('\n');
  if (error instanceof Interrupted) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  process.exitCode = await start();
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exitCode = 1;
}
// A connection that somebody keeps open must not keep the launcher.
process.exit();
