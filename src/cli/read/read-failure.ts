import { fieldViolationsOf, type StreamPosition, statusOf } from '../../client/index.js';
import { callErrorText, EnvironmentError, UsageError } from '../../errors/index.js';

/** Says what ended a read for good, and how to go on; what is no error of a call comes back as it was. */
export function readFailure(error: unknown, { rows, after }: StreamPosition, target: string): unknown {
  const status = statusOf(error);
  if (status === undefined) return error;
  const goOn = rows > 0 && after ? [`go on with --after '${JSON.stringify(after)}'`] : [];
  const told = `${target} ended the stream: ${callErrorText(error)} (${status})`;
  switch (status) {
    case 'INVALID_ARGUMENT': {
      const [violation] = fieldViolationsOf(error);
      const nextActions = violation ? [`change ${violation.field} of the request`] : [];
      return new UsageError('read.refused', told, { cause: error, nextActions });
    }
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED': {
      const nextActions = ['give a token that may read it, with --token or GRPC_STREAM_TOKEN', ...goOn];
      return new EnvironmentError('read.denied', told, { cause: error, nextActions });
    }
    case 'UNIMPLEMENTED': {
      const nextActions = ['run the server and this command from the same version of the schema'];
      return new EnvironmentError('read.unknown', told, { cause: error, nextActions });
    }
    case 'UNAVAILABLE': {
      const nextActions = [`see that a server listens at ${target}`, ...goOn];
      return new EnvironmentError('read.unavailable', told, { cause: error, nextActions });
    }
    default:
      return new EnvironmentError('read.failed', told, { cause: error, nextActions: goOn });
  }
}
