import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Memory } from '../services/memory.js';
import { SetupProblem } from '../services/setup-problem.js';

/** The folder that holds everything a local installation keeps: data, logs, ports and keys. */
export interface Home {
  directory: string;
  settings: string;
  memory: Memory;
  lock: string;
  logs: string;
  pids: string;
  postgres: string;
  rabbitmq: string;
  cache: string;
  mirror: string;
  work: string;
  sandboxData: string;
}

export function openHome(directory: string): Home {
  mkdirSync(directory, { recursive: true });
  // Root's database runs as another user, who must be able to pass through here to its own folder.
  chmodSync(directory, process.getuid?.() === 0 ? 0o711 : 0o700);
  const at = (name: string) => join(directory, name);
  const settings = at('settings.json');
  if (!existsSync(settings) && existsSync(at('postgres'))) {
    throw new SetupProblem(
      `${settings} is missing, and with it the keys to the data beside it: put it back, or remove ${directory} to start afresh.`,
    );
  }
  for (const name of ['logs', 'run', 'rabbitmq', 'work']) {
    mkdirSync(at(name), { recursive: true, mode: 0o700 });
  }
  return {
    directory,
    settings,
    memory: new Memory(settings),
    lock: at('start.lock'),
    logs: at('logs'),
    pids: at('run'),
    postgres: at('postgres'),
    rabbitmq: at('rabbitmq'),
    cache: at('cache'),
    mirror: at('provider-mirror'),
    work: at('work'),
    sandboxData: at('sandbox.json'),
  };
}
