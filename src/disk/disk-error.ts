import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError, messageOf } from '../errors/index.js';

/** What the disk refused, in words that name what is in the way. */
export function diskError(path: string, cause: unknown): EnvironmentError {
  return new EnvironmentError('files.unwritable', `${path} cannot be written: ${why(path, cause)}`, {
    cause,
    nextActions: ['put it right, or choose other folders with `output` and `protoDir` in grpc-stream.config.ts'],
  });
}

function why(path: string, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'EISDIR':
      return 'a folder is in its place';
    case 'EEXIST':
    case 'ENOTDIR':
      return `${fileAbove(path)} is a file, where a folder must be`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${dirname(path)} is read-only for this user`;
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return messageOf(cause);
  }
}

/** The file that stands among the folders of a path. */
function fileAbove(path: string): string {
  const folder = dirname(path);
  return folder === path || isFile(folder) ? folder : fileAbove(folder);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
