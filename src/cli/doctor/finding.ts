import { GrpcStreamError, messageOf } from '../../errors/index.js';

/** One result of a check. */
export interface Finding {
  /** The subject of the check, such as `node` or `model Book`. */
  readonly subject: string;
  readonly level: 'ok' | 'warning' | 'problem';
  readonly message: string;
  /** What to do about it. */
  readonly action?: string;
}

/** The findings of a check; an error that it throws is a problem. */
export async function findingsOn(subject: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    const [action = 'see the message'] = error instanceof GrpcStreamError ? error.nextActions : [];
    return [problem(subject, messageOf(error), action)];
  }
}

export function ok(subject: string, message: string): Finding {
  return { subject, level: 'ok', message };
}

export function warning(subject: string, message: string, action: string): Finding {
  return { subject, level: 'warning', message, action };
}

export function problem(subject: string, message: string, action: string): Finding {
  return { subject, level: 'problem', message, action };
}
