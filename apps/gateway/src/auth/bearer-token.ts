/** No key of ours is longer; whatever is, need not be hashed to be refused. */
const MAX_LENGTH = 512;

/** The API key of an `Authorization: Bearer` header (RFC 6750); undefined when there is none that could be one. */
export function bearerToken(authorization: string | undefined): string | undefined {
  const token = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1];
  return token !== undefined && token.length <= MAX_LENGTH ? token : undefined;
}
