import { newId, withLogScope } from '@app/runtime';
import type { NextFunction, Request, Response } from 'express';

const USABLE_ID = /^[\w.:-]{1,128}$/;

/** Gives every request an id, the client's own if it is a decent one; it is in the answer and in every log line. */
export function requestScope(request: Request, response: Response, next: NextFunction): void {
  const given = request.headers['x-request-id'];
  const requestId = typeof given === 'string' && USABLE_ID.test(given) ? given : newId();
  response.setHeader('X-Request-Id', requestId);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // A site's tag is its revision, while its phase and outputs change without one: 304 would hide that.
  if (request.method === 'GET' || request.method === 'HEAD') delete request.headers['if-none-match'];
  withLogScope({ requestId, method: request.method, path: request.path }, next);
}
