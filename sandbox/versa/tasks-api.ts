import { answerJson, Refused } from './answers.js';
import { pageOf, param, type Call, type Route } from './call.js';
import { reportTask } from './task.js';

export const taskRoutes: readonly Route[] = [
  { method: 'GET', path: '/vnms/tasks/summary', operation: 'task:summary', handler: summary },
  { method: 'GET', path: '/vnms/tasks/task/{id}', operation: 'task:get', handler: get },
];

function get(call: Call) {
  const task = call.account.tasks.get(param(call, 'id'));
  if (!task) throw Refused.notFound(`task ${param(call, 'id')}`);
  const deep = call.query.get('deep');
  return answerJson(200, {
    'versa-tasks.task': reportTask(task, call.now, deep !== null && deep !== 'false'),
  });
}

/** The newest first: a client that lost an answer finds its task by the name. */
function summary(call: Call) {
  const { items, totalCount } = pageOf(call, [...call.account.tasks.values()].toReversed());
  return answerJson(200, {
    'versa-tasks.tasks': {
      totalCount,
      'versa-tasks.task': items.map((task) => reportTask(task, call.now, false)),
    },
  });
}
