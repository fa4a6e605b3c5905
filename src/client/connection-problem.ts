import { type HttpProxy, httpProxyOf } from './http-proxy.js';

/** What a user can mend, by what grpc-js says of a connection that it could not make. */
const PROBLEMS: readonly (readonly [text: RegExp, problem: (address: string, cause: string) => string])[] = [
  [/ECONNREFUSED|ENOENT/, (address) => `nothing listens at ${address}: start the server, or check the address`],
  [/Name resolution failed|ENOTFOUND|EAI_AGAIN/, (address) => `the name in ${address} is not known: check the address`],
  [
    /wrong version number|packet length too long/,
    (address) => `${address} does not speak TLS: leave out --tls (\`tls\` of a client)`,
  ],
  [
    /certificate has expired|CERT_HAS_EXPIRED/,
    (address) => `the certificate of ${address} has expired: let the server have a new one`,
  ],
  [/altnames/, (address) => `the certificate of ${address} is for other names: connect by a name that is in it`],
  [
    /alert (certificate required|bad certificate|handshake failure|unknown ca)/i,
    (address) =>
      `${address} demands a certificate of the client: give one that it trusts, with --tls-cert and --tls-key (\`tls.cert\` and \`tls.key\` of a client)`,
  ],
  [
    /certificate/,
    (address, cause) =>
      `the certificate of ${address} cannot be verified (${cause}): trust its authority with --tls-ca (\`tls.ca\` of a client)`,
  ],
  [/Protocol error/, (address) => `the server at ${address} does not speak gRPC: check the address`],
  [
    /Failed to connect|ECONNRESET|EPIPE|Socket closed/,
    (address) =>
      `${address} closed the connection at once: if it speaks TLS, give --tls or --tls-ca (\`tls\` of a client)`,
  ],
];

/**
 * Why a call has no connection, in a sentence that says what to do.
 *
 * @param details The text of the call's status.
 * @returns Undefined for a call that failed otherwise.
 */
export function connectionProblem(details: string, address: string): string | undefined {
  const cause = /^No connection established\. Last error: (?:Error: )?(.*?)\.?(?: Resolution note: .*)?$/s.exec(
    details,
  )?.[1];
  if (cause === undefined && !/^Name resolution failed/.test(details)) return undefined;
  const proxy = httpProxyOf(address);
  if (proxy && isProxyProblem(details)) return proxyProblem(proxy, address);
  const [, problem] = PROBLEMS.find(([text]) => text.test(details)) ?? [];
  const found = problem?.(address, cause ?? '');
  return found && proxy ? `${found}; the connection goes ${throughProxy(proxy)}` : found;
}

/**
 * Whether another attempt cannot succeed, by the text of {@link connectionProblem}: the client and the server have certificates that the
 * other one does not trust. One that has expired is replaced while the server runs.
 */
export function isDistrust(details: string): boolean {
  return /^the certificate of .* (cannot be verified|is for other names)|demands a certificate of the client/.test(
    details,
  );
}

/** grpc-js has no words for a proxy that does not answer or refuses: it logs them, and fails without a reason. */
function isProxyProblem(details: string): boolean {
  return /Last error: undefined|^Name resolution failed/.test(details);
}

function proxyProblem(proxy: HttpProxy, address: string): string {
  return `no connection to ${address} ${throughProxy(proxy)}: the proxy does not answer, or does not let it through; name the host in no_proxy to go around it`;
}

/** Names the HTTP proxy that a connection goes through. */
export function throughProxy({ address, variable }: HttpProxy): string {
  return `through the HTTP proxy ${address} of ${variable}`;
}
