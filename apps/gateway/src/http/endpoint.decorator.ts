import type { Role } from '@app/contracts';
import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { z } from 'zod';
import { describeEndpoint, type EndpointAnswers, type RequestHeader } from '../openapi/describe-endpoint.js';
import type { ErrorCode } from '@app/contracts';

/** What a route demands, accepts and answers: read by the guards, by the query check and by the OpenAPI document. */
export interface EndpointOptions {
  summary: string;
  description?: string;
  /** The weakest role that may call it. */
  role: Role;
  /** Keys that are scoped to one customer may not call it. */
  isForAllCustomers?: boolean;
  /** The query parameters; every other one is refused. */
  query?: z.ZodObject;
  headers?: readonly RequestHeader[];
  /** Name of the OpenAPI component that describes the body. */
  body?: string;
  answers: EndpointAnswers;
  /** Codes that it can answer besides those of every route. */
  problems?: readonly ErrorCode[];
}

const ENDPOINT = 'sitewright:endpoint';

/** Declares a route of the API. A route that is neither declared nor public cannot be called. */
export const Endpoint = (options: EndpointOptions): MethodDecorator =>
  applyDecorators(SetMetadata(ENDPOINT, options), ...describeEndpoint(options));

/** The declaration of a handler. Throws when it has none: a route without a role must not exist. */
export function endpointOf(handler: object): EndpointOptions {
  const options = Reflect.getMetadata(ENDPOINT, handler) as EndpointOptions | undefined;
  if (options === undefined) throw new Error('a route has no @Endpoint declaration');
  return options;
}
