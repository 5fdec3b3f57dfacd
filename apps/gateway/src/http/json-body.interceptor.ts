import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { endpointOf } from './endpoint.decorator.js';
import { readJson } from './json-body.js';

const WITH_BODY = new Set(['PUT', 'POST', 'PATCH']);

/** Reads the body after the guards and before the pipes, so that nobody unknown can make us parse anything. */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    if (WITH_BODY.has(request.method)) {
      request.body = await readJson(request, endpointOf(this.reflector, context.getHandler()).maxBodyBytes);
    }
    return next.handle();
  }
}
