import { fieldViolationsOf, statusOf } from '../../client/index.js';
import { callErrorText, EnvironmentError, UsageError } from '../../errors/index.js';

/** The error of a call that ended for good, with how to resume; any other error is returned unchanged. */
export function readFailure(error: unknown, resume: readonly string[], target: string): unknown {
  const status = statusOf(error);
  if (status === undefined) return error;
  const text = callErrorText(error);
  // Without a connection, the text itself says where there is none.
  const message = `${text.includes(target) ? '' : `${target} ended the stream: `}${text} (${status})`;
  switch (status) {
    case 'INVALID_ARGUMENT': {
      const [violation] = fieldViolationsOf(error);
      const nextActions = violation ? [`change ${violation.field} of the request`] : [];
      return new UsageError('read.refused', message, { cause: error, nextActions });
    }
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED': {
      const nextActions = ['give a token that may read it, with --token or GRPC_STREAM_TOKEN', ...resume];
      return new EnvironmentError('read.denied', message, { cause: error, nextActions });
    }
    case 'UNIMPLEMENTED': {
      const nextActions = ['run the server and this command from the same version of the schema'];
      return new EnvironmentError('read.unknown', message, { cause: error, nextActions });
    }
    case 'UNAVAILABLE': {
      const nextActions = [`check that a server listens at ${target}`, ...resume];
      return new EnvironmentError('read.unavailable', message, { cause: error, nextActions });
    }
    default:
      return new EnvironmentError('read.failed', message, { cause: error, nextActions: resume });
  }
}
