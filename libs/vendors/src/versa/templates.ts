import { z } from 'zod';
import type { VendorConnection } from '../connection.js';
import { callVersa, pathOf, unlessGone } from './client.js';

/** A template workflow: fields that are not ours, e.g. its interfaces, are kept as the Director has them. */
const TemplateWorkflow = z.looseObject({
  templateName: z.string(),
  description: z.string().nullish(),
  controllers: z.array(z.string()).nullish(),
  solutionTier: z.string().nullish(),
  bandwidth: z.coerce.string().nullish(),
  status: z.string().nullish(),
});
export type TemplateWorkflow = z.infer<typeof TemplateWorkflow>;

const BODY = 'versanms.sdwan-template-workflow';
const Answer = z.object({ [BODY]: TemplateWorkflow });
const LIST = '/vnms/sdwan/workflow/templates';
const PATH = `${LIST}/template`;
const wrapped = (workflow: object) => ({ [BODY]: workflow });

export async function findTemplate(
  connection: VendorConnection,
  name: string,
  signal: AbortSignal,
): Promise<TemplateWorkflow | undefined> {
  const path = `${PATH}${pathOf`/${name}`}`;
  const answer = await unlessGone(
    callVersa(connection, { operation: 'template:get', method: 'GET', path, answer: Answer }, signal),
  );
  return answer?.[BODY];
}

/** The name is the key: a second template of a name is refused. */
export async function createTemplate(
  connection: VendorConnection,
  workflow: Record<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  const body = wrapped(workflow);
  const request = {
    operation: 'template:create',
    method: 'POST',
    path: PATH,
    body,
    answer: z.unknown(),
  } as const;
  await callVersa(connection, request, signal);
}

/** Replaces the workflow; it has to be deployed then. */
export async function updateTemplate(
  connection: VendorConnection,
  workflow: TemplateWorkflow,
  signal: AbortSignal,
): Promise<void> {
  const { status: _status, ...body } = workflow;
  const path = `${PATH}${pathOf`/${workflow.templateName}`}`;
  await callVersa(
    connection,
    { operation: 'template:update', method: 'PUT', path, body: wrapped(body), answer: z.unknown() },
    signal,
  );
}

/** Makes a template of the workflow. Its devices have the change when they are committed. */
export async function deployTemplate(
  connection: VendorConnection,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const path = `${PATH}${pathOf`/deploy/${name}`}`;
  const request = { operation: 'template:deploy', method: 'POST', path, answer: z.unknown() } as const;
  await callVersa(connection, request, signal);
}

export async function deleteTemplate(
  connection: VendorConnection,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const path = `${LIST}${pathOf`/${name}`}`;
  const request = { operation: 'template:delete', method: 'DELETE', path, answer: z.unknown() } as const;
  await unlessGone(callVersa(connection, request, signal));
}

const CommitStarted = z
  .object({ 'versanms.templateResponse': z.object({ taskId: z.coerce.string() }) })
  .transform((answer) => answer['versanms.templateResponse'].taskId);

/** Pushes the template with the devices' values to any number of its devices; answers the task. */
export function commitTemplate(
  connection: VendorConnection,
  name: string,
  devices: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const request = { 'device-list': devices, mode: 'overwrite', reboot: 'false' };
  return callVersa(
    connection,
    {
      operation: 'template:commit',
      method: 'POST',
      path: pathOf`/vnms/template/applyTemplate/${name}/devices`,
      body: { 'versanms.templateRequest': request },
      answer: CommitStarted,
    },
    signal,
  );
}
