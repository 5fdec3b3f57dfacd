import type { JsonObject } from './json.js';

export type TaskKind = 'deploy' | 'delete' | 'commit';

export interface TaskFailure {
  /** One device of the task; null is the task as a whole. */
  device: string | null;
  code: string;
  message: string;
}

export interface TaskMessage {
  message: string;
  at: number;
}

export interface Task {
  id: string;
  kind: TaskKind;
  name: string;
  devices: string[];
  /** Of a commit. */
  template: string | null;
  mode: 'overwrite' | 'merge';
  status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  createdAt: number;
  /** Null while the task waits for a lock. */
  startedAt: number | null;
  durationMs: number;
  finishedAt: number | null;
  /** What a test has ordered, known from the start. */
  ordered: TaskFailure[];
  /** Do everything, then say that it failed. */
  failsAfterwards: boolean;
  /** The fault that keeps the task from ending, until it is deleted. */
  heldBy: string | null;
  messages: TaskMessage[];
  failures: TaskFailure[];
}

const iso = (at: number): string => new Date(at).toISOString();

export function percentageOf({ status, startedAt, durationMs }: Task, now: number): number {
  if (status === 'COMPLETED') return 100;
  if (startedAt === null || durationMs === 0) return 0;
  return Math.min(99, Math.floor((100 * (now - startedAt)) / durationMs));
}

/** Every key has the vendor's prefix. */
export function reportTask(task: Task, now: number, isDeep: boolean): JsonObject {
  const messages = isDeep ? task.messages : task.messages.slice(-1);
  return {
    'versa-tasks.id': task.id,
    'versa-tasks.task-name': task.name,
    'versa-tasks.task-status': task.status,
    'versa-tasks.percentage-completion': percentageOf(task, now),
    'versa-tasks.start-time': iso(task.startedAt ?? task.createdAt),
    ...(task.finishedAt === null ? {} : { 'versa-tasks.end-time': iso(task.finishedAt) }),
    'versa-tasks.progressmessages': {
      'versa-tasks.progressmessage': messages.map(({ message, at }) => ({
        'versa-tasks.message': message,
        'versa-tasks.time': iso(at),
      })),
    },
    'versa-tasks.errormessage': task.failures.map(({ device, code, message }) => ({
      'versa-tasks.error-code': code,
      'versa-tasks.error-message': device === null ? message : `${device}: ${message}`,
    })),
  };
}
