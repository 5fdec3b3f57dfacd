/** What the executor and its supervisor say to each other. Types only: the supervisor's entry imports nothing at run time. */

/** How a process ended. */
export type ProcessEnd =
  | { code: number | null; signal: NodeJS.Signals | null }
  /** The supervisor died: how its processes ended is not known. They have ended. */
  | { isLost: true };

export type ProcessKind = 'terraform' | 'provider';

export interface SpawnRequest {
  type: 'spawn';
  id: number;
  kind: ProcessKind;
  command: string;
  args: string[];
  cwd: string;
  /** The whole environment. Secrets travel here: never in `args`. */
  env: Record<string, string>;
  /**
   * Terraform writes into this file: it can say its last words whoever has died by then, where a pipe without a
   * reader would kill it before it has saved its state. A provider without a file is read through the supervisor.
   */
  outputFile: string | null;
}

export type ToSupervisor =
  | SpawnRequest
  /** One SIGINT; after the grace SIGKILL. Said again, it does nothing. */
  | { type: 'interrupt'; id: number; graceMs: number }
  /** Ends a provider. */
  | { type: 'end'; id: number }
  | { type: 'beat' }
  /** End the providers, then yourself. */
  | { type: 'shutdown' };

export type FromSupervisor =
  | { type: 'ready' }
  | { type: 'started'; id: number; pid: number }
  | { type: 'output'; id: number; text: string }
  | { type: 'ended'; id: number; code: number | null; signal: NodeJS.Signals | null }
  | { type: 'failed'; id: number; message: string };

export interface SupervisorSettings {
  /** An executor that says nothing for so long is taken for gone. */
  silenceMs: number;
  /** What Terraform gets between SIGINT and SIGKILL when the executor is gone. */
  graceMs: number;
}
