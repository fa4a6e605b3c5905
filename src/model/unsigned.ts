/** Integers without a sign, of which the larger half does not fit the signed type of as many bits: MySQL's, and PostgreSQL's Oid. */
const UNSIGNED = /^(UnsignedInt|UnsignedBigInt|Oid)$/;

/** Whether the values of a native type, such as `UnsignedBigInt`, need all bits of 32 or 64 for themselves. */
export function isUnsigned(native: string | undefined): boolean {
  return native !== undefined && UNSIGNED.test(native);
}
