import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { nextFreePort } from './ports.js';
import { SetupProblem } from './setup-problem.js';

const Remembered = z.object({
  ports: z.record(z.string(), z.int()).default({}),
  secrets: z.record(z.string(), z.string()).default({}),
});
type Remembered = z.infer<typeof Remembered>;

/** Ports and secrets that were chosen once and are found again by the next start: a file for its owner only. */
export class Memory {
  readonly #file: string;
  readonly #remembered: Remembered;
  readonly #portOffset: number;
  #lastSearch: Promise<unknown> = Promise.resolve();

  /** An offset on all wished ports keeps installations apart that start at the same time. */
  constructor(file: string, { portOffset = 0 }: { portOffset?: number } = {}) {
    this.#file = file;
    this.#portOffset = portOffset;
    this.#remembered = readRemembered(file);
  }

  /** The port of this name; another one than last time only if something else listens there now. */
  port(name: string, wished: number): Promise<number> {
    // One search at a time: two that run together could both find the same port free.
    const search = this.#lastSearch.then(() => this.#findPort(name, wished));
    this.#lastSearch = search.catch(() => undefined);
    return search;
  }

  /** The secret of this name, made on first use. */
  secret(name: string, make: () => string = () => randomBytes(24).toString('base64url')): string {
    const known = this.#remembered.secrets[name];
    if (known !== undefined) return known;
    const made = make();
    this.#remembered.secrets[name] = made;
    this.#save();
    return made;
  }

  knowsSecret(name: string): boolean {
    return this.#remembered.secrets[name] !== undefined;
  }

  async #findPort(name: string, wished: number): Promise<number> {
    const { [name]: known, ...others } = this.#remembered.ports;
    const port = await nextFreePort(known ?? wished + this.#portOffset, new Set(Object.values(others)));
    if (port !== known) {
      this.#remembered.ports[name] = port;
      this.#save();
    }
    return port;
  }

  #save(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const draft = `${this.#file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(this.#remembered, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.#file);
  }
}

function readRemembered(file: string): Remembered {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return Remembered.parse({});
  }
  try {
    return Remembered.parse(JSON.parse(text));
  } catch (cause) {
    // Starting afresh would lose the key that yesterday's data is sealed with, so this is for a person to decide.
    throw new SetupProblem(`${file} cannot be read; put it right or remove the folder to start afresh.`, {
      cause,
    });
  }
}
