const TIMEOUT_MS = 5000;

/** A call of RabbitMQ's management API. The base URL carries user and password, as `ensureRabbitmq` gives it. */
export function managementCall(
  baseUrl: string,
  method: 'GET' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Response> {
  const { username, password, origin } = new URL(baseUrl);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return fetch(`${origin}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/json',
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
