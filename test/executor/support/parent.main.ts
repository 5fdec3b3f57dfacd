/**
 * To a supervisor what an executor is: starts it, has it run things, beats. The test kills or stops this process.
 * Like the supervisor it runs as it stands, so it imports nothing of ours at run time.
 */
import { fork } from 'node:child_process';
import type {
  SpawnRequest,
  SupervisorSettings,
  ToSupervisor,
} from '../../../apps/tf-executor/src/terraform/supervisor-protocol.js';

export interface ParentTask {
  supervisor: string;
  settings: SupervisorSettings;
  requests: SpawnRequest[];
}

const task: ParentTask = JSON.parse(process.argv[2] ?? '');
const supervisor = fork(task.supervisor, [JSON.stringify(task.settings)], {
  detached: true,
  stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
});
const tell = (message: ToSupervisor) => supervisor.send(message);
supervisor.on('message', (message) => process.send?.(message));
process.send?.({ type: 'supervisor', pid: supervisor.pid });
setInterval(() => tell({ type: 'beat' }), task.settings.silenceMs / 8);
for (const request of task.requests) tell(request);
