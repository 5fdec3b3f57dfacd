import type { ErrorCode, Role } from '@app/contracts';
import type { z } from 'zod';
import type { EndpointAnswers, RequestHeader } from '../openapi/headers.js';

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
  /** The largest body that it takes, where that is not the usual one. */
  maxBodyBytes?: number;
  answers: EndpointAnswers;
  /** Codes that it can answer besides those of every route. */
  problems?: readonly ErrorCode[];
}
