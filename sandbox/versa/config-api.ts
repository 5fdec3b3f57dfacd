import type { Answer } from '../admin/exchange.js';
import { answerJson, answerNothing, ConfdRefused } from './answers.js';
import type { Call, Route } from './call.js';
import { create, merged, read, shallow, stepsTo, write, type Step } from './config-tree.js';
import { isObject, objectAt, textAt, type JsonObject } from './json.js';
import { initialConfig } from './templates.js';

const PATH = '/api/config/*';

export const configRoutes: readonly Route[] = [
  { method: 'GET', path: PATH, operation: 'config:read', handler: get },
  { method: 'POST', path: PATH, operation: 'config:create', handler: post },
  { method: 'PUT', path: PATH, operation: 'config:replace', handler: put },
  { method: 'PATCH', path: PATH, operation: 'config:patch', handler: patch },
  { method: 'DELETE', path: PATH, operation: 'config:delete', handler: remove },
];

/** The tree that a path leads into: a template's, a device's, or what belongs to neither. */
interface Scope {
  tree: JsonObject;
  segments: string[];
  store: (tree: JsonObject) => void;
}

const missing = (what: string): ConfdRefused =>
  new ConfdRefused(404, 'data-missing', `${what} does not exist`);

function scopeOf(call: Call): Scope {
  const { account, rest } = call;
  const [first, kind, name, ...segments] = rest;
  if (first !== 'devices' || name === undefined || (kind !== 'template' && kind !== 'device')) {
    return {
      tree: account.root,
      segments: rest,
      store: (tree) => {
        account.root = tree;
      },
    };
  }
  if (kind === 'template') {
    const template = account.templates.get(name);
    if (!template) throw missing(`template ${name}`);
    return {
      tree: { name, config: template.config },
      segments,
      store: (tree) => {
        checkUnlocked(call, name);
        account.editTemplate(template, objectAt(tree, 'config'));
      },
    };
  }
  const appliance = account.appliances.get(name);
  if (!appliance) throw missing(`device ${name}`);
  return {
    tree: { name, config: appliance.config },
    segments,
    store: (tree) => {
      appliance.config = objectAt(tree, 'config');
    },
  };
}

/** One writer at a time: what is being committed cannot be edited. */
function checkUnlocked({ account, tasks }: Call, name: string): void {
  const template = account.templates.get(name);
  const holder = template && tasks.lockHolder(account, template);
  if (holder !== undefined)
    throw new ConfdRefused(409, 'lock-denied', `template ${name} is locked by ${holder}`);
}

function get(call: Call): Answer {
  const isDeep = call.query.has('deep') && call.query.get('deep') !== 'false';
  const known = devicesOf(call, isDeep);
  if (known) return answerJson(200, known);
  const { tree, segments } = scopeOf(call);
  const steps = stepsTo(tree, segments);
  const found = read(tree, steps);
  if (found.state === 'missing') throw missing(call.path);
  if (found.state === 'empty') return answerNothing(204);
  // Of an entry, its list; of a whole template or device, its kind.
  const name = steps.at(-1)?.name ?? call.rest.at(-2) ?? '';
  return answerJson(200, { [name]: isDeep ? found.value : shallow(name, found.value) });
}

/** The lists of templates and devices themselves. */
function devicesOf({ account, rest }: Call, isDeep: boolean): JsonObject | undefined {
  const [first, kind, name] = rest;
  if (first !== 'devices' || name !== undefined) return undefined;
  const listed = (items: Iterable<{ name: string; config: JsonObject }>): JsonObject[] =>
    [...items].map((item) => (isDeep ? { name: item.name, config: item.config } : { name: item.name }));
  if (kind === 'template') return { template: listed(account.templates.values()) };
  if (kind === 'device') return { device: listed(account.appliances.values()) };
  if (kind !== undefined) return undefined;
  return {
    devices: { template: listed(account.templates.values()), device: listed(account.appliances.values()) },
  };
}

/** The body's one member: its name and what is below it. */
function memberOf({ body }: Call): [string, unknown] {
  const members = isObject(body) ? Object.entries(body) : [];
  const [member] = members;
  if (!member || members.length > 1)
    throw new ConfdRefused(400, 'malformed-message', 'the body must be an object with one member');
  return member;
}

