import type { Handler, Route } from './call.js';

export interface Matched {
  operation: string;
  handler: Handler;
  params: Record<string, string>;
  rest: string[];
}

/** Finds the first route of a request; segments may hold encoded slashes, as names of interfaces do. */
export class Router {
  readonly #routes: readonly { route: Route; pattern: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, pattern: segmentsOf(route.path) }));
  }

  match(method: string, path: string): Matched | undefined {
    const segments = segmentsOf(path).map(decoded);
    for (const { route, pattern } of this.#routes) {
      if (route.method !== method) continue;
      const params = paramsOf(pattern, segments);
      if (!params) continue;
      const rest = pattern.at(-1) === '*' ? segments.slice(pattern.length - 1) : [];
      return { operation: route.operation, handler: route.handler, params, rest };
    }
    return undefined;
  }
}

const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // No valid encoding: it stands for itself, and will not be found.
    return segment;
  }
}

function paramsOf(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const isOpen = pattern.at(-1) === '*';
  const fixed = isOpen ? pattern.slice(0, -1) : pattern;
  if (isOpen ? segments.length <= fixed.length : segments.length !== fixed.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of fixed.entries()) {
    const segment = segments[index] ?? '';
    const [, name] = /^\{(.+)\}$/.exec(expected) ?? [];
    if (name !== undefined) params[name] = segment;
    else if (segment !== expected) return undefined;
  }
  return params;
}
