export type ErrorPath = readonly (string | number)[];

export interface GraphqlErrorBody {
  message: string;
  path?: ErrorPath;
  extensions?: { code: string };
}

/** The request itself is at fault; nothing was executed. */
export class InvalidRequest extends Error {
  readonly body: GraphqlErrorBody;

  constructor(body: GraphqlErrorBody, options?: ErrorOptions) {
    super(body.message, options);
    this.body = body;
  }

  static validation(message: string, path?: ErrorPath): InvalidRequest {
    return new InvalidRequest({
      message,
      ...(path === undefined ? {} : { path }),
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  }
}

/** The API understood the operation and refuses it; the message is what the client is told. */
export class OperationRefused extends Error {}
