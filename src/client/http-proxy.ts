import { BlockList, isIPv4 } from 'node:net';
import { isLocalAddress } from './loopback.js';

/**
 * The grpc-js option of a channel that keeps it from going through the HTTP proxy of the environment (`http_proxy`, `https_proxy`,
 * `grpc_proxy`) to an address on this machine, which a proxy elsewhere cannot reach. For other addresses, the environment decides.
 *
 * @see https://github.com/grpc/grpc-node/blob/master/doc/environment_variables.md
 */
export function proxyOptionOf(address: string): { readonly 'grpc.enable_http_proxy'?: 0 } {
  return isLocalAddress(address) ? { 'grpc.enable_http_proxy': 0 } : {};
}

/** An HTTP proxy of the environment. */
export interface HttpProxy {
  /** Without the credentials of its URL. */
  readonly address: string;
  /** The variable that names it. */
  readonly variable: string;
}

/** The HTTP proxy that grpc-js goes through to an address: as its documentation says of the environment. */
export function httpProxyOf(address: string, env: NodeJS.ProcessEnv = process.env): HttpProxy | undefined {
  const variable = ['grpc_proxy', 'https_proxy', 'http_proxy'].find((name) => env[name]);
  const text = variable === undefined ? undefined : env[variable];
  if (variable === undefined || text === undefined || !URL.canParse(text) || isLocalAddress(address)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'http:') return undefined;
  const host = address.replace(/^dns:(\/\/[^/]*\/)?/, '').replace(/:\d+$/, '');
  const exceptions = (env.no_grpc_proxy || env.no_proxy || '').split(',').filter((entry) => entry !== '');
  if (exceptions.some((entry) => host.endsWith(entry) || isWithin(host, entry))) return undefined;
  return { address: `${url.hostname}:${url.port || 80}`, variable };
}

/** Whether a host is an address of a network such as `10.0.0.0/8`. */
function isWithin(host: string, entry: string): boolean {
  const [network = '', prefix] = entry.split('/');
  const bits = Number(prefix);
  if (!isIPv4(host) || !isIPv4(network) || !Number.isInteger(bits) || bits < 0 || bits > 32) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, 'ipv4');
  return list.check(host, 'ipv4');
}
