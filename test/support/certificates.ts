import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Paths of a certificate and its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a test's own. */
export interface Authority extends Pair {
  issue(name: string, options?: { readonly days?: number }): Promise<Pair>;
}

/** A folder of certificates, by the openssl that every Debian has. */
export interface Certificates {
  readonly folder: string;
  authority(name: string): Promise<Authority>;
  remove(): Promise<void>;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function openCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-tls-'));
  let serial = 0;
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder });
  const pairAt = (name: string) => ({ cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) });
  return {
    folder,
    async authority(name) {
      const { cert, key } = pairAt(name);
      await openssl('req', '-x509', ...NEW_KEY, '-keyout', key, '-out', cert, '-days', '30', '-subj', `/CN=${name}`);
      return {
        cert,
        key,
        async issue(subject, { days = 30 } = {}) {
          const pair = pairAt(`${subject}-${++serial}`);
          const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
          await openssl(
            'req',
            ...NEW_KEY,
            '-keyout',
            pair.key,
            '-out',
            `${pair.cert}.csr`,
            '-subj',
            `/CN=${subject}`,
            ...names,
          );
          const by = ['-CA', cert, '-CAkey', key, '-set_serial', `${serial}`, '-copy_extensions', 'copy'];
          await openssl('x509', '-req', '-in', `${pair.cert}.csr`, ...by, '-days', `${days}`, '-out', pair.cert);
          return pair;
        },
      };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

export async function pem({ cert, key }: Pair): Promise<{ readonly cert: Buffer; readonly key: Buffer }> {
  return { cert: await readFile(cert), key: await readFile(key) };
}
