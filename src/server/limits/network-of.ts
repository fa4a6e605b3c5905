import { isIPv6 } from 'node:net';

/**
 * Whom an address counts for: itself, or its network of 64 bits, all of whose addresses are one customer's to choose from.
 *
 * @example
 * networkOf('::ffff:10.0.0.1'); // '10.0.0.1'
 * networkOf('2001:db8::1'); // '2001:db8:0:0::/64'
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [left = '', right = ''] = address.replace(/%.*/, '').split('::');
  const [before, behind] = [groupsOf(left), groupsOf(right)];
  const zeros = Array.from({ length: 8 - before.length - behind.length }, () => '0');
  return `${[...before, ...zeros, ...behind].slice(0, 4).join(':')}::/64`;
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}
