import { IS_PUBLIC } from '@app/runtime';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { bearerToken } from './bearer-token.js';
import type { Caller } from './caller.js';
import { Unauthenticated } from './errors.js';
import { KeyDirectory } from './key-directory.js';

const callers = new WeakMap<Request, Caller>();

/** Who makes the request. Throws when the route is public: nobody has been asked there. */
export function callerOf(request: Request): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('the request has no caller');
  return caller;
}

/** Lets nobody in without an API key, except to what is marked public. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly directory: KeyDirectory,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, targets) === true) return true;
    const request = context.switchToHttp().getRequest<Request>();
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) throw new Unauthenticated('send the API key as Authorization: Bearer <key>');
    const caller = await this.directory.find(token);
    if (caller === undefined) throw new Unauthenticated('the API key is unknown or was revoked');
    callers.set(request, caller);
    return true;
  }
}
