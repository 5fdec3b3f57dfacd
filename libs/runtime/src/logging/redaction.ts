/**
 * Names of fields that are never written, compared without regard to case and at any depth. A field that
 * holds a secret must have one of these names, or be added here.
 */
export const REDACTED_KEYS: string[] = [
  'psk',
  'password',
  'passwd',
  'pass',
  'passphrase',
  'secret',
  'secretKey',
  'secret_key',
  'clientSecret',
  'client_secret',
  'privateKey',
  'private_key',
  'token',
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
  'runToken',
  'apiKey',
  'api_key',
  'apiToken',
  'x-api-key',
  'x-auth-token',
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'credentials',
  'credential',
  'md5AuthKey',
  'md5_auth_key',
  'DATABASE_URL',
  'AMQP_URL',
  'SITEWRIGHT_SECRET_KEY',
  'SITEWRIGHT_ADMIN_KEY',
];

const URL_CREDENTIALS = /(:\/\/)[^\s/@"'\\]+@/g;

/** Masks the `user:password@` part of every URL in a text. */
export const maskUrlCredentials = (text: string): string =>
  text.includes('://') ? text.replace(URL_CREDENTIALS, '$1[REDACTED]@') : text;
