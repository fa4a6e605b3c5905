import cluster from 'node:cluster';

/** What a primary sends to a worker that must end. Not a signal: a terminal's Ctrl-C reaches the workers already. */
export const END = 'grpc-stream:end';

/** SIGTERM or Ctrl-C, once; the second one has its usual effect and ends the process at once. */
export function terminationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

/** In a worker, the signal and the primary's word for it; elsewhere the signal. */
export function workerSignal(signal: AbortSignal): AbortSignal {
  if (!cluster.isWorker) return signal;
  const controller = new AbortController();
  process.on('message', (message) => {
    if (message === END) controller.abort();
  });
  return AbortSignal.any([signal, controller.signal]);
}
