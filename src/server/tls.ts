import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import { EnvironmentError, messageOf } from '../errors/index.js';
import type { StreamLogger } from '../runtime/index.js';
import { ReloadingCredentials } from '../runtime/internals/grpc-js.js';
import { watchFiles } from './watch-files.js';

/** Paths of PEM files. */
export interface TlsFiles {
  /** The server's certificate, followed by the intermediate certificates. */
  readonly cert: string;
  /** The certificate's private key, not encrypted. */
  readonly key: string;
  /** If set, clients must present a certificate of one of these authorities (mutual TLS). */
  readonly clientCa?: string | undefined;
}

export interface OpenCredentialsOptions {
  /** Undefined listens without TLS. */
  readonly tls: TlsFiles | undefined;
  readonly reloadIntervalMs: number;
  readonly signal: AbortSignal;
  readonly logger?: StreamLogger | undefined;
}

/** Enough time to find out why a certificate was not renewed. */
const WARN_BEFORE_MS = 7 * 86_400_000;

/**
 * Opens the server's credentials, and reads them again when their files change. If a changed file is invalid, the error is logged and the
 * earlier certificate stays in use.
 *
 * @throws EnvironmentError when the files are wrong at the start.
 */
export async function openCredentials({ tls, logger, ...options }: OpenCredentialsOptions): Promise<ServerCredentials> {
  if (!tls) return ServerCredentials.createInsecure();
  const read = async () => {
    const { validTo, ...context } = await readTlsFiles(tls);
    if (validTo.getTime() - Date.now() <= WARN_BEFORE_MS) {
      logger?.warn({ certificate: tls.cert, validTo }, 'the certificate expires within a week: renew it');
    }
    return context;
  };
  const credentials = new ReloadingCredentials(await read());
  const onChange = async () => {
    credentials.replace(await read());
    logger?.info({ certificate: tls.cert }, 'certificates reloaded');
  };
  const paths = [tls.cert, tls.key, tls.clientCa].filter((path) => path !== undefined);
  void watchFiles({ paths, intervalMs: options.reloadIntervalMs, signal: options.signal, onChange, logger });
  return credentials;
}

/** The content of the files, after the checks. */
interface TlsContext {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  /** When the server's certificate expires. */
  readonly validTo: Date;
}

/**
 * Reads the certificates and the key, and checks that they belong together: the error of a handshake would say too little.
 *
 * @throws EnvironmentError that names the file and what is wrong with it.
 */
async function readTlsFiles({ cert, key, clientCa }: TlsFiles): Promise<TlsContext> {
  // One after the other, so that the error always names the first of several invalid files.
  const certPem = await read('certificate', cert);
  const keyPem = await read('private key', key);
  const caPem = clientCa === undefined ? undefined : await read('client authority', clientCa);
  const certificate = certificateIn(certPem, 'certificate', cert);
  if (!certificate.checkPrivateKey(privateKeyIn(keyPem, key))) {
    throw wrong(`the private key ${key} does not belong to the certificate ${cert}`, [
      'name the pair that was issued together',
    ]);
  }
  if (caPem && clientCa !== undefined) assertCurrent(certificateIn(caPem, 'client authority', clientCa), clientCa);
  const validTo = assertCurrent(certificate, cert);
  const context = { cert: certPem, key: keyPem, ...(caPem ? { ca: caPem } : {}) };
  try {
    createSecureContext(context);
  } catch (cause) {
    throw wrong(`the certificate ${cert} cannot be used: ${messageOf(cause)}`, [], cause);
  }
  return { ...context, validTo };
}

async function read(what: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw wrong(
      `the ${what} ${path} cannot be read: ${messageOf(cause)}`,
      ['check the path, and who may read the file'],
      cause,
    );
  }
}

function certificateIn(pem: Buffer, what: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw wrong(`the ${what} ${path} holds no certificate in PEM`, [], cause);
  }
}

function privateKeyIn(pem: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw wrong(`the private key ${path} is not in PEM format without a passphrase`, [], cause);
  }
}

function assertCurrent(certificate: X509Certificate, path: string): Date {
  const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  const now = Date.now();
  if (now > to.getTime()) throw wrong(`the certificate ${path} expired on ${to.toISOString()}`, ['renew it']);
  if (now < from.getTime())
    throw wrong(`the certificate ${path} is not valid before ${from.toISOString()}`, ["check this machine's clock"]);
  return to;
}

function wrong(message: string, nextActions: readonly string[], cause?: unknown): EnvironmentError {
  return new EnvironmentError('server.tls', message, { cause, nextActions });
}
