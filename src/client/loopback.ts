import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a host can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  if (address === 'localhost') return true;
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Whether an address that a gRPC client connects to, such as `localhost:50051` or `unix:/run/books.sock`, is on this machine. */
export function isLocalAddress(address: string): boolean {
  if (/^unix(-abstract)?:/.test(address)) return true;
  const hostAndPort = address.replace(/^dns:(\/\/[^/]*\/)?/, '');
  return isLoopback(hostAndPort.replace(/:\d+$/, ''));
}
