/** One thing that `doctor` looked at. */
export interface Finding {
  /** What was looked at, such as `node` or `model Book`. */
  readonly subject: string;
  readonly level: 'ok' | 'warning' | 'problem';
  readonly message: string;
  /** What to do about it; none for what is well. */
  readonly action?: string;
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