function post(call: Call): Answer {
  const { rest } = call;
  const operations = rest.indexOf('_operations');
  if (operations >= 0) {
    scopeOf(call);
    return answerJson(200, { output: { result: true, info: rest.slice(operations + 1).join('/') } });
  }
  const [child, sent] = memberOf(call);
  if (rest.length === 1 && rest[0] === 'devices' && child === 'template') {
    addTemplates(call, sent);
  } else {
    const { tree, segments, store } = scopeOf(call);
    const steps = stepsTo(tree, segments);
    // Posted to the list itself or to what holds the list: both are in use.
    const last = steps.at(-1);
    const parent = last?.name === child && last.key === undefined ? steps.slice(0, -1) : steps;
    checkBelowConfig(rest, parent.length === 0 ? [{ name: child }] : parent);
    if (read(tree, parent).state === 'missing') throw missing(call.path);
    store(create(tree, parent, child, sent));
  }
  return answerNothing(201, { Location: `${call.path}/${child}` });
}

/** A template without a workflow: nothing is to be deployed. */
function addTemplates({ account }: Call, sent: unknown): void {
  for (const entry of Array.isArray(sent) ? sent : [sent]) {
    const name = isObject(entry) ? textAt(entry, 'name') : '';
    if (name === '') throw new ConfdRefused(400, 'invalid-value', 'template: an entry has no key');
    if (account.templates.has(name))
      throw new ConfdRefused(409, 'data-exists', `object already exists: template ${name}`);
    const given = isObject(entry) ? entry['config'] : undefined;
    account.templates.set(name, {
      name,
      organization: account.id,
      type: 'MAIN',
      workflow: {},
      isDeployed: true,
      version: 1,
      lockedBy: null,
      config: isObject(given) ? given : initialConfig(account.id),
    });
  }
}

/** Of a template or a device, only the configuration is configuration. */
function checkBelowConfig(rest: readonly string[], steps: readonly Step[]): void {
  const isDevices = rest[0] === 'devices' && (rest[1] === 'template' || rest[1] === 'device');
  if (isDevices && steps[0]?.name !== 'config')
    throw new ConfdRefused(400, 'invalid-value', 'only what is below config can be written');
}

/** Where a PUT or PATCH goes: the body says whether the last segment is a name of its own or a list's key. */
function targetOf(call: Call): { scope: Scope; steps: Step[]; sent: unknown } {
  const scope = scopeOf(call);
  const [member, sent] = memberOf(call);
  const steps = stepsTo(scope.tree, scope.segments);
  checkBelowConfig(call.rest, steps);
  const [list, key] = scope.segments.slice(-2);
  const last = steps.at(-1);
  if (last?.name === member) return { scope, steps, sent };
  if (list !== member || key === undefined)
    throw new ConfdRefused(
      400,
      'malformed-message',
      `the body's member must be ${last?.name}, not ${member}`,
    );
  return { scope, steps: [...steps.slice(0, -2), { name: list, key }], sent };
}

/** An entry comes bare or as a list of one, and may leave out the key that the path has. */
function entryFor({ name, key }: Step, sent: unknown): unknown {
  if (key === undefined) return sent;
  const entry: unknown = Array.isArray(sent) ? sent[0] : sent;
  if (!isObject(entry)) throw new ConfdRefused(400, 'malformed-message', `${name} must be an object`);
  const leaf = name === 'rti-bgp' ? 'instance-id' : 'name';
  const given = textAt(entry, leaf);
  if (given !== '' && given !== key)
    throw new ConfdRefused(400, 'invalid-value', `${leaf} must be ${key}, as in the path`);
  return given === '' ? { [leaf]: key, ...entry } : entry;
}

function put(call: Call): Answer {
  const { scope, steps, sent } = targetOf(call);
  const last = steps.at(-1);
  const entry = last ? entryFor(last, sent) : sent;
  const isThere = read(scope.tree, steps).state === 'found';
  scope.store(write(scope.tree, steps, () => entry));
  return answerNothing(isThere ? 204 : 201);
}

function patch(call: Call): Answer {
  const { scope, steps, sent } = targetOf(call);
  const last = steps.at(-1);
  if (last?.key !== undefined && read(scope.tree, steps).state === 'missing') throw missing(call.path);
  const entry = last ? entryFor(last, sent) : sent;
  scope.store(write(scope.tree, steps, (old) => merged(last?.name ?? '', old, entry)));
  return answerNothing(204);
}

function remove(call: Call): Answer {
  const { account, rest } = call;
  const [first, kind, name] = rest;
  if (first === 'devices' && kind === 'template' && name !== undefined && rest.length === 3) {
    if (!account.templates.has(name)) throw missing(`template ${name}`);
    checkUnlocked(call, name);
    account.templates.delete(name);
    return answerNothing(204);
  }
  const { tree, segments, store } = scopeOf(call);
  const steps = stepsTo(tree, segments);
  checkBelowConfig(rest, steps);
  if (read(tree, steps).state !== 'found') throw missing(call.path);
  store(write(tree, steps, () => undefined));
  return answerNothing(204);
}
