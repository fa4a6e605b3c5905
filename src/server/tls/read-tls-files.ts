import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { EnvironmentError, messageOf } from '../../errors/index.js';

/** Paths of PEM files. */
export interface TlsFiles {
  /** The server's certificate, with those between it and the authority behind it. */
  readonly cert: string;
  /** The certificate's private key, not encrypted. */
  readonly key: string;
  /** With it, clients must show a certificate of one of these authorities (mutual TLS). */
  readonly clientCa?: string | undefined;
}

/** The files' content, checked. */
export interface TlsContext {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  /** When the server's certificate ends. */
  readonly validTo: Date;
}

/**
 * Reads certificates and key, and checks that they can work together: a handshake that fails tells nobody why.
 *
 * @throws EnvironmentError that names the file and what is wrong with it.
 */
export async function readTlsFiles({ cert, key, clientCa }: TlsFiles): Promise<TlsContext> {
  // One after the other: where several are wrong, it is always the first that is named.
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
    throw wrong(`the private key ${path} is not one in PEM without a passphrase`, [], cause);
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
