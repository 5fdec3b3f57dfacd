/** Where Terraform finds and keeps the state of one run, and the right to it. */
export interface BackendAccess {
  address: string;
  username: string;
  /** The one-run token. */
  password: string;
}

export interface ChildEnvironment {
  /** What the executor lets through of its own environment (see `INHERITED_VARIABLES`). */
  inherited: Readonly<Record<string, string>>;
  /** An empty folder: nobody's `~/.terraform.d` has a say in a run. */
  home: string;
  cliConfigFile: string;
  dataDirectory: string;
  backend: BackendAccess;
  /** The handle of a warm provider. */
  reattach?: string | undefined;
  /** What the vendor's provider needs. */
  vendor: Readonly<Record<string, string>>;
}

/** Variables of the executor that a child may see: how to find programs and how to get out of the network. */
export const INHERITED_VARIABLES = [
  'PATH',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;

/**
 * A run is short and its heap small: without garbage collection it costs a quarter less CPU (measured on
 * Terraform 1.11.4); the limit brings collection back for the run that is not small.
 */
const GO_RUNTIME = { GOGC: 'off', GOMEMLIMIT: '256MiB' };

/** Rides out a short absence of the database; the answers in between are 503. */
const BACKEND_RETRIES = {
  TF_HTTP_RETRY_MAX: '8',
  TF_HTTP_RETRY_WAIT_MIN: '1',
  TF_HTTP_RETRY_WAIT_MAX: '10',
};

/** The whole environment of a Terraform process. What is not named here is not passed on. */
export function childEnvironment(parts: ChildEnvironment): Record<string, string> {
  const { backend } = parts;
  const inherited = Object.fromEntries(
    INHERITED_VARIABLES.flatMap((name) => {
      const value = parts.inherited[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return {
    ...inherited,
    ...GO_RUNTIME,
    ...BACKEND_RETRIES,
    ...parts.vendor,
    HOME: parts.home,
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    CHECKPOINT_DISABLE: '1',
    TF_CLI_CONFIG_FILE: parts.cliConfigFile,
    TF_DATA_DIR: parts.dataDirectory,
    TF_HTTP_ADDRESS: backend.address,
    TF_HTTP_LOCK_ADDRESS: backend.address,
    TF_HTTP_UNLOCK_ADDRESS: backend.address,
    TF_HTTP_USERNAME: backend.username,
    TF_HTTP_PASSWORD: backend.password,
    ...(parts.reattach === undefined ? {} : { TF_REATTACH_PROVIDERS: parts.reattach }),
  };
}
