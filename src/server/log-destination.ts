/** Lines for people on a terminal, JSON everywhere else. */
export async function logDestination(): Promise<{ write(line: string): void }> {
  if (!process.stderr.isTTY) return process.stderr;
  const { default: pretty } = await import('pino-pretty');
  return pretty({ destination: process.stderr.fd, sync: true, ignore: 'pid,hostname,name' });
}
