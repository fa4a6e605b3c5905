/**
 * P-values of many comparisons, each raised so far that comparing them all finds a difference where there is none no
 * more often than a single one would.
 *
 * @see S. Holm: A Simple Sequentially Rejective Multiple Test Procedure. Scandinavian Journal of Statistics 6 (1979),
 * 65–70.
 */
export function adjustForMany(pValues: readonly number[]): number[] {
  const order = pValues.map((pValue, index) => ({ pValue, index })).sort((a, b) => a.pValue - b.pValue);
  const adjusted = pValues.map(() => 1);
  let least = 0;
  for (const [place, { pValue, index }] of order.entries()) {
    least = Math.max(least, Math.min(1, pValue * (pValues.length - place)));
    adjusted[index] = least;
  }
  return adjusted;
}
